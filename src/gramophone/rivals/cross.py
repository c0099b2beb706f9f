"""Narrow-band cross-synthesis: the style's spectrum, whitened, with the content's magnitudes.

Smith 2011, "Spectral Audio Signal Processing", section "Cross-Synthesis": the carrier's spectrum is divided by its
own envelope and multiplied by the modulator's. Here the window is so long that single partials of the content are
resolved, and the envelopes are the magnitudes themselves: melody and harmony pass, the style gives its phases.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.rivals.blocks import Block, blocks, mean_over_time, rendered
from gramophone.rivals.checks import bed_within, within
from gramophone.rivals.progress import Progress, finished
from gramophone.rivals.waveforms import (
    Samples,
    Waveform,
    carrier,
    checked_content,
    checked_styles,
    magnitudes,
    matched,
    window_samples,
    with_bed,
)
from gramophone.spectral import Stft

OVERLAP = 4
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


def cross(
    content: Samples, styles: Sequence[Samples], rate_hz: int, settings: CrossSettings | None = None, seed: int = 0
) -> Waveform:
    """The result of `cross_steps`."""
    return finished(cross_steps(content, styles, rate_hz, settings, seed))


def cross_steps(
    content: Samples, styles: Sequence[Samples], rate_hz: int, settings: CrossSettings | None = None, seed: int = 0
) -> Iterator[Progress]:
    """Cross-synthesis, a block of about a million samples a step.

    Args:
        content: `[channel, sample]`, float32.
        styles: one or more, each at least as long as a window; one after the other, and again from the start where
            they are shorter than the content.
        rate_hz: of all of them, 8,000 to 96,000.
        settings: the defaults where none are given.
        seed: unused, as nothing is drawn.

    Yields:
        A step whose preview has the shape and the level of the content; what is to come is silent in it.

    Raises:
        InputError: a recording that cannot be used.
    """
    settings = settings or CrossSettings()
    said = checked_content(content, rate_hz)
    n_fft = window_samples(settings.window_ms, rate_hz, OVERLAP)
    made_of = matched(checked_styles(styles, rate_hz, n_fft), said.shape[0])
    carried = carrier(made_of, said.shape[1], rate_hz).expand_as(said)
    stft = Stft(n_fft, n_fft // OVERLAP)
    parts = blocks(said.shape[1], stft)
    mean = mean_over_time(parts, lambda part: magnitudes(stft.forward(part.read(carried))).square()).sqrt()

    def render(part: Block) -> Float[Tensor, "channel _"]:
        magnitude, style = magnitudes(stft.forward(part.read(said))), stft.forward(part.read(carried))
        return stft.inverse(crossed(magnitude, style, mean, settings.whitening), part.right - part.left)

    for done, result in enumerate(rendered(parts, said, render), 1):
        yield Progress(done, len(parts), partial(with_bed, result, carried, said, settings.bed_db))


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
