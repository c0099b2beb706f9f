"""One layer of drawn random filters over time and frequency (the 2-D form of Huzaifah & Wyse 2019)."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.seen import SeenTerm


class RandomPlane:
    """`filters` 2-D filters, no bias, ReLU, valid positions only: a pattern counts the same at every frequency.

    Kept for comparison: frequency is not like time, and the paper finds that the 1-D forms match textures better.
    Memory: `filters x frequency x frame` activations.

    Args:
        channels: of the spectrograms.
        filters: number of filters.
        height_bins: their extent along frequency.
        width_frames: their extent along time.
        seed: of the weights, which are normal as those of `RandomNetwork`.
    """

    def __init__(self, channels: int, filters: int, height_bins: int, width_frames: int, *, seed: int = 0) -> None:
        deviation = math.sqrt(2) * math.sqrt(2 / ((channels + filters) * height_bins * width_frames))
        generator = torch.Generator().manual_seed(seed)
        self.weights = deviation * torch.randn(filters, channels, height_bins, width_frames, generator=generator)

    def features(
        self, spectrogram: Float[Tensor, "channel frequency frame"]
    ) -> Float[Tensor, "feature height width"]:
        """ReLU activations at every position that lies wholly inside."""
        return torch.relu(torch.nn.functional.conv2d(spectrogram[None], self.weights.to(spectrogram))[0])

    def gram(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature feature"]:
        """`F F^T / positions`, over all frequencies and times."""
        return _gram(self.features(spectrogram))

    def layers(self, spectrogram: Float[Tensor, "channel frequency frame"], count: int) -> list[Tensor]:
        """The features as a list of layers, of which there is one."""
        return [self.features(spectrogram)][:count]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> SeenTerm:
        """`|| G - G* ||^2 / || G* ||^2`; `G*` is the weighted mean of the styles' matrices."""
        share = [weight / sum(weights) for weight in weights]
        target = sum(
            (a * self.gram(style) for style, a in zip(styles, share, strict=True)),
            start=torch.zeros(()),
        )
        size = target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)
        return SeenTerm(self.layers, 1, lambda found: (_gram(found[0]) - target).square().sum() / size)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> SeenTerm:
        """`|| F - F* ||^2 / || F* ||^2`."""
        target = self.features(content)
        size = target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)
        return SeenTerm(self.layers, 1, lambda found: (found[0] - target).square().sum() / size)


def _gram(features: Float[Tensor, "feature height width"]) -> Float[Tensor, "feature feature"]:
    flat = features.flatten(1)
    return flat @ flat.T / flat.shape[1]
