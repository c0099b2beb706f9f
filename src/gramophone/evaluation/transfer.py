"""Metrics of transfer: made of the style, moving like the content, and more than a mix of the two."""

from functools import cache

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.evaluation.aligned import Aligned
from gramophone.evaluation.metric_result import MetricResult, MetricValue, metric
from gramophone.metrics.chroma import PITCHED_ABOVE, chroma_correlation, pitchedness
from gramophone.metrics.mixture import explained_by_mix, spectrum_distance_db
from gramophone.metrics.transfer import Placed, gain_over_mixing, mixing_curve

GROUP = "transfer"


def transfer_figures(sounds: Aligned, content: Float[Tensor, " _"]) -> list[MetricResult]:
    """Computes the gain over plain mixing first, then its two components, then informative metrics."""
    style, result, rate_hz = sounds.reference, sounds.result, sounds.rate_hz
    content = content[: len(result)]  # the rest of the content has no counterpart in the result

    @cache
    def placed() -> Placed:
        return Placed.of(result, content, style, rate_hz)

    def tonal() -> MetricValue:
        strength = pitchedness(content, rate_hz)
        if strength < PITCHED_ABOVE:
            raise InputError(f"the content has no clear pitch (pitchedness {strength:.2f}, below {PITCHED_ABOVE})")
        return MetricValue(chroma_correlation(result, content, rate_hz))

    def distance() -> MetricValue:
        return MetricValue(
            spectrum_distance_db(result, style, rate_hz), spectrum_distance_db(content, style, rate_hz)
        )

    return [
        metric("gain_over_mixing", "purity above a plain mix of equal structure", "", "higher", GROUP).evaluate(
            lambda: MetricValue(gain_over_mixing(placed(), mixing_curve(content, style, rate_hz))), _gain_reading
        ),
        metric("purity", "purity: made of the style", "", "higher", GROUP).evaluate(
            lambda: MetricValue(placed().purity), lambda at: f"{at.value:.0%} of it could be pieces of the style"
        ),
        metric("structure", "structure: moves like the content", "", "higher", GROUP).evaluate(
            lambda: MetricValue(placed().structure), _structure_reading
        ),
        metric("chroma", "pitch classes of the content", "", "higher", GROUP).evaluate(tonal, _chroma_reading),
        metric("explained_by_mix", "variance that a linear mix explains", "", "neither", GROUP).evaluate(
            lambda: MetricValue(explained_by_mix(result, content, style, rate_hz)),
            lambda at: f"{at.value:.0%} of the log spectrogram is a mix of the two (Ulyanov & Lebedev: 77%)",
        ),
        metric("spectrum_distance_db", "long-term spectrum, distance to the style", "dB", "lower", GROUP).evaluate(
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
