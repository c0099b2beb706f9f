"""Metrics of results, computed on waveforms and independent of what was optimised."""
