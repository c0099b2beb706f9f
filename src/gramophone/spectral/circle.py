"""Signals on a circle: the last sample leads into the first."""

import torch
from jaxtyping import Shaped
from torch import Tensor


def wrapped(x: Shaped[Tensor, "*batch sample"], before: int, after: int) -> Shaped[Tensor, "*batch _"]:
    """The signal with as many samples before and after it as going on around the circle gives."""
    samples = x.shape[-1]
    places = torch.arange(-before, samples + after, device=x.device) % samples
    return x[..., places]


def folded(x: Shaped[Tensor, "*batch long"], samples: int, before: int) -> Shaped[Tensor, "*batch sample"]:
    """Transpose of `wrapped`: what lies outside is added where the circle leads it."""
    turns = -(-x.shape[-1] // samples)
    x = torch.nn.functional.pad(x, (0, turns * samples - x.shape[-1]))
    return x.reshape(*x.shape[:-1], turns, samples).sum(-2).roll(-before, -1)
