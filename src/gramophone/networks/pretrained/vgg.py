"""VGG-19 [1] on spectrograms as images.

Groups of 3 x 3 convolutions with ReLU, halved in size after each group. The published style layers [2] are the first
convolutions of the five groups, the content layer is the second of the fourth.

[1] K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014.
[2] L. A. Gatys, A. S. Ecker, M. Bethge, "A neural algorithm of artistic style", 2015.
[3] E. Grinstein et al., "Audio style transfer", ICASSP 2018.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.vgg_weights import CHANNELS, LAYERS, VggWeights

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv4_2"
HIGHEST = 9.21
"""Log magnitude of white: a scale of gain 316 then spans 80 dB, from 30 dB above the mean level down."""

LUMA = (0.299, 0.587, 0.114)


class VggNetwork(GramNetwork):
    """The first 13 convolutions, with average pooling between the groups.

    Images have three channels (red, green, blue) or one, which is copied to three. Average pooling is preferred for
    synthesis [2]; the weights were learnt with maximum pooling.

    Args:
        weights: weights of the layers, for red, green and blue from 0 to 255.
    """

    def __init__(self, weights: VggWeights) -> None:
        super().__init__([(LAYERS.index(name), 1.0) for name in STYLE_LAYERS], [LAYERS.index(CONTENT_LAYER)])
        self.weights = weights

    def features(
        self, spectrogram: Float[Tensor, "channel frequency _"], count: int
    ) -> list[Float[Tensor, "feature _"]]:
        """ReLU outputs of the first `count` convolutions."""
        x = spectrogram.expand(3, -1, -1) if len(spectrogram) == 1 else spectrogram
        offset = self.weights.mean.to(x)[:, None, None]
        x = ((x * (255 / HIGHEST) - offset) / self.weights.spread.to(x)[:, None, None])[None]
        found = []
        for place, name in enumerate(LAYERS[:count]):
            if name.endswith("_1") and place:
                x = torch.nn.functional.avg_pool2d(x, 2)
            weight, bias = self.weights.layers[name]
            x = torch.relu(torch.nn.functional.conv2d(x, weight.to(x), bias.to(x), padding=1))
            found.append(x[0].flatten(1))
        return found


def luma(image: Float[Tensor, "colour frequency frame"]) -> Float[Tensor, "1 frequency frame"]:
    """Luma of an image (ITU-R BT.601, as published [3])."""
    weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device)
    return (image * weights[:, None, None]).sum(0, keepdim=True)


def random_weights(seed: int) -> VggWeights:
    """Random weights of the same shapes, with the variance of He et al. 2015."""
    generator = torch.Generator().manual_seed(seed)
    layers, inputs = {}, 3
    for name in LAYERS:
        weight = torch.randn(CHANNELS[name], inputs, 3, 3, generator=generator) * (2 / (9 * inputs)) ** 0.5
        layers[name] = weight, torch.zeros(CHANNELS[name])
        inputs = CHANNELS[name]
    return VggWeights(layers, torch.zeros(3), torch.full((3,), 255.0))
