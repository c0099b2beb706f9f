"""Random convolutions with SELU, residual and dilated.

[1] S. Barry, Y. Kim, "'Style' transfer for musical audio using multiple time-frequency representations", 2018.
[2] G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork


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
    """A sequence of layers [1]; all of them are style layers, the last one is the content layer.

    Args:
        channels: input channels: rows times frequencies for kernels along time, rows for kernels along both axes.
        layers: the layers, all along one axis or all along both.
        seed: seed of the weights, normal with variance 1 / inputs as SELU needs [2].
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
