"""Arrays reused from call to call, as fresh ones of megabytes cost page faults at every evaluation."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from jaxtyping import Shaped
from torch import Tensor

Result = TypeVar("Result")

TILE_FRAMES = 1024
STRIP_ELEMENTS = 1 << 19  # on a CPU the element-wise passes stay in the second-level cache


class Workspace:
    """Named working arrays, overwritten whenever a name is taken again; not thread-safe.

    Args:
        tile_frames: frames of a result that are compared at once, with at most twice as many of the styles.
        strip_elements: pairs of patches in an element-wise pass on a CPU.
        compiled: whether a compiled pass takes their place where there is one.
    """

    def __init__(
        self, tile_frames: int = TILE_FRAMES, strip_elements: int = STRIP_ELEMENTS, *, compiled: bool = True
    ) -> None:
        self.tile_frames, self.strip_elements, self.compiled = tile_frames, strip_elements, compiled
        self._arrays: dict[str, Tensor] = {}
        self._pool: ThreadPoolExecutor | None = None

    def take(self, name: str, *shape: int, like: Tensor) -> Shaped[Tensor, "..."]:
        """Uninitialised array of a shape, with the type and device of `like`."""
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or array.numel() < size or array.dtype != like.dtype or array.device != like.device:
            array = torch.empty(size, dtype=like.dtype, device=like.device)
            self._arrays[name] = array
        return array[:size].view(shape)

    def in_threads(self, function: Callable[[int], Result], threads: int) -> list[Result]:
        """Results of a function for the numbers of so many threads, which sleep between two calls."""
        if threads < 2:
            return [function(0)]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(thread_name_prefix="gramophone")
        others = [self._pool.submit(function, number) for number in range(1, threads)]
        return [function(0), *(other.result() for other in others)]


def tiles(frames: int, size: int, longest_span: int) -> Iterator[tuple[slice, slice]]:
    """First frames of patches in blocks of `size`, and all frames of these patches."""
    for start in range(0, frames, size):
        stop = min(start + size, frames)
        yield slice(start, stop), slice(start, min(stop + longest_span - 1, frames))


def clipped(patches: slice, count: int) -> slice:
    """The patches below `count`, possibly none."""
    return slice(patches.start, max(patches.start, min(patches.stop, count)))


def length(of: slice) -> int:
    """Number of items in a slice without steps."""
    return int(of.stop - of.start)
