"""Bounds of options, with one sentence each for requests and for direct callers of the rooms below them."""

import math
from collections.abc import Sequence

from gramophone.errors import UsageError

LARGEST_SEED = 2**63 - 1
SHOWN_CHARACTERS = 60


def shortened(text: str) -> str:
    """A text for a sentence, at most 60 characters of it."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}..."


def describe_bounds(low: float, high: float = math.inf) -> str:
    """The bounds in words: `between 0 and 1`, or `at least 0` without an upper bound."""
    return f"at least {low}" if math.isinf(high) else f"between {low} and {high}"


def check_bounds(name: str, value: float, low: float, high: float = math.inf) -> None:
    """Refuses a value outside its bounds, both of which are allowed.

    Raises:
        UsageError: it is smaller, larger or not finite.
    """
    if not (low <= value <= high and math.isfinite(value)):
        raise UsageError(f"{name} must be {describe_bounds(low, high)}, not {value}")


def check_seed(seed: int) -> None:
    """Refuses a seed that a 64-bit integer cannot hold, or that is negative.

    Raises:
        UsageError: it is out of its bounds.
    """
    check_bounds("seed", seed, 0, LARGEST_SEED)


def check_weights(weights: Sequence[float], styles: int) -> None:
    """Refuses weights that do not fit the styles.

    Raises:
        UsageError: not one for each style, negative, not finite, or all 0.
    """
    shown = shortened(",".join(f"{weight:g}" for weight in weights))
    if len(weights) != styles:
        raise UsageError(f"the weights {shown} do not fit {styles} style(s); give one number for each style")
    if not all(0 <= weight < math.inf for weight in weights) or not 0 < sum(weights) < math.inf:
        raise UsageError(f"the weights {shown} are invalid; give numbers of 0 or more, not all 0")
