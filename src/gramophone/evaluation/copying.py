"""Does the result copy its reference?"""

from functools import cache

from gramophone.evaluation.aligned import Aligned
from gramophone.evaluation.figure import Figure, Measured, blank
from gramophone.metrics.copying import CopyScore, copy_score, natural_copy_score

GROUP = "copying"
NEAR = 0.10  # a mean this near to the natural level is no copying
VERBATIM = 0.9


def copying_figures(sounds: Aligned) -> list[Figure]:
    """Mean and maximum copy score, beside those of the reference against itself."""

    @cache
    def found() -> tuple[CopyScore, CopyScore]:
        natural = natural_copy_score(sounds.reference, sounds.rate_hz)
        return copy_score(sounds.result, sounds.reference, sounds.rate_hz), natural

    return [
        blank("copy_mean", "copy score, mean of half seconds", "", "lower", GROUP).measured(
            lambda: Measured(found()[0].mean, found()[1].mean), _mean_reading
        ),
        blank("copy_maximum", "copy score, worst half second", "", "lower", GROUP).measured(
            lambda: Measured(found()[0].maximum, found()[1].maximum), _maximum_reading
        ),
    ]


def _mean_reading(at: Measured) -> str:
    above = at.value - (at.natural or 0.0)
    if above <= NEAR:
        return "repeats the recording no more than the recording repeats itself"
    return "repeats the recording" if at.value < VERBATIM else "a copy of the recording"


def _maximum_reading(at: Measured) -> str:
    if at.value >= VERBATIM and at.value - (at.natural or 0.0) > NEAR:
        return "at least one half second is a copy"
    return "no half second is a copy" if at.value < VERBATIM else "the recording itself repeats this closely"
