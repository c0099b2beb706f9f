"""How good a result is, measured on its waveform and independent of what was optimised."""
