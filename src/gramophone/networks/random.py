"""Networks of random filters, without bias: single layers with ReLU, and sequences of layers with SELU.

[1] D. Ulyanov, V. Lebedev, "Audio texture synthesis and style transfer", 2016.
[2] J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
[3] H. Caracalla, A. Roebel, "Sound texture synthesis using RI spectrograms", ICASSP 2020.
[4] S. Barry, Y. Kim, "'Style' transfer for musical audio using multiple time-frequency representations", 2018.
[5] G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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


KERNELS = ((101, 2), (53, 3), (11, 5), (3, 3), (7, 7), (11, 11), (19, 19), (27, 27))


class FrequencyWiseConv(GramNetwork):
    """One layer of 2-D filters for each kernel size [3], with a Gram matrix over time for every frequency.

    Args:
        channels: channels of the input: real and imaginary part.
        filters: number of filters of each layer, 128 as published.
        kernels: kernel sizes, frequencies before frames.
        seed: seed of the weights, which are uniform from -0.05 to 0.05.
    """

    def __init__(
        self, channels: int = 2, filters: int = 128, kernels: Sequence[tuple[int, int]] = KERNELS, *, seed: int = 0
    ) -> None:
        layers = range(len(kernels))
        super().__init__([(index, 1.0) for index in layers], layers)
        generator = torch.Generator().manual_seed(seed)
        self.weights = [
            0.1 * torch.rand(filters, channels, height, width, generator=generator) - 0.05
            for height, width in kernels
        ]

    def features(
        self, spectrogram: Float[Tensor, "channel frequency frame"], count: int
    ) -> list[Float[Tensor, "_ _ _"]]:
        """ReLU activations of the first `count` layers, a row for each frequency."""
        return [torch.relu(_by_rows(spectrogram, weight.to(spectrogram))) for weight in self.weights[:count]]


def _by_rows(
    x: Float[Tensor, "channel frequency frame"], weight: Float[Tensor, "filter channel height width"]
) -> Float[Tensor, "row filter position"]:
    """The 2-D convolution as a 1-D one along time for each frequency, whose channels are what a filter spans there.

    With two channels the gradient of a 2-D convolution is slow: all layers take a third less time this way.
    """
    spans = x.unfold(1, weight.shape[2], 1).permute(1, 0, 3, 2).flatten(1, 2)
    return torch.nn.functional.conv1d(spans, weight.flatten(1, 2))


@dataclass(frozen=True)
class Layer:
    """A convolution that keeps the size.

    Attributes:
        filters: number of filters; the number of input channels makes the layer residual.
        kernel: kernel size: one number along time, or two along frequency and time.
        dilation: dilation of the kernel, along every axis.
        pool: size of the average pooling before the layer, along every axis; 1 for none.
    """

    filters: int
    kernel: tuple[int, ...]
    dilation: int = 1
    pool: int = 1


class SeluConvNet(GramNetwork):
    """A sequence of layers with SELU [4]; all of them are style layers, the last one is the content layer.

    Args:
        channels: input channels: rows times frequencies for kernels along time, rows for kernels along both axes.
        layers: the layers, all along one axis or all along both.
        seed: seed of the weights, normal with variance 1 / inputs as SELU needs [5].
    """

    def __init__(self, channels: int, layers: Sequence[Layer], *, seed: int = 0) -> None:
        super().__init__([(index, 1.0) for index in range(len(layers))], [len(layers) - 1])
        generator = torch.Generator().manual_seed(seed)
        self.layers, self.weights = tuple(layers), []
        for layer in layers:
            weight = torch.randn(layer.filters, channels, *layer.kernel, generator=generator)
            self.weights.append(weight / weight[0].numel() ** 0.5)
            channels = layer.filters

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """SELU outputs of the first `count` layers."""
        along_time = len(self.layers[0].kernel) == 1
        functions = torch.nn.functional
        convolve, pool = (
            (functions.conv1d, functions.avg_pool1d) if along_time else (functions.conv2d, functions.avg_pool2d)
        )
        x, found = (spectrogram.flatten(0, 1) if along_time else spectrogram)[None], []
        for layer, weight in list(zip(self.layers, self.weights, strict=True))[:count]:
            seen = pool(x, layer.pool) if layer.pool > 1 else x
            y = functions.selu(convolve(seen, weight.to(seen), padding="same", dilation=layer.dilation))
            x = y + seen if y.shape == seen.shape else y
            found.append(x[0].flatten(1))
        return found


class IdentityNetwork(GramNetwork):
    """The input itself as the only layer of features."""

    def __init__(self) -> None:
        super().__init__([(0, 1.0)], [0])

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """The input, as a list of one layer."""
        return [spectrogram.flatten(0, 1)][:count]
