"""Drawn convolutions with SELU, residual and dilated where the table says so (Barry & Kim 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork


@dataclass(frozen=True)
class Layer:
    """A convolution with zeros around.

    Attributes:
        filters: their number; as many as before make a residual layer, whose input is added to its output.
        kernel: one number along time, or two along frequency and time.
        dilation: step between the values that a filter sees, along every axis.
        pool: size of the average pooling before the layer, along every axis; 1 for none.
    """

    filters: int
    kernel: tuple[int, ...]
    dilation: int = 1
    pool: int = 1


class SeluConvNet(GramNetwork):
    """Layers one after the other; every one makes style, the last one content.

    Args:
        channels: of the first convolution: rows times frequencies along time, rows along both axes.
        layers: all along one axis, or all along both.
        seed: of the weights, normal with variance 1 / inputs (Klambauer et al. 2017, for SELU).
    """

    def __init__(self, channels: int, layers: Sequence[Layer], *, seed: int = 0) -> None:
        super().__init__([(place, 1.0) for place in range(len(layers))], len(layers) - 1)
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


class Plain(GramNetwork):
    """No network: what is seen is the feature."""

    def __init__(self) -> None:
        super().__init__([(0, 1.0)], 0)

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """The spectrogram, once."""
        return [spectrogram.flatten(0, 1)][:count]
