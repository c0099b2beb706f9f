"""Style distance of the random network with infinitely many filters, with its gradient in closed form.

For a layer of ReLU filters over `w` frames the squared distance of the Gram matrices of `x` and of a mixture of
styles `y_i` with weights `l_i` tends, for infinitely many filters, to

    d_w = E_w(x, x) - 2 sum_i l_i E_w(x, y_i) + sum_ij l_i l_j E_w(y_i, y_j),   E_w(a, b) = mean_ts k(a_t, b_s)^2

with the arc-cosine kernel `k` of patches (a maximum mean discrepancy, Li et al. 2017, "Demystifying neural style
transfer"). It is divided by its last sum, so that 1 is the distance of silence. Value and gradient of all spans
come from one matrix product with all frames, one chain of diagonal box sums, twelve element-wise passes a span, and
one matrix product back. Memory: a few arrays of at most `tile x 2 tile` pairs, whatever the lengths.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.statistics.arc_cosine import mean_square_kernel, replace_by_gradient
from gramophone.statistics.scratch import Scratch
from gramophone.statistics.spans import (
    add_box_sums_adjoint,
    box_sums,
    ladder,
    patch_energies,
    spread_to_frames,
)

TILE_FRAMES = 1024


@dataclass(frozen=True)
class _Beside:
    """`x` and all styles side by side.

    Attributes:
        frames: `[feature, frame]`, those of `x` first.
        energies: squared norm of every frame.
        weights: by span, what a pair counts by its column.
    """

    frames: Float[Tensor, "feature frame"]
    energies: Float[Tensor, " frame"]
    weights: dict[int, Float[Tensor, "2 frame"]]


@dataclass(frozen=True)
class StyleTarget:
    """Everything about the styles that the distance needs, computed once.

    Attributes:
        frames: all styles' frames side by side, `[feature, frame]`.
        lengths: number of frames of each style.
        weights: share of each style, summing to 1.
        spans: patch lengths in frames, ascending.
        span_weights: share of each span, summing to 1.
        energies: `sum_ij l_i l_j E_w(y_i, y_j)` a span.
        scratch: working arrays of the evaluations.
    """

    frames: Float[Tensor, "feature frame"]
    lengths: tuple[int, ...]
    weights: tuple[float, ...]
    spans: tuple[int, ...]
    span_weights: tuple[float, ...]
    energies: tuple[float, ...]
    scratch: Scratch = field(default_factory=Scratch, compare=False, repr=False)
    _prepared: dict[int, "_Beside"] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def offset(self) -> float:
        """The constant part of the distance: the spans' weights, as every energy is divided by itself."""
        return sum(self.span_weights)

    def beside(self, x: Float[Tensor, "feature frame"]) -> "_Beside":
        """`x` and the styles side by side; all but `x` itself is prepared once for a number of frames."""
        frames_x = x.shape[1]
        if frames_x not in self._prepared:
            self._prepared.clear()
            self._prepared[frames_x] = _Beside(
                frames=torch.cat([torch.empty_like(x), self.frames], 1),
                energies=torch.cat([torch.empty_like(x[0]), self.frames.square().sum(0)]),
                weights={span: self._column_weights(frames_x, span) for span in self.spans},
            )
        prepared = self._prepared[frames_x]
        prepared.frames[:, :frames_x] = x
        torch.sum(
            torch.mul(x, x, out=self.scratch.take("product", *x.shape, like=x)), 0, out=prepared.energies[:frames_x]
        )
        return prepared

    def _column_weights(self, frames_x: int, span: int) -> Float[Tensor, "2 frame"]:
        """What a pair counts in the gradient, by column (first `x` itself, then the styles).

        `E(x, x)` counts twice as both its arguments move; `-2 l_i E(x, y_i)` as it stands. A patch that would
        reach over the end of a recording has weight 0.
        """
        place = self.spans.index(span)
        scale = self.span_weights[place] / self.energies[place]
        weights = self.frames.new_zeros(2, frames_x + self.frames.shape[1])
        rows = frames_x - span + 1
        weights[0, :rows] = 2 * scale / rows**2
        start = frames_x
        for length, share in zip(self.lengths, self.weights, strict=True):
            columns = length - span + 1
            weights[1, start : start + columns] = -2 * scale * share / (rows * columns)
            start += length
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
        weights: share of each style, not negative; scaled to sum 1.
        spans: patch lengths in frames, each at least 1.
        span_weights: share of each span (equal by default); scaled to sum 1.

    Raises:
        ValueError: a style shorter than the longest span, or without any energy.
    """
    spans = tuple(sorted(set(spans)))
    shortest = min(style.shape[1] for style in styles)
    if shortest < spans[-1]:
        raise ValueError(f"a style has {shortest} frames, fewer than the longest span of {spans[-1]}")
    shares = _shares(weights)
    energies = [
        sum(
            a * b * _mean_energy(p, q, span)
            for p, a in zip(styles, shares, strict=True)
            for q, b in zip(styles, shares, strict=True)
        )
        for span in spans
    ]
    if min(energies) <= 0:
        raise ValueError("the styles are silent: their features are all zero")
    return StyleTarget(
        frames=torch.cat(list(styles), 1),
        lengths=tuple(style.shape[1] for style in styles),
        weights=shares,
        spans=spans,
        span_weights=_shares(span_weights or [1.0] * len(spans)),
        energies=tuple(energies),
    )


def style_distance(x: Float[Tensor, "feature frame"], target: StyleTarget) -> Float[Tensor, ""]:
    """Mean over the spans of the relative squared distance of Gram matrices, differentiable once.

    Range: from 0 (same statistics) upwards, 1 for silence; in the type of `x`.

    Raises:
        ValueError: `x` has fewer frames than the longest span.
    """
    if x.shape[1] < target.spans[-1]:
        raise ValueError(f"{x.shape[1]} frames are fewer than the longest span of {target.spans[-1]}")
    distance: Float[Tensor, ""] = _StyleDistance.apply(x, target)  # type: ignore[no-untyped-call]
    return distance


class _StyleDistance(torch.autograd.Function):
    """The gradient costs little beside the value, so the forward pass computes both."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: StyleTarget) -> Tensor:  # noqa: ANN401 (torch's own signature)
        value, gradient = _value_and_gradient(x.detach(), target)
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None


def _value_and_gradient(x: Tensor, target: StyleTarget) -> tuple[Tensor, Tensor]:
    """Both from one pass: energies are homogeneous in `x`, so Euler's rule reads their values off the gradient.

    `<x, grad E(x, x)> = 4 E(x, x)` and `<x, grad E(x, y)> = 2 E(x, y)`.
    """
    frames_x = x.shape[1]
    scratch = target.scratch
    beside = target.beside(x)
    everything = beside.frames
    gradients = [scratch.take(f"gradient {part}", *x.shape, like=x).zero_() for part in (0, 1)]
    by_energy = x.new_zeros(2, frames_x)
    rungs, longest = ladder(target.spans), target.spans[-1]
    norms_of = {span: patch_energies(beside.energies, span).sqrt() for span in target.spans}
    for rows, row_frames in _tiles(frames_x, TILE_FRAMES, longest):
        for columns, column_frames in _tiles(everything.shape[1], 2 * TILE_FRAMES, longest):
            pairs = scratch.take("pairs", _length(row_frames), _length(column_frames), like=x)
            torch.mm(x[:, row_frames].T, everything[:, column_frames], out=pairs)
            sums = box_sums(pairs, rungs, scratch)
            for span, inner in sums.items():
                if span not in beside.weights:
                    inner.zero_()
                    continue
                row_patches = _clipped(rows, frames_x - span + 1)
                column_patches = _clipped(columns, everything.shape[1] - span + 1)
                height, width = _length(row_patches), _length(column_patches)
                inner[height:].zero_()
                inner[:, width:].zero_()
                if not height or not width:
                    continue
                patch_gradient = replace_by_gradient(
                    inner[:height, :width],
                    norms_of[span][row_patches],
                    norms_of[span][column_patches],
                    beside.weights[span][:, column_patches],
                    scratch,
                )
                reached = slice(rows.start, rows.start + height + span - 1)
                by_energy[:, reached] += spread_to_frames(patch_gradient, span)
            add_box_sums_adjoint(sums, rungs)
            for part, (first, last) in enumerate([(0, frames_x), (frames_x, everything.shape[1])]):
                here = slice(max(first, column_frames.start), min(last, column_frames.stop))
                if here.start < here.stop:
                    local = slice(here.start - column_frames.start, here.stop - column_frames.start)
                    gradients[part][:, row_frames].addmm_(everything[:, here], sums[1][:, local].T)
    for part in (0, 1):
        gradients[part].addcmul_(x, by_energy[part], value=2)
    product = scratch.take("product", *x.shape, like=x)
    with_self, with_styles = (torch.mul(x, g, out=product).sum(0).sum(dtype=torch.float64) for g in gradients)
    value = with_self / 4 + with_styles / 2 + target.offset
    return value.to(x.dtype), gradients[0] + gradients[1]


def _tiles(frames: int, size: int, longest_span: int) -> Iterator[tuple[slice, slice]]:
    """Starts of patches in blocks of `size`, and the frames that these patches reach."""
    for start in range(0, frames, size):
        stop = min(start + size, frames)
        yield slice(start, stop), slice(start, min(stop + longest_span - 1, frames))


def _clipped(patches: slice, count: int) -> slice:
    return slice(patches.start, max(patches.start, min(patches.stop, count)))


def _length(of: slice) -> int:
    return int(of.stop - of.start)


def _shares(weights: Sequence[float]) -> tuple[float, ...]:
    total = float(sum(weights))
    if not total > 0 or min(weights) < 0:
        raise ValueError(f"weights must not be negative and must not all be zero, not {list(weights)}")
    return tuple(float(weight) / total for weight in weights)


def _mean_energy(p: Tensor, q: Tensor, span: int) -> float:
    """`E_w(p, q)`, tile by tile, in float64 whatever the features' type."""
    rungs = ladder([span])
    norm_p, norm_q = (patch_energies(a.double().square().sum(0), span).sqrt() for a in (p, q))
    rows, columns = p.shape[1] - span + 1, q.shape[1] - span + 1
    total, scratch = 0.0, Scratch()
    for row, row_frames in _tiles(rows, TILE_FRAMES, 1):
        for column, column_frames in _tiles(columns, TILE_FRAMES, 1):
            reach_p = slice(row_frames.start, row_frames.stop + span - 1)
            reach_q = slice(column_frames.start, column_frames.stop + span - 1)
            inner = box_sums(p[:, reach_p].T.double() @ q[:, reach_q].double(), rungs, scratch)[span]
            share = _length(row) * _length(column) / (rows * columns)
            total += share * float(mean_square_kernel(inner, norm_p[row], norm_q[column]))
    return total
