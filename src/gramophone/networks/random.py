"""One layer of random ReLU filters: along time with frequencies as channels, or along both axes.

[1] D. Ulyanov, V. Lebedev, "Audio texture synthesis and style transfer", 2016.
[2] J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork


class _RandomConv(GramNetwork):
    """Filters of several shapes side by side, no bias, ReLU, valid positions only; every shape counts the same.

    Weights are normal with standard deviation `sqrt(2) sqrt(2 / ((channels + filters) kernel size))`, as in [1].
    """

    def __init__(
        self, channels: int, filters: int, kernels: Sequence[tuple[int, ...]], seed: int, *, is_relative: bool = True
    ) -> None:
        layers = range(len(kernels))
        super().__init__([(index, 1.0) for index in layers], layers, is_relative=is_relative)
        self.weights = [
            _normal_filters(channels, filters, kernel, seed + index) for index, kernel in enumerate(kernels)
        ]

    def features(
        self, spectrogram: Float[Tensor, "channel frequency frame"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """ReLU activations of the first `count` layers, at every position that lies wholly inside."""
        is_1d, functions = self.weights[0].ndim == 3, torch.nn.functional
        convolve, x = (functions.conv1d, spectrogram.flatten(0, 1)) if is_1d else (functions.conv2d, spectrogram)
        return [torch.relu(convolve(x[None], weight.to(x))[0]).flatten(1) for weight in self.weights[:count]]


def _normal_filters(channels: int, filters: int, kernel: tuple[int, ...], seed: int) -> Tensor:
    deviation = math.sqrt(2) * math.sqrt(2 / ((channels + filters) * math.prod(kernel)))
    return deviation * torch.randn(filters, channels, *kernel, generator=torch.Generator().manual_seed(seed))


class RandomConvEnsemble(_RandomConv):
    """One layer of 1-D filters for each width [2], relative distances.

    Args:
        bins: frequencies (times channels) of the spectrograms.
        filters: number of filters of each layer, 512 as published.
        widths_frames: width of each layer's filters; 2, 4, 8, 16, 32, 64 as published.
        seed: seed of the weights; layer `i` takes `seed + i`.
    """

    def __init__(self, bins: int, filters: int, widths_frames: Sequence[int], *, seed: int = 0) -> None:
        super().__init__(bins, filters, [(width,) for width in widths_frames], seed)

    def aligned_features(self, spectrogram: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "_ position"]:
        """Features of all layers, see `aligned`."""
        return aligned(self.features(spectrogram, len(self.weights)))


class RandomConv1d(_RandomConv):
    """`filters` 1-D filters of one width, with plain squared distances [1].

    The published code divides Gram matrices by its fixed 430 frames; for the 10 s it was made for, that agrees with
    the number of positions within 3 %.

    Args:
        bins: frequencies (times channels) of the spectrograms.
        filters: number of filters, 4096 as published.
        width_frames: width of the filters, 11 as published.
        seed: seed of the weights.
    """

    def __init__(self, bins: int, filters: int = 4096, width_frames: int = 11, *, seed: int = 0) -> None:
        super().__init__(bins, filters, [(width_frames,)], seed, is_relative=False)


class RandomConv2d(_RandomConv):
    """`filters` 2-D filters with relative distances: a pattern counts the same at every frequency.

    Kept for comparison: frequency is not like time, and 1-D filters match textures better [1].
    Memory: `filters x frequency x frame` activations.

    Args:
        channels: channels of the spectrograms.
        filters: number of filters.
        height_bins: extent of the filters along frequency.
        width_frames: extent of the filters along time.
        seed: seed of the weights.
    """

    def __init__(self, channels: int, filters: int, height_bins: int, width_frames: int, *, seed: int = 0) -> None:
        super().__init__(channels, filters, [(height_bins, width_frames)], seed)


def aligned(layers: Sequence[Float[Tensor, "_ _"]]) -> Float[Tensor, "feature position"]:
    """Features of all layers in one array, at the positions that the widest filters have."""
    positions = min(layer.shape[1] for layer in layers)
    return torch.cat([layer[:, :positions] for layer in layers])
