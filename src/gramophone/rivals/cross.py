"""Narrow-band cross-synthesis: the style's spectrum, whitened, with the content's magnitudes.

Smith 2011, "Spectral Audio Signal Processing", section "Cross-Synthesis": the carrier's spectrum is divided by its
own envelope and multiplied by the modulator's. Here the window is so long that single partials of the content are
resolved, and the envelopes are the magnitudes themselves: melody and harmony pass, the style gives its phases.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.rivals.blocks import BLOCK_SAMPLES, Block, mean_over_time
from gramophone.rivals.carried import Carried, Spectrum
from gramophone.rivals.checks import bed_within, within
from gramophone.rivals.progress import Progress, completed
from gramophone.rivals.waveforms import Samples, magnitudes

FLOOR = 1e-3  # of the style's root mean square magnitude: quieter bins are raised by 60 dB at most


@dataclass(frozen=True)
class CrossSettings:
    """Settings of `cross`.

    Attributes:
        window_ms: length of the window in milliseconds, 20 to 1000; 186 are 4096 samples at 22,050 Hz.
        whitening: 1 gives the result exactly the content's magnitudes, and the style its phases alone; 0 only removes
            the style's mean spectrum, and its fluctuations around that stay audible.
        bed_db: level of the unmodulated style below the result, in dB relative to it, at most 40; minus infinity
            leaves it out.

    Raises:
        UsageError: a setting outside its range.
    """

    window_ms: float = 4096 / 22.05
    whitening: float = 1.0
    bed_db: float = -math.inf

    def __post_init__(self) -> None:
        within("window_ms", self.window_ms, 20, 1000)
        within("whitening", self.whitening, 0, 1)
        bed_within(self.bed_db)


def cross_steps(
    content: Samples,
    styles: Sequence[Samples],
    rate_hz: int,
    settings: CrossSettings | None = None,
    seed: int = 0,
    block_samples: int = BLOCK_SAMPLES,
) -> Iterator[Progress]:
    """Cross-synthesis, a block of about a million samples a step.

    Args:
        content: as of `vocoder_steps`, as are the following but for the settings.
        styles: carriers.
        rate_hz: of all of them.
        settings: the defaults where none are given.
        seed: unused, as nothing is drawn.
        block_samples: length of a block.

    Yields:
        A step whose preview has the shape and the level of the content; what is to come is silent in it.

    Raises:
        InputError: a recording that cannot be used.
    """
    settings = settings or CrossSettings()
    pair = Carried.of(content, styles, rate_hz, settings.window_ms, block_samples)

    def power(part: Block) -> Float[Tensor, "channel frequency frame"]:
        return magnitudes(pair.spectrum(pair.carrier, part)).square()

    mean = mean_over_time(pair.parts, power).sqrt()

    def render(part: Block) -> Spectrum:
        magnitude = magnitudes(pair.spectrum(pair.content, part))
        return crossed(magnitude, pair.spectrum(pair.carrier, part), mean, settings.whitening)

    yield from pair.steps(render, settings.bed_db)


cross = completed(cross_steps)


def crossed(
    magnitude: Float[Tensor, "*batch frequency frame"],
    style: Complex[Tensor, "*batch frequency frame"],
    mean: Float[Tensor, "*batch frequency 1"],
    whitening: float,
) -> Complex[Tensor, "*batch frequency frame"]:
    """The style's spectrogram with the content's magnitudes: `|C| S / (|S|^w m^(1-w))`.

    Args:
        magnitude: `|C|`, of the content.
        style: `S`.
        mean: `m`, root mean square magnitude of the style over time.
        whitening: `w`, 0 to 1.
    """
    floor = (FLOOR * mean.square().mean(-2, keepdim=True).sqrt()).clamp_min(torch.finfo(mean.dtype).tiny)
    divisor = magnitudes(style).maximum(floor) ** whitening * mean.maximum(floor) ** (1 - whitening)
    return magnitude * style / divisor
