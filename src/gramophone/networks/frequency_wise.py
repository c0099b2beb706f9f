"""Single layers of 2-D filters whose Gram matrices are taken over time, one for every frequency.

H. Caracalla, A. Roebel, "Sound texture synthesis using RI spectrograms", ICASSP 2020.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork

KERNELS = ((101, 2), (53, 3), (11, 5), (3, 3), (7, 7), (11, 11), (19, 19), (27, 27))


class FrequencyWiseConv(GramNetwork):
    """One layer of random filters for each kernel size, no bias, ReLU, valid positions only.

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
