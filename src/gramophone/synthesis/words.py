"""Transfers of speech: words made of a texture.

The start is a vocoder over a bed of the style; the kernel then makes the whole the style's own, under floors that
hold every band's envelope in every half second. With a phase of its own nothing of the recording is copied.
"""

from collections.abc import Sequence
from math import log10

from jaxtyping import Float
from torch import Tensor

from gramophone.condition import released
from gramophone.mosaic.carrier import vocoded
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.objective import Objective, Term
from gramophone.spectral import LogScale, Stft
from gramophone.statistics.envelope_floors import EnvelopeFloors
from gramophone.synthesis.conditional import CoreSettings, KernelStage

Waveform = Float[Tensor, "channel sample"]

N_FFT_S, HOPS = 0.0464, 4
SPAN_MS = (12.0, 46.0, 186.0)
FIRM = 100.0
ITERATIONS = 20
QUIETEST_BED_DB, BED_DB, LOUDEST_BED_DB = -15.0, -5.0, 12.0


def bed_db(strength: float) -> float:
    """Level of the bed in the start: -15 dB at strength 0, -5 dB at 0.6, 12 dB at 1."""
    if strength <= 0.6:
        return QUIETEST_BED_DB + (BED_DB - QUIETEST_BED_DB) * strength / 0.6
    return BED_DB + (LOUDEST_BED_DB - BED_DB) * (strength - 0.6) / 0.4


def firmness(strength: float) -> float:
    """Weight of the floors beside the style term: 100 up to strength 0.3, 10 at 0.6, 0 at 1."""
    return FIRM * (1 - released(strength)) ** 4


def words_stage(
    content: Waveform,
    styles: Sequence[Float[Tensor, "channel _"]],
    rate_hz: int,
    *,
    strength: float = 0.6,
    weights: Sequence[float] | None = None,
    seed: int = 0,
    settings: CoreSettings | None = None,
) -> KernelStage:
    """Sets up the kernel stage for words.

    Args:
        content: speech.
        styles: what it is to be made of, with as many channels each.
        rate_hz: of all.
        strength: from above 0 (all words that the style can carry) to 1 (the style, free).
        weights: share of each style.
        seed: of the phase.
        settings: of the core; iterations are scaled to what words take.
    """
    settings = settings or CoreSettings()
    shares = [share / sum(weights) for share in weights] if weights else [1 / len(styles)] * len(styles)
    stft = Stft(n_fft := 2 ** round(log10(N_FFT_S * rate_hz) / log10(2)), n_fft // HOPS)
    level = bed_db(strength)
    start = sum(
        share**0.5 * vocoded(content, style, rate_hz, level) for style, share in zip(styles, shares, strict=True)
    )
    assert isinstance(start, Tensor)
    magnitude = stft.magnitude(start)
    own = [stft.magnitude(style) for style in styles]
    own = [one * float((magnitude.square().mean() / one.square().mean()).sqrt()) for one in own]
    scale = LogScale.of(magnitude)
    spans = tuple(sorted({max(1, round(ms / 1000 * rate_hz / stft.hop_samples)) for ms in SPAN_MS}))
    terms = [Term("style", InfiniteNetwork(spans).style_term([scale.forward(one) for one in own], shares))]
    if (weight := firmness(strength)) > 0:
        said = stft.magnitude(content.mean(0, keepdim=True)).expand(len(start), -1, -1)
        terms.append(Term("words", EnvelopeFloors.of(said, scale, rate_hz, stft.hop_samples), weight))
    iterations = round(ITERATIONS * settings.iterations / CoreSettings().iterations)
    samples, rounds = content.shape[-1], settings.phase_rounds
    return KernelStage(Objective(terms), scale.forward(magnitude), scale, stft, samples, seed, iterations, rounds)
