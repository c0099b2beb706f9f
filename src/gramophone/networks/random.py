"""One layer of drawn random filters over time (Ulyanov & Lebedev 2016), frequencies as channels."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.seen import SeenTerm


class RandomNetwork:
    """`features` 1-D filters of `width_frames` over all frequencies, no bias, ReLU, valid positions only.

    Weights are normal with standard deviation `sqrt(2) sqrt(2 / ((bins + filters) width))`, as published.

    Args:
        bins: frequencies (times channels) of the spectrograms.
        filters: number of filters, 4096 as published.
        width_frames: their width, 11 as published.
        seed: of the weights.
    """

    def __init__(self, bins: int, filters: int = 4096, width_frames: int = 11, *, seed: int = 0) -> None:
        deviation = math.sqrt(2) * math.sqrt(2 / ((bins + filters) * width_frames))
        generator = torch.Generator().manual_seed(seed)
        self.weights = deviation * torch.randn(filters, bins, width_frames, generator=generator)

    def features(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature position"]:
        """ReLU activations at every position that lies wholly inside."""
        frames = spectrogram.flatten(0, 1)
        weights = self.weights.to(frames)
        return torch.relu(torch.nn.functional.conv1d(frames[None], weights)[0])

    def gram(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature feature"]:
        """`F F^T / positions`."""
        return _gram(self.features(spectrogram))

    def layers(self, spectrogram: Float[Tensor, "channel frequency frame"], count: int) -> list[Tensor]:
        """The features as a list of layers, of which there is one."""
        return [self.features(spectrogram)][:count]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> SeenTerm:
        """`sum (G - G*)^2` with the `gram` G; `G*` is the weighted mean of the styles' matrices.

        The published code divides by its fixed 430 frames; for the 10 s it was made for the two agree within 3 %.
        """
        share = [weight / sum(weights) for weight in weights]
        target = sum(
            (a * self.gram(style) for style, a in zip(styles, share, strict=True)),
            start=torch.zeros(()),
        )
        return SeenTerm(self.layers, 1, lambda found: (_gram(found[0]) - target).square().sum())

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> SeenTerm:
        """`sum (F - F*)^2`."""
        target = self.features(content)
        return SeenTerm(self.layers, 1, lambda found: (found[0] - target).square().sum())


def _gram(features: Float[Tensor, "feature position"]) -> Float[Tensor, "feature feature"]:
    return features @ features.T / features.shape[1]
