"""Words, and melodies in styles without pitch: the style as the carrier of a vocoder, then the kernel.

The start is a channel vocoder (words), or narrow-band cross-synthesis with the envelopes of one (melody), over a
bed of the style. The style term is then minimised from there under lower bounds on what is kept: the envelope of
every band in every half second, or the content's peaks over log frequency. So that no excerpt of the style is
copied, phase is reconstructed: that of words at the end, and for a melody that of the style before anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.condition.keep import at_strength
from gramophone.mosaic.carrier import cross_synthesised, repeated, vocoded
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.optim.objective import Objective, Term
from gramophone.phase import fgla, pghi
from gramophone.spectral import LogScale, Stft
from gramophone.statistics.floors import EnvelopeFloors, HarmonyFloor
from gramophone.synthesis.conditional import (
    COMPILED_FROM_STEPS,
    CoreSettings,
    KernelStage,
    StyleSet,
    at_level_of,
    power_of_two_stft,
    spans_within,
)

Waveform = Float[Tensor, "channel sample"]
Carried = Literal["words", "melody"]
Carrier = Callable[[Waveform, Waveform, int, float], Waveform]

Spectrogram = Float[Tensor, "channel frequency frame"]

FRACTION_OF_START = 0.97
PHASE_WINDOW_S, PHASE_ROUNDS = 0.0464, 8


@dataclass(frozen=True)
class _Kind:
    """Settings for words or for a melody.

    Attributes:
        carrier: synthesis of the start.
        window_s: window length of the kernel's transform, in seconds.
        span_ms: patch lengths, in milliseconds.
        iterations: number of steps.
        bed_db: level of the bed in the start by strength, linear between.
        bound_db: weight of the lower bounds beside the style term by strength, in dB, linear between; none at 1.
        keeps_phase: whether the carrier is given a phase of its own, which the result keeps.
    """

    carrier: Carrier
    window_s: float
    span_ms: tuple[float, ...]
    iterations: int
    bed_db: Mapping[float, float]
    bound_db: Mapping[float, float]
    keeps_phase: bool


KINDS: dict[Carried, _Kind] = {
    "words": _Kind(
        carrier=vocoded,
        window_s=0.0464,
        span_ms=(12.0, 46.0, 186.0),
        iterations=20,
        # Even steps of ESTOI.
        bed_db={0.0: -15.0, 0.3: -4.2, 0.5: -0.7, 0.6: 2.5, 0.7: 8.0, 0.8: 10.2, 0.9: 12.2, 1.0: 24.0},
        bound_db={0.0: 40.0, 0.3: 28.0, 0.5: 16.0, 0.6: 3.0, 0.7: -37.0, 0.8: -66.0, 0.9: -92.0},
        keeps_phase=False,
    ),
    "melody": _Kind(
        carrier=cross_synthesised,
        window_s=0.0929,
        span_ms=(23.0, 93.0, 186.0),
        iterations=1,
        bed_db={0.0: -12.0, 0.3: 0.0, 0.6: 6.0, 0.7: 9.5, 0.8: 14.0, 0.9: 19.5, 1.0: 24.0},
        bound_db={0.3: 40.0, 0.6: 20.0, 1.0: -80.0},
        keeps_phase=True,
    ),
}


def bed_db(carried: Carried, strength: float) -> float:
    """Level of the bed in the start beside what is carried, in dB."""
    return at_strength(KINDS[carried].bed_db, strength)


def bound_weight(carried: Carried, strength: float) -> float:
    """Weight of the lower bounds beside the style term; 0 at strength 1."""
    return 10 ** (at_strength(KINDS[carried].bound_db, strength) / 20) if strength < 1 else 0.0


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
    waveform = carrier_start(content, styles, carried, strength=strength, weights=weights, seed=seed)
    magnitude = stft.magnitude(waveform)
    own = [at_level_of(stft.magnitude(style), magnitude) for style in styles.waveforms]
    scale = LogScale.of(magnitude)
    shortest = min(one.shape[-1] for one in (magnitude, *own))
    spans = spans_within(settings.carrier_span_ms or kind.span_ms, rate_hz, stft.hop_samples, shortest)
    iterations = round(kind.iterations * settings.iterations / CoreSettings().iterations)
    network = InfiniteNetwork(spans, compiled=iterations >= COMPILED_FROM_STEPS)
    terms = [Term("style", network.style_term([scale.forward(one) for one in own], weights))]
    if (bound := bound_weight(carried, strength)) > 0:
        target = stft.magnitude(content).square().mean(0, keepdim=True).sqrt().expand(len(magnitude), -1, -1)
        terms.append(Term(carried, _lower_bound(carried, target, magnitude, scale, rate_hz, stft), bound))
    start, samples = scale.forward(magnitude), content.shape[-1]
    phase = stft.forward(waveform).angle() if kind.keeps_phase else None
    return KernelStage(Objective(terms), start, scale, stft, samples, seed, iterations, settings.phase_rounds, phase)


def carrier_start(
    content: Waveform,
    styles: StyleSet,
    carried: Carried,
    *,
    strength: float,
    weights: Sequence[float] | None = None,
    seed: int = 0,
) -> Waveform:
    """What the kernel stage starts from: every style as a carrier, by its weight, over a bed of itself."""
    kind, samples, rate_hz = KINDS[carried], content.shape[-1], styles.rate_hz
    made_of = [repeated(style, samples) for style in styles.waveforms]
    if kind.keeps_phase:
        made_of = [with_own_phase(style, rate_hz, seed) for style in made_of]
    voices = [
        weight**0.5 * kind.carrier(content, style, rate_hz, bed_db(carried, strength))
        for style, weight in zip(made_of, _relative(weights, styles), strict=True)
    ]
    return torch.stack(voices).sum(0)


def with_own_phase(style: Waveform, rate_hz: int, seed: int = 0) -> Waveform:
    """The magnitudes of a style with a reconstructed phase: the same sound without one of its excerpts."""
    stft = power_of_two_stft(PHASE_WINDOW_S, rate_hz)
    magnitude = stft.magnitude(style)
    phase = pghi(magnitude, stft, seed=seed)
    return fgla(magnitude, stft, style.shape[-1], phase=phase, iterations=PHASE_ROUNDS)


def _relative(weights: Sequence[float] | None, styles: StyleSet) -> list[float]:
    count = len(styles.waveforms)
    return [weight / sum(weights) for weight in weights] if weights else [1 / count] * count


def _lower_bound(
    carried: Carried, target: Spectrogram, start: Spectrogram, scale: LogScale, rate_hz: int, stft: Stft
) -> TermFunction:
    if carried == "words":
        return EnvelopeFloors.of(target, scale, rate_hz, stft.hop_samples)
    return HarmonyFloor.of(target, scale, rate_hz).near(scale.forward(start), FRACTION_OF_START)
