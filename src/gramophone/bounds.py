"""Bounds of options, with one sentence each for requests and for direct callers of the rooms below them."""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path

from gramophone.errors import UsageError

LARGEST_SEED = 2**63 - 1
SHOWN_CHARACTERS = 60


def shortened(text: str) -> str:
    """A text for a sentence, at most 60 characters of it."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def describe_bounds(low: float, high: float = math.inf) -> str:
    """The bounds in words: `between 0 and 1`, or `at least 0` without an upper bound."""
    return f"at least {low}" if math.isinf(high) else f"between {low} and {high}"


def as_number(name: str, value: object) -> float:
    """Returns a number of any type, NumPy's among them, as a Python number.

    Raises:
        UsageError: it is something else.

    Example:
        >>> as_number("strength", "0.5")
        Traceback (most recent call last):
        gramophone.errors.UsageError: strength must be a number, not '0.5'
    """
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    raise UsageError(f"{name} must be a number, not {shown(value)}")


def shown(value: object) -> str:
    """A value for a sentence: text, numbers and paths as they are, of others the type."""
    if isinstance(value, str | bytes | int | float | Path) or value is None:
        return shortened(repr(str(value) if isinstance(value, Path) else value))
    return f"of type {type(value).__name__}"


def check_bounds(name: str, value: float, low: float, high: float = math.inf) -> None:
    """Refuses a value outside its bounds, both of which are allowed.

    Raises:
        UsageError: it is no number, smaller, larger or not finite.
    """
    value = as_number(name, value)
    if not (low <= value <= high and math.isfinite(value)):
        raise UsageError(f"{name} must be {describe_bounds(low, high)}, not {value}")


def check_seed(seed: int) -> None:
    """Refuses a seed that a 64-bit integer cannot hold, or that is negative.

    Raises:
        UsageError: it is out of its bounds.
    """
    check_bounds("seed", seed, 0, LARGEST_SEED)
    if not isinstance(as_number("seed", seed), int):
        raise UsageError(f"seed must be a whole number, not {seed}")


def check_weights(weights: Iterable[float], styles: int) -> list[float]:
    """Returns weights as numbers, and refuses those that do not fit the styles.

    Raises:
        UsageError: not one for each style, negative, not finite, or all 0.
    """
    try:
        numbers = [as_number("a weight", weight) for weight in weights]
    except TypeError:
        raise UsageError(f"weights must be numbers, one for each style, not {shown(weights)}") from None
    listed = shortened(",".join(f"{weight:g}" for weight in numbers))
    if len(numbers) != styles:
        raise UsageError(f"the weights {listed} do not fit {styles} style(s); give one number for each style")
    if not all(0 <= weight < math.inf for weight in numbers) or not 0 < sum(numbers) < math.inf:
        raise UsageError(f"the weights {listed} are invalid; give numbers of 0 or more, not all 0")
    return numbers
