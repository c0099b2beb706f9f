"""Convolutions of a speech recogniser, and Gram matrices over time alone.

Sound is stationary in time and not in frequency, so features of different frequencies are different features: the
matrix `G_ijkl = 1/T sum_t C_tik C_tjl` has a row for each pair of frequency and filter. It would have 10^8 entries;
its distances need only the inner products of frames, see `statistics.gram_distance`.

J. Chorowski, R. J. Weiss, R. A. Saurous, S. Bengio, "On using backpropagation for speech texture generation and voice
conversion", ICASSP 2018.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.log_spectrogram import deltas


@dataclass(frozen=True)
class Layer:
    """A convolution, and the maximum pooling (frequency, time) after it.

    Attributes:
        width: number of filters, in units of the first layers' filters.
        height_bands: extent of the filters along frequency.
        width_frames: extent of the filters along time.
        pool: size of the pooling.
    """

    width: int
    height_bands: int
    width_frames: int
    pool: tuple[int, int] = (1, 1)


STYLE_LAYERS = 6  # C0 to C5
LAYERS = (
    Layer(1, 5, 5, (2, 2)),
    Layer(1, 5, 5, (2, 1)),
    Layer(1, 5, 3),
    Layer(2, 5, 3, (2, 1)),
    *(Layer(2, 5, 3),) * 6,
)
"""C0 to C9."""


class SpeechNetwork(GramNetwork):
    """C0 to C9 with random weights: the trained ones were never published.

    Args:
        filters: number of filters of the first layers, 128 as published; the later ones have twice as many.
        seed: seed of the weights, with the variance of He et al. 2015.
    """

    def __init__(self, filters: int = 128, *, seed: int = 0) -> None:
        super().__init__([(index, 1.0) for index in range(STYLE_LAYERS)], range(STYLE_LAYERS, len(LAYERS)))
        generator = torch.Generator().manual_seed(seed)
        self.weights, inputs = [], 2
        for layer in LAYERS:
            shape = (layer.width * filters, inputs, layer.height_bands, layer.width_frames)
            deviation = (2 / (inputs * layer.height_bands * layer.width_frames)) ** 0.5
            self.weights.append(deviation * torch.randn(shape, generator=generator))
            inputs = shape[0]

    def features(self, spectrogram: Float[Tensor, "1 band frame"], count: int) -> list[Float[Tensor, "_ _"]]:
        """ReLU activations of the first `count` layers, of the bands and their slopes over time."""
        x, layers = torch.stack([spectrogram[0], deltas(spectrogram[0])])[None], []
        for layer, weight in list(zip(LAYERS, self.weights, strict=True))[:count]:
            x = torch.relu(torch.nn.functional.conv2d(x, weight.to(x), padding="same"))
            layers.append(x[0].flatten(0, 1))
            if layer.pool != (1, 1):
                x = torch.nn.functional.max_pool2d(x, layer.pool)
        return layers
