"""Metrics of texture, copying and reconstruction."""

from collections.abc import Callable
from functools import cache

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.evaluation.aligned import Aligned
from gramophone.evaluation.metric_result import Better, MetricResult, MetricValue, metric
from gramophone.metrics.auditory import Excess, average_db, excess
from gramophone.metrics.copying import CopyScore, copy_score, natural_copy_score
from gramophone.metrics.embedding import auditory_embedding, frechet_distance, kernel_distance
from gramophone.metrics.reconstruction import convergence_db, log_spectral_distance_db, si_sdr_db
from gramophone.metrics.style_distance import gram_cosines, levelled_style_distances
from gramophone.spectral import Stft
from gramophone.statistics.auditory import CLASSES

GROUP = "texture"
OVERSAMPLING = 16  # of auditory bands: figures change by less than a tenth of their last digit
FILTERS = 1024  # a quarter of the published number is nearly as accurate, in a quarter of the time


def texture_figures(sounds: Aligned) -> list[MetricResult]:
    """Computes auditory statistics, above natural variation first, then unseen networks and embeddings."""
    return [*_statistics(sounds), *_networks(sounds), *_embeddings(sounds)]


def _statistics(sounds: Aligned) -> list[MetricResult]:
    @cache
    def snr() -> Excess:
        return excess(sounds.result, sounds.reference, sounds.rate_hz, oversampling=OVERSAMPLING)

    def one_class(name: str) -> MetricResult:
        one = metric(f"statistics_{name.lower()}_db", f"statistics: {name}", "dB", "higher", GROUP)
        return one.evaluate(
            lambda: MetricValue(snr().result[name], snr().natural[name]),
            lambda at: _beside_natural(at, 1.0),
        )

    headline = metric("statistics_excess_db", "auditory statistics, above natural variation", "dB", "higher", GROUP)
    average = metric("statistics_snr_db", "auditory statistics, mean of eight classes", "dB", "higher", GROUP)
    return [
        headline.evaluate(
            lambda: MetricValue(snr().average_db, 0.0),
            lambda at: _excess_reading(at.value, moved=sounds.content is not None),
        ),
        average.evaluate(
            lambda: MetricValue(average_db(snr().result), average_db(snr().natural)),
            lambda _: _weakest(snr()),
        ),
        *map(one_class, CLASSES),
    ]


def _networks(sounds: Aligned) -> list[MetricResult]:
    """Compares a part of the result and the second half of the reference with its first half, at equal lengths."""
    rate_hz, length = sounds.rate_hz, min(len(sounds.reference) // 2, len(sounds.result))
    first, second = sounds.reference[:length], sounds.reference[-length:]
    piece = sounds.result[:length]

    def cosine() -> MetricValue:
        return MetricValue(*gram_cosines([piece, second], first, rate_hz))

    def distance() -> MetricValue:
        half = round(0.0464 * rate_hz)
        stft = Stft(2 * half, half // 2)
        return MetricValue(*levelled_style_distances([piece, second], first, stft, FILTERS))

    return [
        metric("gram_cosine", "Gram cosine of six unseen networks", "", "higher", GROUP).evaluate(
            cosine, lambda at: _beside_natural(at, 0.005)
        ),
        metric("unseen_style_distance", "style distance of an unseen network", "", "lower", GROUP).evaluate(
            distance, lambda at: _beside_natural(at, 0.1 * (at.natural or 0), lower=True)
        ),
    ]


def _embeddings(sounds: Aligned) -> list[MetricResult]:
    @cache
    def rows() -> tuple[Float[Tensor, "_ feature"], ...]:
        result, reference = (
            auditory_embedding(sound, sounds.rate_hz, oversampling=OVERSAMPLING)
            for sound in (sounds.result, sounds.reference)
        )
        half = len(reference) // 2
        return result, reference, reference[:half], reference[half:]

    def figure(key: str, name: str, measure: Callable[[Tensor, Tensor], float]) -> MetricResult:
        return metric(key, name, "", "lower", GROUP).evaluate(
            lambda: MetricValue(measure(rows()[0], rows()[1]), measure(rows()[3], rows()[2])),
            lambda at: _beside_natural(at, 0.1 * abs(at.natural or 0), lower=True),
        )

    return [
        figure("kernel_distance", "kernel distance of embeddings", kernel_distance),
        figure("frechet_distance", "Frechet distance of embeddings", frechet_distance),
    ]


def _excess_reading(excess_db: float, *, moved: bool) -> str:
    if moved and excess_db < -1:
        return "not the style alone, as it moves like the content; a mix may score as high, so this decides nothing"
    if excess_db > 1:
        return "closer to the recording than its own other half"
    if excess_db >= -1:
        return "as close to the recording as its own other half"
    if excess_db >= -4:
        return "a little further from the recording than its own other half"
    return "further from the recording than its own other half: another sound, to the ear"


def _weakest(statistics: Excess) -> str:
    behind = {name: statistics.natural[name] - statistics.result[name] for name in CLASSES}
    name = max(behind, key=lambda one: behind[one])
    if behind[name] <= 1:
        return "no class is behind the recording's own other half"
    return f"weakest: {name}, {behind[name]:.1f} dB behind the recording's own other half"


def _beside_natural(at: MetricValue, tolerance: float, *, lower: bool = False) -> str:
    if at.natural is None:
        return "no natural value to compare with"
    ahead = (at.natural - at.value) if lower else (at.value - at.natural)
    if ahead > tolerance:
        return "nearer than the recording's other half"
    return (
        "as near as the recording's other half" if ahead >= -tolerance else "further than the recording's other half"
    )


COPYING = "copying"
NEAR = 0.10  # a mean score this close to the natural value is not copying
VERBATIM = 0.9


def copying_figures(sounds: Aligned) -> list[MetricResult]:
    """Computes mean and maximum copy score, with those of the reference against itself as natural values."""

    @cache
    def scores() -> tuple[CopyScore, CopyScore]:
        natural = natural_copy_score(sounds.reference, sounds.rate_hz)
        return copy_score(sounds.result, sounds.reference, sounds.rate_hz), natural

    return [
        metric("copy_mean", "copy score, mean of half seconds", "", "lower", COPYING).evaluate(
            lambda: MetricValue(scores()[0].mean, scores()[1].mean), _mean_reading
        ),
        metric("copy_maximum", "copy score, worst half second", "", "lower", COPYING).evaluate(
            lambda: MetricValue(scores()[0].maximum, scores()[1].maximum), _maximum_reading
        ),
    ]


def _mean_reading(at: MetricValue) -> str:
    above = at.value - (at.natural or 0.0)
    if above <= NEAR:
        return "repeats the recording no more than the recording repeats itself"
    return "repeats the recording" if at.value < VERBATIM else "a copy of the recording"


def _maximum_reading(at: MetricValue) -> str:
    if at.value >= VERBATIM and at.value - (at.natural or 0.0) > NEAR:
        return "at least one half second is a copy"
    return "no half second is a copy" if at.value < VERBATIM else "the recording itself repeats this closely"


RECONSTRUCTION = "reconstruction"
ALIKE_DB = -10.0  # a result with a spectral convergence above this is not a reconstruction


def reconstruction_figures(sounds: Aligned) -> list[MetricResult]:
    """Computes spectral convergence, log-spectral distance and SI-SDR, if the result can be a reconstruction."""
    result, truth = sounds.result, sounds.reference
    half = round(0.0232 * sounds.rate_hz)
    stft = Stft(2 * half, half // 2)
    convergence = convergence_db(result, truth, stft) if len(result) == len(truth) else None

    def figure(
        key: str, name: str, better: Better, value: Callable[[], float], interpret: Callable[[MetricValue], str]
    ) -> MetricResult:
        def compute() -> MetricValue:
            if convergence is None:
                raise InputError("the result and the reference differ in length, so the result is no reconstruction")
            if convergence > ALIKE_DB:
                raise InputError(
                    f"the result is no reconstruction of the reference: its spectral convergence is "
                    f"{convergence:.1f} dB, above the limit of {ALIKE_DB:g} dB"
                )
            return MetricValue(value())

        return metric(key, name, "dB", better, RECONSTRUCTION).evaluate(compute, interpret)

    return [
        figure(
            "spectral_convergence_db",
            "spectral convergence",
            "lower",
            lambda: convergence or 0.0,
            lambda at: "transparent to most ears" if at.value < -30 else "audibly different",
        ),
        figure(
            "log_spectral_distance_db",
            "log-spectral distance",
            "lower",
            lambda: log_spectral_distance_db(result, truth, stft),
            lambda at: "close" if at.value < 3 else "weak parts differ",
        ),
        figure(
            "si_sdr_db",
            "signal to distortion, any scale",
            "higher",
            lambda: si_sdr_db(result, truth),
            lambda at: "the waveform is kept" if at.value > 10 else "another waveform of a similar spectrogram",
        ),
    ]
