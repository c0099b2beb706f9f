"""Measures that are 0 or 1 for many of the results in a table, and so tell nothing there."""

from collections.abc import Iterable
from statistics import mean

MOST_SATURATED = 1 / 3
NEAR = 0.005


def share_at_ends(values: Iterable[float]) -> float | None:
    """Share of the values within 0.005 of 0 or 1; None of no values."""
    found = [min(abs(value), abs(value - 1)) < NEAR for value in values]
    return mean(found) if found else None


def is_saturated(values: Iterable[float]) -> bool:
    """Whether more than a third of the values are at their ends, so that a table leaves the measure out."""
    return (share_at_ends(values) or 0.0) > MOST_SATURATED


def left_out(names: Iterable[str]) -> str:
    """The sentence below a table without these measures."""
    return f"Left out, as more than a third of the results are at 0 or 1: {', '.join(names)}."
