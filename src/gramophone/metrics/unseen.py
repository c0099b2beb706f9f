"""Style distance as a network hears it that took no part in the synthesis."""

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.networks import RandomNetwork
from gramophone.spectral import LogScale

FILTERS = 4096
WIDTH_FRAMES = 11
SEED = 20161116


def unseen_style_distance(
    result: Float[Tensor, "channel frequency _"],
    style: Float[Tensor, "channel frequency _"],
    filters: int = FILTERS,
) -> float:
    """`|| G_x - G_y ||^2 / || G_y ||^2` of drawn filters over 11 frames, both sounds on the style's level.

    Optimising a drawn network makes its own distance small and that of every other network not: this one tells.
    0 for the style itself, lower is better; 1 for silence.

    Args:
        result: magnitudes of the result; its level counts.
        style: magnitudes of the style, by the same STFT.
        filters: how many; fewer are faster and less certain.

    Raises:
        InputError: a sound is shorter than 11 frames, or the style is silent.
    """
    if min(result.shape[-1], style.shape[-1]) < WIDTH_FRAMES:
        raise InputError(
            f"a sound of {min(result.shape[-1], style.shape[-1])} frames is too short for filters of "
            f"{WIDTH_FRAMES}; give a longer one"
        )
    scale = LogScale.of(style)
    x, y = scale.forward(result), scale.forward(style)
    network = RandomNetwork(x.shape[0] * x.shape[1], filters, WIDTH_FRAMES, seed=SEED)
    ours, theirs = network.gram(x), network.gram(y)
    return float((ours - theirs).square().sum() / theirs.square().sum())
