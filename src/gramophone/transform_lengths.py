"""Lengths of which discrete Fourier transforms are fast."""


def smooth(number: float) -> int:
    """The nearest whole number without prime factors above 7, at least 1: transforms of such lengths are fast."""
    nearest = max(1, round(number))
    offsets = (sign * step for step in range(nearest) for sign in (1, -1))
    return next(nearest + offset for offset in offsets if _has_small_factors(nearest + offset))


def _has_small_factors(number: int) -> bool:
    for factor in (2, 3, 5, 7):
        while number % factor == 0:
            number //= factor
    return number == 1
