"""Drawing without a plotting library: colour map, spectrograms, ticks, line charts, HTML."""
