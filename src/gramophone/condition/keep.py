"""What is to be kept, and how tightly: `--keep` and strength as weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from gramophone.errors import UsageError
from gramophone.settings import KEEP as KEEP
from gramophone.settings import Keep as Keep
from gramophone.settings import parse_keep as parse_keep

RELEASED_FROM = 0.3
"""Up to this strength everything is kept that the style can carry."""

PITCH_HELD = {RELEASED_FROM: 1.0, 0.4: 0.65, 0.5: 0.4, 0.6: 0.16, 0.7: 0.1, 0.8: 0.075, 0.9: 0.039, 1.0: 0.0}
"""Share of the pitch that is held, by strength: a style of notes gives a melody up in even steps."""


@dataclass(frozen=True)
class Weights:
    """How much each part of a condition asks for, from 0 (nothing) to 1 (all that the style can carry).

    Attributes:
        pitch: of which log frequencies stand out.
        envelope: of the spectral envelope's shape.
        loudness: of the level over time.
        onset: of the places of onsets.
    """

    pitch: float
    envelope: float
    loudness: float
    onset: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise UsageError(f"the weight of {name} must be between 0 and 1, not {value:g}")


def condition_weight(strength: float) -> float:
    """Share of the condition that is held: 1 up to 0.3, a third at 0.6, 0 at 1.

    The square evens the dial out: what a choice finds changes most where little is asked for. Its last part is a
    line, as below a weight of 0.05 nothing is found any more.

    Raises:
        UsageError: a strength outside 0 to 1.
    """
    held = 1 - released(strength)
    return max(held**2, 0.35 * held)


def pitch_weight(strength: float) -> float:
    """Share of the pitch that is held: 1 up to 0.3, 0.16 at 0.6, 0 at 1.

    Raises:
        UsageError: a strength outside 0 to 1.
    """
    _check(strength)
    return at_strength(PITCH_HELD, strength)


def released(strength: float) -> float:
    """How far the strength is on its way from 0.3 (everything is kept) to 1 (nothing is).

    Raises:
        UsageError: a strength outside 0 to 1.
    """
    _check(strength)
    return max(0.0, (strength - RELEASED_FROM) / (1 - RELEASED_FROM))


def _check(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise UsageError(f"strength must be between 0 and 1, not {strength:g}")


def at_strength(levels: Mapping[float, float], strength: float) -> float:
    """A level that is given at some strengths, linear between them."""
    return float(np.interp(strength, list(levels), list(levels.values())))


def kept_stroke_fraction(strength: float) -> float:
    """Share of the strokes of a rhythm that stay in their places: 1 up to 0.3, 0.88 at 0.6, 0 at 1."""
    return 1 - released(strength) ** 2.5


def weights_of(keep: Iterable[Keep], strength: float) -> Weights:
    """Weights of the parts of a condition, each falling smoothly with strength.

    Rhythm is held by loudness and onsets; a melody and words need the loudness, too.
    """
    kept, held = frozenset(keep), condition_weight(strength)
    pitch = 1.0 if "melody" in kept else 0.0
    envelope = 1.0 if "words" in kept else 0.5 if kept == {"rhythm"} else 0.25
    onset = 1.0 if "rhythm" in kept else 0.5
    return Weights(pitch * pitch_weight(strength), envelope * held, held**0.5 if kept else 0.0, onset * held)
