"""VGG-19 on spectrograms as pictures (Gatys, Ecker & Bethge 2015; Wyse 2017; Grinstein et al. 2018).

Simonyan & Zisserman 2014: groups of 3 x 3 convolutions with zeros around, ReLU, halved in size after each group. The
published style layers are the first convolutions of the five groups, the content layer is the second of the fourth.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks.gram import GramNetwork
from gramophone.networks.pretrained.vgg_weights import CHANNELS, LAYERS, VggWeights

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv4_2"
HIGHEST = 9.21
"""Log magnitude that is white: a scale of gain 316 then spans 80 dB, from 30 above the mean level down."""

LUMINOSITY = (0.299, 0.587, 0.114)


class VggNetwork(GramNetwork):
    """The first 13 convolutions, average pooling between the groups.

    It sees pictures of one channel, copied to three, or of three (red, green, blue). Average pooling is what Gatys et
    al. prefer for synthesis; the weights were learnt with maximum pooling.

    Args:
        weights: of the layers, for red, green and blue from 0 to 255.
    """

    def __init__(self, weights: VggWeights) -> None:
        super().__init__([(LAYERS.index(name), 1.0) for name in STYLE_LAYERS], LAYERS.index(CONTENT_LAYER))
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


def luminosity(picture: Float[Tensor, "colour frequency frame"]) -> Float[Tensor, "1 frequency frame"]:
    """One channel of three, by the brightness of each colour to the eye (Rec. 601, as published)."""
    shares = torch.tensor(LUMINOSITY, dtype=picture.dtype, device=picture.device)
    return (picture * shares[:, None, None]).sum(0, keepdim=True)


def drawn_weights(seed: int) -> VggWeights:
    """Weights of the same shapes, drawn as He et al. 2015."""
    generator = torch.Generator().manual_seed(seed)
    layers, inputs = {}, 3
    for name in LAYERS:
        weight = torch.randn(CHANNELS[name], inputs, 3, 3, generator=generator) * (2 / (9 * inputs)) ** 0.5
        layers[name] = weight, torch.zeros(CHANNELS[name])
        inputs = CHANNELS[name]
    return VggWeights(layers, torch.zeros(3), torch.full((3,), 255.0))
