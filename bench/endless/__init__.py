"""Textures without end, measured over an hour: `python -m bench.endless`."""
