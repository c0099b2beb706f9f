"""The maps of all pairs of patches in one compiled pass over bands of diagonals, on several threads.

The threads are the pass's own and sleep when they wait, so that a busy machine does not slow them down more than its
share of the processor.
"""

import importlib.util
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from gramophone.statistics.addition_chain import addition_chain, ascending
from gramophone.statistics.arc_cosine import smallest
from gramophone.statistics.workspace import Workspace

BAND_DIAGONALS = 256  # with some hundred rows of sums they stay in the second-level cache
NO_WEIGHTS = np.zeros((0, 0), np.float32)


def is_available() -> bool:
    """Whether the compiler is installed."""
    return importlib.util.find_spec("numba") is not None


def applies_to(x: Tensor) -> bool:
    """Whether arrays like this can be processed: single precision on a processor."""
    return x.device.type == "cpu" and x.dtype == torch.float32 and is_available()


def is_compiled() -> bool:
    """Whether the pass is compiled, in this process or by an earlier one that could keep it."""
    from gramophone.statistics import compiled_maps

    function = compiled_maps.replace_band_by_gradient
    if function.signatures or not (folder := function.stats.cache_path):
        return bool(function.signatures)
    return next(Path(folder).glob(f"compiled_maps.{function.__name__}-*.nbi"), None) is not None


def compile_now() -> None:
    """Compiles the pass, by using it."""
    levels, one = Levels.of((1,)), {1: torch.ones(2)}
    side = columns_side(levels, one, one, 2)
    replace_by_gradients(torch.ones(2, 2), side, side, levels, Workspace(), upper_half=True)


@dataclass(frozen=True)
class Levels:
    """The sums of an addition chain as arrays: level 0 are the frames, level `n` is what step `n` adds.

    Attributes:
        spans: length of the patches of each level, in frames.
        chain: level, earlier and later part of each step.
        depths: rows that a band remembers, by level: first and number for sums, first and number for gradients.
        places: the level of each span.
    """

    spans: Int64[np.ndarray, " level"]
    chain: Int64[np.ndarray, "step 3"]
    depths: Int64[np.ndarray, "level 4"]
    places: dict[int, int]

    @classmethod
    def of(cls, asked: Iterable[int]) -> "Levels":
        """The levels that build the spans asked for."""
        asked = ascending(asked)
        chain = addition_chain(asked)
        spans = [1, *(step.span for step in chain)]
        place = {span: level for level, span in enumerate(spans)}
        steps = [(place[step.span], place[step.lower], place[step.upper]) for step in chain]
        depths = np.ones((len(spans), 4), np.int64)
        for level, earlier, later in steps:
            depths[earlier, 1] = max(depths[earlier, 1], spans[later] + 1)
            depths[level, 3] += spans[earlier]
        for span in asked:
            depths[place[span], 3] += spans[-1] - span
        depths[:, 0] = depths[:, 1].cumsum() - depths[:, 1]
        depths[:, 2] = depths[:, 3].cumsum() - depths[:, 3]
        return cls(
            np.array(spans, np.int64),
            np.array(steps, np.int64).reshape(-1, 3),
            depths,
            place,
        )


@dataclass(frozen=True)
class Side:
    """One side of all pairs.

    Attributes:
        table: by level and patch, 1 / norm, norm and weight of the energy, 0 where there is no patch. The norms of
            columns are multiplied by their weights.
        counts: number of patches that count, by level.
    """

    table: Float[np.ndarray, "level 3 frame"]
    counts: Int64[np.ndarray, " level"]

    def tile(self, patches: slice, frames: slice) -> "Side":
        """The part of a tile: its frames, and the patches that begin in it."""
        counts = (np.minimum(self.counts, patches.stop) - patches.start).clip(min=0)
        return Side(np.ascontiguousarray(self.table[:, :, frames]), counts)


def rows_side(levels: Levels, norms: Mapping[int, Tensor], weights: Mapping[int, Tensor], frames: int) -> Side:
    """The side whose gradient is asked for.

    Args:
        levels: levels of the chain.
        norms: norm of each patch, by span.
        weights: weight of each patch where it is on the other side, too, by span; left out where it never is.
        frames: number of frames.
    """
    return _side(levels, norms, norms, weights, frames)


def columns_side(levels: Levels, norms: Mapping[int, Tensor], weights: Mapping[int, Tensor], frames: int) -> Side:
    """The other side.

    Args:
        levels: levels of the chain.
        norms: norm of each patch, by span.
        weights: weight of each patch, by span.
        frames: number of frames.
    """
    factors = {span: norm * weights[span] / (2 * math.pi**2) for span, norm in norms.items()}
    return _side(levels, norms, factors, weights, frames)


def _side(
    levels: Levels,
    norms: Mapping[int, Tensor],
    factors: Mapping[int, Tensor],
    weights: Mapping[int, Tensor],
    frames: int,
) -> Side:
    table = np.zeros((len(levels.spans), 3, frames), np.float32)
    counts = np.zeros(len(levels.spans), np.int64)
    for span, norm in norms.items():
        level, patches = levels.places[span], len(norm)
        counts[level] = patches
        table[level, 0, :patches] = norm.clamp_min(smallest(norm.dtype)).reciprocal().numpy()
        table[level, 1, :patches] = factors[span].numpy()
        if span in weights:
            table[level, 2, :patches] = (weights[span] * norm.square() / (4 * math.pi**2)).numpy()
    return Side(table, counts)


def replace_by_gradients(  # noqa: PLR0913
    pairs: Float[Tensor, "row column"],
    rows: Side,
    columns: Side,
    levels: Levels,
    workspace: Workspace,
    *,
    similarity: Float[Tensor, "row column"] | None = None,
    both_sides: bool = False,
    upper_half: bool = False,
) -> tuple[Float[np.ndarray, "level row"], Float[np.ndarray, "level column"]]:
    """Gradients of all spans with respect to inner products of frames, written over these.

    Args:
        pairs: inner products of frames, contiguous.
        rows: patches of their rows.
        columns: patches of their columns.
        levels: levels of the chain.
        workspace: whose threads are used.
        similarity: weight of each pair of frames, that of a pair of patches being its middle frames'; 1 by default.
        both_sides: whether gradients with respect to the energies of the columns are asked for, too.
        upper_half: whether rows and columns are the same; then only pairs above the diagonal are read, and what is
            below it mirrors what is above.

    Returns:
        The gradients with respect to the energies of the patches of the rows and of the columns.
    """
    from gramophone.statistics import compiled_maps  # here, as it takes a third of a second

    array = pairs.numpy()
    height, width = array.shape
    counts = np.stack([rows.counts, columns.counts], 1)
    weights = NO_WEIGHTS if similarity is None else similarity.contiguous().numpy()
    starts = range(0 if upper_half else 1 - height, width, BAND_DIAGONALS)
    threads = min(torch.get_num_threads(), len(starts))

    def process(number: int) -> tuple[np.ndarray, np.ndarray]:
        by_row = np.zeros((len(levels.spans), height), np.float32)
        by_column = np.zeros((len(levels.spans), width), np.float32)
        for first in starts[number::threads]:
            last = min(first + BAND_DIAGONALS, width)
            compiled_maps.replace_band_by_gradient(
                array, weights, levels.chain, levels.spans, counts, levels.depths, rows.table, columns.table,
                first, last, both_sides or upper_half, upper_half, by_row, by_column,
            )  # fmt: skip
        return by_row, by_column

    parts = workspace.in_threads(process, threads)
    by_row, by_column = (np.sum(side, 0) for side in zip(*parts, strict=True))
    if upper_half:
        workspace.in_threads(lambda number: compiled_maps.mirror(array, number, threads), threads)
        by_row += by_column
    return by_row, by_column
