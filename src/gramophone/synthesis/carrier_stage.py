"""Words, and melodies in styles without pitch: the style as the carrier of a vocoder, then the kernel.

The start is a channel vocoder (words) or narrow-band cross-synthesis (melody) over a bed of the style. The style term
is then minimised from there under lower bounds on what is kept: the envelope of every band in every half second, or
the content's peaks over log frequency. The phase is reconstructed, so that no excerpt of the style is copied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.condition import released
from gramophone.mosaic.carrier import cross_synthesised, vocoded
from gramophone.mosaic.coverage import Carried
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.optim.objective import Objective, Term
from gramophone.spectral import LogScale, Stft
from gramophone.statistics.floors import EnvelopeFloors, HarmonyFloor
from gramophone.synthesis.conditional import (
    CoreSettings,
    KernelStage,
    StyleSet,
    at_level_of,
    power_of_two_stft,
    spans_within,
)

Waveform = Float[Tensor, "channel sample"]
Carrier = Callable[[Waveform, Waveform, int, float], Waveform]

Spectrogram = Float[Tensor, "channel frequency frame"]

FRACTION_OF_START = 0.97
BED_DB = {0.0: -15.0, 0.6: -5.0, 0.8: 9.0, 0.9: 15.0, 1.0: 24.0}  # by strength: equal steps of ESTOI
LARGEST_WEIGHT = 100.0
LAST_FALL = 8.5


@dataclass(frozen=True)
class _Kind:
    """Settings for words or for a melody.

    Attributes:
        carrier: synthesis of the start.
        window_s: window length of the kernel's transform, in seconds.
        span_ms: patch lengths, in milliseconds.
        iterations: number of steps.
    """

    carrier: Carrier
    window_s: float
    span_ms: tuple[float, ...]
    iterations: int


KINDS: dict[Carried, _Kind] = {
    "words": _Kind(vocoded, 0.0464, (12.0, 46.0, 186.0), 20),
    "melody": _Kind(cross_synthesised, 0.0929, (23.0, 93.0, 186.0), 15),
}


def bed_db(strength: float) -> float:
    """Level of the bed in the start: -15 dB at strength 0, -5 dB at 0.6, 24 dB at 1."""
    return float(np.interp(strength, list(BED_DB), list(BED_DB.values())))


def constraint_weight(strength: float) -> float:
    """Weight of the lower bounds beside the style term: 100 up to strength 0.3, 10 at 0.6, 0 at 1.

    Above 0.6 it falls faster: the style term is so small by then that a weight of 0.04 still kept nearly all.
    """
    free = released(strength)
    return LARGEST_WEIGHT * (1 - free) ** (4 + LAST_FALL * max(0.0, free - released(0.6)))


def carrier_stage(
    content: Waveform,
    styles: StyleSet,
    carried: Carried,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> KernelStage:
    """Sets up the kernel stage for words or a melody that the style carries.

    Args:
        content: speech or music.
        styles: recordings that the result is made of.
        carried: what is kept.
        strength: above 0 (everything that the style can carry) to 1 (the style alone).
        weights: weight of each style.
        seed: seed of the phase.
        settings: settings of the core; the number of steps is scaled.
    """
    settings, kind, rate_hz = settings or CoreSettings(), KINDS[carried], styles.rate_hz
    weights = _relative(weights, styles)
    stft = power_of_two_stft(kind.window_s, rate_hz)
    magnitude = stft.magnitude(carrier_start(content, styles, carried, strength=strength, weights=weights))
    own = [at_level_of(stft.magnitude(style), magnitude) for style in styles.waveforms]
    scale = LogScale.of(magnitude)
    spans = spans_within(kind.span_ms, rate_hz, stft.hop_samples, min(one.shape[-1] for one in (magnitude, *own)))
    terms = [Term("style", InfiniteNetwork(spans).style_term([scale.forward(one) for one in own], weights))]
    if (bound := constraint_weight(strength)) > 0:
        target = stft.magnitude(content).square().mean(0, keepdim=True).sqrt().expand(len(magnitude), -1, -1)
        terms.append(Term(carried, _lower_bound(carried, target, magnitude, scale, rate_hz, stft), bound))
    iterations = round(kind.iterations * settings.iterations / CoreSettings().iterations)
    start, samples = scale.forward(magnitude), content.shape[-1]
    return KernelStage(Objective(terms), start, scale, stft, samples, seed, iterations, settings.phase_rounds)


def carrier_start(
    content: Waveform,
    styles: StyleSet,
    carried: Carried,
    *,
    strength: float,
    weights: Sequence[float] | None = None,
) -> Waveform:
    """What the kernel stage starts from: every style as a carrier, by its weight, over a bed of itself."""
    carrier = KINDS[carried].carrier
    voices = [
        weight**0.5 * carrier(content, style, styles.rate_hz, bed_db(strength))
        for style, weight in zip(styles.waveforms, _relative(weights, styles), strict=True)
    ]
    return torch.stack(voices).sum(0)


def _relative(weights: Sequence[float] | None, styles: StyleSet) -> list[float]:
    count = len(styles.waveforms)
    return [weight / sum(weights) for weight in weights] if weights else [1 / count] * count


def _lower_bound(
    carried: Carried, target: Spectrogram, start: Spectrogram, scale: LogScale, rate_hz: int, stft: Stft
) -> TermFunction:
    if carried == "words":
        return EnvelopeFloors.of(target, scale, rate_hz, stft.hop_samples)
    return HarmonyFloor.of(target, scale, rate_hz).near(scale.forward(start), FRACTION_OF_START)
