"""Lengths of which discrete Fourier transforms are fast."""

from collections.abc import Sequence
from itertools import count


def smooth(number: float) -> int:
    """The nearest whole number without prime factors above 7, at least 1: transforms of such lengths are fast."""
    nearest = max(1, round(number))
    offsets = (sign * step for step in range(nearest) for sign in (1, -1))
    return next(nearest + offset for offset in offsets if _has_small_factors(nearest + offset))


def next_smooth(number: int) -> int:
    """The next whole number from this one on without prime factors above 5."""
    return next(candidate for candidate in count(number) if _has_small_factors(candidate, (2, 3, 5)))


def _has_small_factors(number: int, factors: Sequence[int] = (2, 3, 5, 7)) -> bool:
    for factor in factors:
        while number % factor == 0:
            number //= factor
    return number == 1
