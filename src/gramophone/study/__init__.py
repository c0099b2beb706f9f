"""Grids of transfers: the same pair of recordings, and one choice or several that change."""
