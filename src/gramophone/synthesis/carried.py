"""Words, and melodies, made of textures that have neither.

The start carries them on the style (a vocoder, or narrow-band cross-synthesis) over a bed of the style; the kernel
then makes the whole the style's own, under floors that hold what is kept: every band's envelope in every half second,
or the content's peaks over log frequency. With a phase of its own nothing of the recording is copied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.condition import released
from gramophone.mosaic.carrier import cross_synthesised, vocoded
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.optim.objective import Objective, Term
from gramophone.spectral import LogScale, Stft
from gramophone.statistics.envelope_floors import EnvelopeFloors
from gramophone.statistics.harmony_floor import HarmonyFloor
from gramophone.synthesis.conditional import CoreSettings, KernelStage, spans_within

Waveform = Float[Tensor, "channel sample"]
Carried = Literal["words", "melody"]
Carrier = Callable[[Waveform, Waveform, int, float], Waveform]

Spectrogram = Float[Tensor, "channel frequency frame"]

HOPS = 4
SHARE_OF_START = 0.97
BED_DB = {0.6: -5.0, 0.8: 9.0, 0.9: 15.0, 1.0: 24.0}  # by strength: equal steps of ESTOI
FIRM = 100.0
LAST_FALL = 8.5


@dataclass(frozen=True)
class _Kind:
    """How one thing is carried.

    Attributes:
        carrier: makes the start.
        window_s: of the kernel's transform.
        span_ms: of its patches.
        iterations: that it takes.
        quietest_bed_db: at strength 0.
    """

    carrier: Carrier
    window_s: float
    span_ms: tuple[float, ...]
    iterations: int
    quietest_bed_db: float


KINDS: dict[Carried, _Kind] = {
    "words": _Kind(vocoded, 0.0464, (12.0, 46.0, 186.0), 20, -15.0),
    "melody": _Kind(cross_synthesised, 0.0929, (23.0, 93.0, 186.0), 15, -15.0),
}


def bed_db(strength: float, quietest_db: float = -15.0) -> float:
    """Level of the bed in the start: the quietest at strength 0, -5 dB at 0.6, 24 dB at 1."""
    return float(np.interp(strength, [0.0, *BED_DB], [quietest_db, *BED_DB.values()]))


def firmness(strength: float) -> float:
    """Weight of what holds the content beside the style term: 100 up to strength 0.3, 10 at 0.6, 0 at 1.

    From there on it falls faster: the style term is so small by then that a weight of 0.04 still held nearly all.
    """
    free = released(strength)
    return FIRM * (1 - free) ** (4 + LAST_FALL * max(0.0, free - released(0.6)))


def carried_stage(  # noqa: PLR0913
    content: Waveform,
    styles: Sequence[Float[Tensor, "channel _"]],
    rate_hz: int,
    carried: Carried,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> KernelStage:
    """Sets up the kernel stage for what a texture carries.

    Args:
        content: speech or music.
        styles: what it is to be made of, with as many channels each.
        rate_hz: of all.
        carried: what is kept.
        strength: from above 0 (all that the style can carry) to 1 (the style, free).
        weights: share of each style.
        seed: of the phase.
        settings: of the core; iterations are scaled to what this takes.
    """
    settings, kind = settings or CoreSettings(), KINDS[carried]
    shares = [share / sum(weights) for share in weights] if weights else [1 / len(styles)] * len(styles)
    n_fft = 2 ** round(np.log2(kind.window_s * rate_hz))
    stft = Stft(n_fft, n_fft // HOPS)
    level = bed_db(strength, kind.quietest_bed_db)
    voices = [
        share**0.5 * kind.carrier(content, style, rate_hz, level) for style, share in zip(styles, shares, strict=True)
    ]
    magnitude = stft.magnitude(torch.stack(voices).sum(0))
    own = [stft.magnitude(style) for style in styles]
    own = [one * float((magnitude.square().mean() / one.square().mean()).sqrt()) for one in own]
    scale = LogScale.of(magnitude)
    spans = spans_within(kind.span_ms, rate_hz, stft.hop_samples, min(one.shape[-1] for one in (magnitude, *own)))
    terms = [Term("style", InfiniteNetwork(spans).style_term([scale.forward(one) for one in own], shares))]
    if (weight := firmness(strength)) > 0:
        said = stft.magnitude(content).square().mean(0, keepdim=True).sqrt().expand(len(magnitude), -1, -1)
        terms.append(Term(carried, _floor(carried, said, magnitude, scale, rate_hz, stft), weight))
    iterations = round(kind.iterations * settings.iterations / CoreSettings().iterations)
    start, samples = scale.forward(magnitude), content.shape[-1]
    return KernelStage(Objective(terms), start, scale, stft, samples, seed, iterations, settings.phase_rounds)


def _floor(
    carried: Carried, said: Spectrogram, start: Spectrogram, scale: LogScale, rate_hz: int, stft: Stft
) -> TermFunction:
    if carried == "words":
        return EnvelopeFloors.of(said, scale, rate_hz, stft.hop_samples)
    return HarmonyFloor.of(said, scale, rate_hz).near(scale.forward(start), SHARE_OF_START)
