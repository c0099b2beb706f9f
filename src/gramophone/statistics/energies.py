"""Energy envelopes along time and along frequency: what a Gram matrix does not hold (Verma & Smith 2018)."""

import torch
from jaxtyping import Float
from torch import Tensor


def over_time(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frame"]:
    """Mean square over the frequencies: how the level moves."""
    return x.square().mean(-2)


def over_frequency(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frequency"]:
    """Mean square over time: the long-term spectrum."""
    return x.square().mean(-1)


def stretched(envelope: Float[Tensor, "*row _"], length: int) -> Float[Tensor, "*row length"]:
    """The envelope with another number of points, by straight lines."""
    flat = envelope.reshape(1, -1, envelope.shape[-1])
    found = torch.nn.functional.interpolate(flat, length, mode="linear", align_corners=True)
    return found.reshape(*envelope.shape[:-1], length)


def envelope_distance(own: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
    """`||e - e*||^2 / ||e*||^2`."""
    return (own - target).square().sum() / target.square().sum().clamp_min(torch.finfo(own.dtype).tiny)
