"""One layer of drawn random filters over time (Ulyanov & Lebedev 2016), frequencies as channels."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.features import FeatureTerm


class RandomConv1d:
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
    ) -> FeatureTerm:
        """`sum (G - G*)^2` with the `gram` G; `G*` is the weighted mean of the styles' matrices.

        The published code divides by its fixed 430 frames; for the 10 s it was made for the two agree within 3 %.
        """
        share = [weight / sum(weights) for weight in weights]
        target = sum(
            (a * self.gram(style) for style, a in zip(styles, share, strict=True)),
            start=torch.zeros(()),
        )
        return FeatureTerm(self.layers, 1, lambda found: (_gram(found[0]) - target).square().sum())

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """`sum (F - F*)^2`."""
        target = self.features(content)
        return FeatureTerm(self.layers, 1, lambda found: (found[0] - target).square().sum())


def _gram(features: Float[Tensor, "feature position"]) -> Float[Tensor, "feature feature"]:
    return features @ features.T / features.shape[1]


class RandomConv2d:
    """`filters` 2-D filters, no bias, ReLU, valid positions only: a pattern counts the same at every frequency.

    Kept for comparison: frequency is not like time, and the paper finds that the 1-D forms match textures better.
    Memory: `filters x frequency x frame` activations.

    Args:
        channels: of the spectrograms.
        filters: number of filters.
        height_bins: their extent along frequency.
        width_frames: their extent along time.
        seed: of the weights, which are normal as those of `RandomConv1d`.
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
        return _plane_gram(self.features(spectrogram))

    def layers(self, spectrogram: Float[Tensor, "channel frequency frame"], count: int) -> list[Tensor]:
        """The features as a list of layers, of which there is one."""
        return [self.features(spectrogram)][:count]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """`|| G - G* ||^2 / || G* ||^2`; `G*` is the weighted mean of the styles' matrices."""
        share = [weight / sum(weights) for weight in weights]
        target = sum(
            (a * self.gram(style) for style, a in zip(styles, share, strict=True)),
            start=torch.zeros(()),
        )
        size = target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)
        return FeatureTerm(self.layers, 1, lambda found: (_plane_gram(found[0]) - target).square().sum() / size)

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """`|| F - F* ||^2 / || F* ||^2`."""
        target = self.features(content)
        size = target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)
        return FeatureTerm(self.layers, 1, lambda found: (found[0] - target).square().sum() / size)


def _plane_gram(features: Float[Tensor, "feature height width"]) -> Float[Tensor, "feature feature"]:
    flat = features.flatten(1)
    return flat @ flat.T / flat.shape[1]


class RandomConvEnsemble:
    """One `RandomConv1d` for each width; every layer has the same say.

    Args:
        bins: frequencies (times channels) of the spectrograms.
        filters: number of filters of each layer, 512 as published.
        widths_frames: their widths; 2, 4, 8, 16, 32, 64 as published.
        seed: of the weights; layer `i` takes `seed + i`.
    """

    def __init__(self, bins: int, filters: int, widths_frames: Sequence[int], *, seed: int = 0) -> None:
        self.layers = tuple(
            RandomConv1d(bins, filters, width, seed=seed + place) for place, width in enumerate(widths_frames)
        )

    def features(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "feature position"]:
        """Of all layers below each other, at the positions that the widest filters have."""
        return joined(self.seen(spectrogram, len(self.layers)))

    def seen(self, spectrogram: Float[Tensor, "channel frequency frame"], count: int) -> list[Tensor]:
        """Features of the first `count` layers."""
        return [layer.features(spectrogram) for layer in self.layers[:count]]

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> FeatureTerm:
        """Mean over the layers of `|| G - G* ||^2 / || G* ||^2`."""
        return self._mean([layer.style_term(styles, weights) for layer in self.layers], styles[0])

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """Mean over the layers of `|| F - F* ||^2 / || F* ||^2`."""
        return self._mean([layer.content_term(content) for layer in self.layers], content)

    def _mean(self, terms: Sequence[FeatureTerm], like: Float[Tensor, "channel frequency frame"]) -> FeatureTerm:
        """Of the layers' terms, each over its value at silence, whose features are 0."""
        sizes = [max(float(term(torch.zeros_like(like))), torch.finfo(like.dtype).tiny) for term in terms]

        def judge(found: list[Tensor]) -> Tensor:
            layers = zip(terms, found, sizes, strict=True)
            return torch.stack([term.judge([features]) / size for term, features, size in layers]).mean()

        return FeatureTerm(self.seen, len(terms), judge)


def joined(found: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, "feature position"]:
    """Layers below each other, at the positions that the widest filters have."""
    positions = min(one.shape[1] for one in found)
    return torch.cat([one[:, :positions] for one in found])
