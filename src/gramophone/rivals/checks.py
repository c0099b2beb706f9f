"""Checks that the settings of all systems share."""

import math

from gramophone.errors import UsageError


def within(name: str, value: float, low: float, high: float) -> None:
    """Refuses a setting outside its closed range.

    Raises:
        UsageError: it is outside, or not a number.
    """
    if not low <= value <= high:
        raise UsageError(f"{name} must be between {low:g} and {high:g}, not {value:g}")


def whole_within(name: str, value: int, low: int, high: int) -> None:
    """Refuses a setting that is no whole number of a closed range.

    Raises:
        UsageError: it is outside, or has a fraction.
    """
    if value != int(value) or not low <= value <= high:
        raise UsageError(f"{name} must be a whole number between {low} and {high}, not {value:g}")


def bed_within(bed_db: float, highest_db: float = 40.0) -> None:
    """Refuses a level of the bed that is neither a number up to 40 dB nor minus infinity.

    Raises:
        UsageError: it is not.
    """
    if math.isnan(bed_db) or bed_db > highest_db:
        raise UsageError(f"bed_db must be at most {highest_db:g} dB (-inf for no bed), not {bed_db:g}")
