"""Style distance as a network hears it that took no part in the synthesis."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.networks import RandomNetwork
from gramophone.spectral import LogScale

FILTERS = 4096
WIDTH_FRAMES = 11
SEED = 20161116


def unseen_style_distance(
    result: Float[Tensor, "channel frequency _"], style: Float[Tensor, "channel frequency _"]
) -> float:
    """`|| G_x - G_y ||^2 / || G_y ||^2` of 4,096 drawn filters over 11 frames, both sounds on the style's level.

    Optimising a drawn network makes its own distance small and that of every other network not: this one tells.
    0 for the style itself, lower is better; 1 for silence.

    Args:
        result: magnitudes of the result; its level counts.
        style: magnitudes of the style, by the same STFT.
    """
    scale = LogScale.of(style)
    x, y = scale.forward(result), scale.forward(style)
    network = RandomNetwork(x.shape[0] * x.shape[1], FILTERS, WIDTH_FRAMES, seed=SEED)
    distance = network.style_term([y], [1.0])(x)
    size = network.style_term([y], [1.0])(torch.zeros_like(x))
    return float(distance / size)
