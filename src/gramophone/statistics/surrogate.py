"""Random spectrograms with the marginals of styles and, nearly, their correlations.

All rows of a style are convolved with one white noise over time. A noise that all rows share leaves the correlations
between rows, over any lag, as they are in expectation, as the common random phases of multivariate surrogate data
do [1]. Ranks then give every row the distribution of the style's values [2]. Nothing of the style's order in time is
left, so there is nothing that could be copied; what is lost with it are moments of higher order, such as attacks.

[1] D. Prichard, J. Theiler, "Generating surrogate data for time series with several simultaneously measured
    variables", Physical Review Letters 73, 1994. [2] J. Theiler et al., "Testing for nonlinearity in time series: the
    method of surrogate data", Physica D 58, 1992.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Spectrogram = Float[Tensor, "channel frequency _"]


def surrogate(styles: Sequence[Spectrogram], weights: Sequence[float], frames: int, seed: int) -> Spectrogram:
    """Draws a spectrogram of any length; the last frame leads into the first, so that it serves a loop, too.

    Args:
        styles: spectrograms `[channel, frequency, frame]` of any lengths.
        weights: weight of each style, summing to 1.
        frames: length of the result.
        seed: seed of the noise.

    Example:
        >>> style = torch.rand(1, 5, 100, generator=torch.Generator().manual_seed(0))
        >>> drawn = surrogate([style], [1.0], 200, seed=1)
        >>> drawn.shape, bool((drawn.max() <= style.max()) & (drawn.min() >= style.min()))
        (torch.Size([1, 5, 200]), True)
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.zeros(*styles[0].shape[:2], frames).to(styles[0])
    for style, weight in zip(styles, weights, strict=True):
        noise = torch.randn(frames, generator=generator).to(style)
        order += _convolved(style - style.mean(-1, keepdim=True), noise) * (weight / style.shape[-1]) ** 0.5
    return torch.empty_like(order).scatter_(-1, order.argsort(-1), quantiles(styles, weights, frames))


def quantiles(styles: Sequence[Spectrogram], weights: Sequence[float], count: int) -> Spectrogram:
    """Evenly spaced quantiles of every row of a weighted mixture, ascending.

    Args:
        styles: spectrograms of any lengths.
        weights: weight of each style, summing to 1.
        count: number of quantiles.
    """
    frames = [style.shape[-1] for style in styles]
    shares = [torch.full((n,), w / n).to(styles[0]) for n, w in zip(frames, weights, strict=True)]
    values, places = torch.cat(list(styles), -1).sort(-1)
    until = torch.cat(shares)[places].cumsum(-1)
    asked = (torch.arange(count).to(values) + 0.5) / count
    found = torch.searchsorted(until, asked.expand(*values.shape[:-1], count).contiguous())
    return values.gather(-1, found.clamp_max(values.shape[-1] - 1))


def _convolved(style: Spectrogram, noise: Float[Tensor, " frame"]) -> Spectrogram:
    """Circular convolution over time, the style folded to the length of the noise."""
    frames = len(noise)
    padded = torch.nn.functional.pad(style, (0, -style.shape[-1] % frames))
    folded = padded.unflatten(-1, (-1, frames)).sum(-2)
    return torch.fft.irfft(torch.fft.rfft(folded) * torch.fft.rfft(noise), frames)
