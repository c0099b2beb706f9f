"""Squared distance of the means of patches in the space of the squared arc-cosine kernel, with its gradient.

With patches `x_t` of a result and `y_s` of styles, weights `w_s` that sum to 1 and conditions `u_t`, `v_s` (1 if
there are none), the distance is, up to its constant part,

    mean_tt' <u_t, u_t'> k(x_t, x_t')^2 - 2 mean_t sum_s w_s <u_t, v_s> k(x_t, y_s)^2,

a maximum mean discrepancy. Value and gradient of all spans come from one matrix product with all frames, one compiled
pass over all pairs, and one matrix product back. Where nothing compiled is to be had, the pass is a chain of diagonal
box sums and eleven element-wise passes a span. Conditions cost one matrix product of their rank and one more pass.
Memory: a few arrays of at most `tile x 2 tile` pairs, whatever the lengths.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.statistics import diagonal_bands
from gramophone.statistics.addition_chain import (
    add_box_sums_adjoint,
    addition_chain,
    box_sums,
    patch_energies,
    spread_to_frames,
)
from gramophone.statistics.arc_cosine import replace_by_gradient
from gramophone.statistics.diagonal_bands import Levels, columns_side, replace_by_gradients, rows_side
from gramophone.statistics.gemm import add_weighted_sums, inner_products, upper_inner_products
from gramophone.statistics.workspace import Workspace, clipped, length, tiles


@dataclass(frozen=True)
class Patches:
    """All patches of some frames.

    Attributes:
        frames_first: features with the frames as rows.
        norms: norm of every patch, by span in frames.
        weights: weight of every patch, by span.
        conditions: condition of every frame, that of a patch being its middle frame's; None without conditions.
    """

    frames_first: Float[Tensor, "frame feature"]
    norms: Mapping[int, Float[Tensor, " _"]]
    weights: Mapping[int, Float[Tensor, " _"]]
    conditions: Float[Tensor, "frame rank"] | None = None


def value_and_gradient(
    x: Float[Tensor, "feature frame"],
    styles: Patches,
    scales: Mapping[int, float],
    workspace: Workspace,
    *,
    offset: float,
    conditions: Float[Tensor, "frame rank"] | None = None,
    count: int | None = None,
) -> tuple[Float[Tensor, ""], Float[Tensor, "feature frame"]]:
    """Weighted sum over the spans of the distance above, and its gradient, from one pass.

    Energies are homogeneous in `x`, so Euler's rule reads their values off the gradient:
    `<x, grad E(x, x)> = 4 E(x, x)` and `<x, grad E(x, y)> = 2 E(x, y)`.

    Args:
        x: features of the result.
        styles: patches of the styles, with conditions if `x` has some.
        scales: factor of every span; its keys are the spans, ascending.
        workspace: working arrays.
        offset: constant part of the distance.
        conditions: condition of every frame of `x`.
        count: number of patches of `x` from the beginning that count for each span; all by default.
    """
    energies = x.square().sum(0)
    norms = {span: patch_energies(energies, span).sqrt()[:count] for span in scales}
    # Double weights, as both arguments of `E(x, x)` vary.
    own = {span: torch.full_like(norm, 2 * scales[span] / len(norm) ** 2) for span, norm in norms.items()}
    theirs = {span: styles.weights[span] * (-2 * scales[span] / len(norm)) for span, norm in norms.items()}
    itself = Patches(x.T.contiguous(), norms, own, conditions)
    others = Patches(styles.frames_first, styles.norms, theirs, styles.conditions)
    compiled = workspace.compiled and diagonal_bands.applies_to(x)
    gradient_with = compiled_gradient if compiled else gradient_in_passes
    with_self, with_styles = gradient_with(itself, itself, workspace), gradient_with(itself, others, workspace)
    parts = ((itself.frames_first * part).sum(1).sum(dtype=torch.float64) for part in (with_self, with_styles))
    value = next(parts) / 4 + next(parts) / 2 + offset
    return value.to(x.dtype), (with_self + with_styles).T.contiguous()


def with_gradient(
    evaluate: Callable[[Tensor], tuple[Float[Tensor, "*value"], Float[Tensor, "*item feature frame"]]],
    x: Float[Tensor, "*item feature frame"],
) -> Float[Tensor, "*value"]:
    """A function of `x`, differentiable once, whose gradient costs little beside its value.

    Args:
        evaluate: gives the value, one for every item or one of all, and its gradient.
        x: argument.
    """
    value: Tensor = _WithGradient.apply(x, evaluate)  # type: ignore[no-untyped-call]
    return value


class _WithGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, evaluate: Callable[[Tensor], tuple[Tensor, Tensor]]) -> Tensor:  # noqa: ANN401
        value, gradient = evaluate(x.detach())
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        return upstream.to(gradient.dtype)[..., None, None] * gradient, None


def gradient_in_passes(x: Patches, others: Patches, workspace: Workspace) -> Float[Tensor, "frame feature"]:
    """Gradient of the weighted sum of squared kernels of `x` (held fixed on the other side) and the others.

    In torch's own operations: for any device and type.
    """
    gradient = torch.zeros_like(x.frames_first)
    by_energy = x.frames_first.new_zeros(len(x.frames_first))
    chain, longest = addition_chain(others.weights), max(others.weights)
    for rows, row_frames in tiles(len(x.frames_first), workspace.tile_frames, longest):
        for columns, column_frames in tiles(len(others.frames_first), 2 * workspace.tile_frames, longest):
            pairs = inner_products(x.frames_first[row_frames], others.frames_first[column_frames])
            similarity = None
            if x.conditions is not None and others.conditions is not None:
                similarity = inner_products(x.conditions[row_frames], others.conditions[column_frames])
            sums = box_sums(pairs, chain, workspace)
            for span, inner in sums.items():
                if span not in others.weights:
                    inner.zero_()
                    continue
                row_patches = clipped(rows, len(x.norms[span]))
                column_patches = clipped(columns, len(others.norms[span]))
                height, width = length(row_patches), length(column_patches)
                inner[height:].zero_()
                inner[:, width:].zero_()
                if not height or not width:
                    continue
                middle = span // 2
                patch_gradient = replace_by_gradient(
                    inner[:height, :width],
                    x.norms[span][row_patches],
                    others.norms[span][column_patches],
                    others.weights[span][column_patches],
                    workspace,
                    None if similarity is None else similarity[middle : middle + height, middle : middle + width],
                )
                reached = slice(rows.start, rows.start + height + span - 1)
                by_energy[reached] += spread_to_frames(patch_gradient, span)
            add_box_sums_adjoint(sums, chain)
            add_weighted_sums(gradient[row_frames], others.frames_first[column_frames], sums[1])
    return gradient.addcmul_(x.frames_first, by_energy[:, None], value=2)


def compiled_gradient(x: Patches, others: Patches, workspace: Workspace) -> Float[Tensor, "frame feature"]:
    """The same in one compiled pass; of `x` with itself, every pair of frames is looked at once.

    For single precision on a processor.
    """
    same = x is others
    gradient = torch.zeros_like(x.frames_first)
    levels, longest = Levels.of(others.weights), max(others.weights)
    own, theirs = x.frames_first, others.frames_first
    of_rows = rows_side(levels, x.norms, x.weights if same else {}, len(own))
    of_columns = columns_side(levels, others.norms, others.weights, len(theirs))
    by_energy = np.zeros((len(levels.spans), len(own)), np.float32)
    for rows, row_frames in tiles(len(own), workspace.tile_frames, longest):
        for columns, column_frames in tiles(len(theirs), (1 if same else 2) * workspace.tile_frames, longest):
            if same and columns.start < rows.start:
                continue
            mirrored = same and columns == rows
            similarity = None
            if x.conditions is not None and others.conditions is not None:
                similarity = inner_products(x.conditions[row_frames], others.conditions[column_frames])
            if mirrored:
                pairs = upper_inner_products(own[row_frames])
            else:
                pairs = inner_products(own[row_frames], theirs[column_frames])
            by_row, by_column = replace_by_gradients(
                pairs,
                of_rows.tile(rows, row_frames),
                of_columns.tile(columns, column_frames),
                levels,
                workspace,
                similarity=similarity,
                both_sides=same,
                upper_half=mirrored,
            )
            by_energy[:, row_frames] += by_row
            add_weighted_sums(gradient[row_frames], theirs[column_frames], pairs)
            if same and not mirrored:
                by_energy[:, column_frames] += by_column
                add_weighted_sums(gradient[column_frames], own[row_frames], pairs.T)
    of_frames = torch.zeros_like(own[:, 0])
    for span, norms in x.norms.items():
        of_frames[: len(norms) + span - 1] += spread_to_frames(
            torch.from_numpy(by_energy[levels.places[span], : len(norms)]), span
        )
    return gradient.addcmul_(own, of_frames[:, None], value=2)


def patch_products(
    p: Float[Tensor, "row feature"], q: Float[Tensor, "feature column"], span: int, workspace: Workspace
) -> Iterator[tuple[slice, slice, Float64[Tensor, "_ _"]]]:
    """Inner products of all patches of a span, tile by tile: the patches of the rows and columns, and the products.

    An array lasts until the next one is taken.
    """
    chain = addition_chain([span])
    for rows, row_frames in tiles(len(p) - span + 1, workspace.tile_frames, 1):
        for columns, column_frames in tiles(q.shape[1] - span + 1, workspace.tile_frames, 1):
            reach = [slice(part.start, part.stop + span - 1) for part in (row_frames, column_frames)]
            pairs = p[reach[0]].double() @ q[:, reach[1]].double()
            yield rows, columns, box_sums(pairs, chain, workspace)[span]
