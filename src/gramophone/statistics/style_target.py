"""Statistics of the styles for `style_distance`, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import addition_chain, box_sums, patch_energies
from gramophone.statistics.arc_cosine import mean_square_kernel
from gramophone.statistics.mixture import mixture_energy, normalised
from gramophone.statistics.workspace import Workspace, length, tiles

TILE_FRAMES = 1024


@dataclass(frozen=True)
class StyleTarget:
    """A weighted mixture of styles.

    Attributes:
        frames: concatenated frames of all styles, `[feature, frame]`.
        lengths: number of frames of each style.
        weights: weight of each style, summing to 1.
        spans: patch lengths in frames, ascending.
        span_weights: weight of each span, summing to 1.
        energies: `sum_ij l_i l_j E_w(y_i, y_j)` for each span.
        frames_first: transpose of `frames`, contiguous.
        norms: norm of every patch, by span.
        workspace: working arrays of the evaluations.
    """

    frames: Float[Tensor, "feature frame"]
    lengths: tuple[int, ...]
    weights: tuple[float, ...]
    spans: tuple[int, ...]
    span_weights: tuple[float, ...]
    energies: tuple[float, ...]
    frames_first: Float[Tensor, "frame feature"] = field(init=False, compare=False, repr=False)
    norms: dict[int, Float[Tensor, " _"]] = field(init=False, compare=False, repr=False)
    workspace: Workspace = field(default_factory=Workspace, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        energies = self.frames.square().sum(0)
        object.__setattr__(self, "frames_first", self.frames.T.contiguous())
        object.__setattr__(self, "norms", {span: patch_energies(energies, span).sqrt() for span in self.spans})

    @property
    def offset(self) -> float:
        """Constant part of the distance: the sum of the spans' weights, as every energy is divided by itself."""
        return sum(self.span_weights)

    def scale(self, span: int) -> float:
        """Factor of an energy of a span in the distance."""
        place = self.spans.index(span)
        return self.span_weights[place] / self.energies[place]

    def column_weights(self, span: int) -> Float[Tensor, " patch"]:
        """Weight of every patch: that of its style over its number of patches, 0 across the end of a recording."""
        weights = self.frames.new_zeros(self.frames.shape[1] - span + 1)
        start = 0
        for frames, weight in zip(self.lengths, self.weights, strict=True):
            weights[start : start + frames - span + 1] = weight / (frames - span + 1)
            start += frames
        return weights


def style_target(
    styles: Sequence[Float[Tensor, "feature _"]],
    weights: Sequence[float],
    spans: Sequence[int],
    span_weights: Sequence[float] | None = None,
) -> StyleTarget:
    """Prepares a weighted mixture of styles for `style_distance`.

    Args:
        styles: features `[feature, frame]`, each with at least `max(spans)` frames and not all zero.
        weights: weight of each style, not negative; scaled to sum 1.
        spans: patch lengths in frames, each at least 1.
        span_weights: weight of each span, equal by default; scaled to sum 1.

    Raises:
        ValueError: a style is shorter than the longest span, or silent.
    """
    spans = tuple(sorted(set(spans)))
    shortest = min(style.shape[1] for style in styles)
    if shortest < spans[-1]:
        raise ValueError(f"a style has {shortest} frames, fewer than the longest span of {spans[-1]}")
    weights = normalised(weights)
    energies = [mixture_energy(partial(_mean_energy, span=span), styles, weights) for span in spans]
    if min(energies) <= 0:
        raise ValueError("the styles are silent: their features are all zero")
    return StyleTarget(
        frames=torch.cat(list(styles), 1),
        lengths=tuple(style.shape[1] for style in styles),
        weights=weights,
        spans=spans,
        span_weights=normalised(span_weights or [1.0] * len(spans)),
        energies=tuple(energies),
    )


def _mean_energy(p: Tensor, q: Tensor, span: int) -> float:
    """`E_w(p, q)`, tile by tile, in float64 whatever the features' type."""
    chain = addition_chain([span])
    norm_p, norm_q = (patch_energies(a.double().square().sum(0), span).sqrt() for a in (p, q))
    rows, columns = p.shape[1] - span + 1, q.shape[1] - span + 1
    total, workspace = 0.0, Workspace()
    for row, row_frames in tiles(rows, TILE_FRAMES, 1):
        for column, column_frames in tiles(columns, TILE_FRAMES, 1):
            frames_p = slice(row_frames.start, row_frames.stop + span - 1)
            frames_q = slice(column_frames.start, column_frames.stop + span - 1)
            inner = box_sums(p[:, frames_p].T.double() @ q[:, frames_q].double(), chain, workspace)[span]
            fraction = length(row) * length(column) / (rows * columns)
            total += fraction * float(mean_square_kernel(inner, norm_p[row], norm_q[column]))
    return total
