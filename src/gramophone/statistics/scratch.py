"""Arrays that are used again from call to call: fresh ones of megabytes cost page faults at every evaluation."""

import math

import torch
from jaxtyping import Shaped
from torch import Tensor


class Scratch:
    """Named working arrays. What was in them is lost when the name is taken again; not for several threads."""

    def __init__(self) -> None:
        self._arrays: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int, like: Tensor) -> Shaped[Tensor, "..."]:
        """An array of that shape with the type and device of `like`; its values are undefined."""
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or array.numel() < size or array.dtype != like.dtype or array.device != like.device:
            array = torch.empty(size, dtype=like.dtype, device=like.device)
            self._arrays[name] = array
        return array[:size].view(shape)
