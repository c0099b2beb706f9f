"""Is the result made of the style, does it move like the content, and is that more than a mix of the two?"""

from functools import cache

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.evaluation.aligned import Aligned
from gramophone.evaluation.metric_result import MetricResult, MetricValue, blank
from gramophone.metrics.chroma import PITCHED_ABOVE, chroma_correlation, pitchedness
from gramophone.metrics.mixture import explained_by_mix, spectrum_distance_db
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve, purity, structure

GROUP = "transfer"


def transfer_figures(sounds: Aligned, content: Float[Tensor, " _"]) -> list[MetricResult]:
    """The gain over plain mixing first, then what it consists of, then what may be shown but decides nothing."""
    style, result, rate_hz = sounds.reference, sounds.result, sounds.rate_hz
    content = content[: len(result)]  # mixes of the rest would be judged by movement that the result has no time for

    @cache
    def placed() -> Placed:
        return Placed(structure(result, content, rate_hz), purity(result, style, rate_hz))

    def tonal() -> MetricValue:
        strength = pitchedness(content, rate_hz)
        if strength < PITCHED_ABOVE:
            raise InputError(f"the content has no clear pitch ({strength:.2f}; {PITCHED_ABOVE} is the least)")
        return MetricValue(chroma_correlation(result, content, rate_hz))

    def distance() -> MetricValue:
        return MetricValue(
            spectrum_distance_db(result, style, rate_hz), spectrum_distance_db(content, style, rate_hz)
        )

    return [
        blank("gain_over_mixing", "purity above a plain mix of equal structure", "", "higher", GROUP).measured(
            lambda: MetricValue(gain_over_mixing(placed(), mixing_curve(content, style, rate_hz))), _gain_reading
        ),
        blank("purity", "purity: made of the style", "", "higher", GROUP).measured(
            lambda: MetricValue(placed().purity), lambda at: f"{at.value:.0%} of it could be pieces of the style"
        ),
        blank("structure", "structure: moves like the content", "", "higher", GROUP).measured(
            lambda: MetricValue(placed().structure), _structure_reading
        ),
        blank("chroma", "pitch classes of the content", "", "higher", GROUP).measured(tonal, _chroma_reading),
        blank("explained_by_mix", "variance that a linear mix explains", "", "neither", GROUP).measured(
            lambda: MetricValue(explained_by_mix(result, content, style, rate_hz)),
            lambda at: f"{at.value:.0%} of the log spectrogram is a mix of the two (Ulyanov & Lebedev: 77%)",
        ),
        blank("spectrum_distance_db", "long-term spectrum, distance to the style", "dB", "lower", GROUP).measured(
            distance, _spectrum_reading
        ),
    ]


def _gain_reading(at: MetricValue) -> str:
    if at.value >= 0.3:
        return "a transfer: no mix of the two is as pure and moves as much"
    return "more than a mix of the two" if at.value > 0.05 else "no better than a mix of the two"


def _structure_reading(at: MetricValue) -> str:
    if at.value >= 0.7:
        return "moves like the content"
    return "moves somewhat like the content" if at.value >= 0.3 else "does not move like the content"


def _chroma_reading(at: MetricValue) -> str:
    if at.value >= 0.5:
        return "plays the content's pitches"
    return "the content's pitches are hinted at" if at.value >= 0.15 else "the content's pitches are gone"


def _spectrum_reading(at: MetricValue) -> str:
    nearer = at.value < (at.natural or 0.0)
    return f"{'nearer to' if nearer else 'further from'} the style than the content is (beside it)"
