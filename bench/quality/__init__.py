"""How good results are: systems and baselines on recordings, judged by measures that none of them optimised."""
