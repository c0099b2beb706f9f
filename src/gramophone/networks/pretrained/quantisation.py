"""Weights in 8 bits: integers, and a step for each output channel."""

from jaxtyping import Float, Int8
from torch import Tensor, int8

SUFFIX = ".weight"
"""End of the names of parameters that may have 8 bits: filters and matrices."""
STEP_SUFFIX = ".step"
"""What the name of such a parameter is followed by in the name of its steps."""
LARGEST = 127


def quantise(
    weight: Float[Tensor, "channel *shape"],
) -> tuple[Int8[Tensor, "channel *shape"], Float[Tensor, " channel"]]:
    """Rounds weights to multiples of a step, of which the largest of each channel has 127.

    Args:
        weight: finite weights.

    Returns:
        Integers from -127 to 127, and the step of each channel; `dequantise` gives weights within half a step.

    Example:
        >>> import torch
        >>> quantise(torch.tensor([[1.27, -0.5], [0.0, 0.0]]))[0].tolist()
        [[127, -50], [0, 0]]
    """
    steps = weight.flatten(1).abs().amax(1) / LARGEST
    places = weight / _beside(steps.where(steps > 0, 1.0), weight)
    return places.round().clamp(-LARGEST, LARGEST).to(int8), steps


def dequantise(
    integers: Int8[Tensor, "channel *shape"], steps: Float[Tensor, " channel"]
) -> Float[Tensor, "channel *shape"]:
    """The weights that `quantise` stored, in single precision."""
    return integers.float() * _beside(steps, integers)


def _beside(steps: Tensor, weight: Tensor) -> Tensor:
    return steps.reshape(-1, *[1] * (weight.ndim - 1))
