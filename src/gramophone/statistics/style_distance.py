"""Style distance of the random network with infinitely many filters, with its gradient in closed form.

For a layer of ReLU filters over `w` frames the squared distance of the Gram matrices of `x` and of a mixture of
styles `y_i` with weights `l_i` tends, for infinitely many filters, to

    d_w = E_w(x, x) - 2 sum_i l_i E_w(x, y_i) + sum_ij l_i l_j E_w(y_i, y_j),   E_w(a, b) = mean_ts k(a_t, b_s)^2

with the arc-cosine kernel `k` of patches, a maximum mean discrepancy [1]. It is divided by its last sum, so that 1 is
the distance of silence. Value and gradient of all spans come from one matrix product with all frames, one chain of
diagonal box sums, eleven element-wise passes a span, and one matrix product back. Memory: a few arrays of at most
`tile x 2 tile` pairs, whatever the lengths.

[1] Y. Li, N. Wang, J. Liu, X. Hou, "Demystifying neural style transfer", IJCAI 2017.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.statistics.addition_chain import (
    add_box_sums_adjoint,
    addition_chain,
    box_sums,
    patch_energies,
    spread_to_frames,
)
from gramophone.statistics.arc_cosine import replace_by_gradient
from gramophone.statistics.gemm import add_weighted_sums, inner_products
from gramophone.statistics.style_target import TILE_FRAMES, StyleTarget
from gramophone.statistics.workspace import clipped, length, tiles


def style_distance(
    x: Float[Tensor, "feature frame"], target: StyleTarget, patches: int | None = None
) -> Float[Tensor, ""]:
    """Mean over the spans of the relative squared distance of Gram matrices, differentiable once.

    Range: from 0 (same statistics) upwards, 1 for silence; in the type of `x`.

    Args:
        x: features of the result.
        target: statistics of the styles.
        patches: number of patches from the beginning that count for each span; all by default.

    Raises:
        ValueError: `x` has fewer frames than the longest span.
    """
    if x.shape[1] < target.spans[-1]:
        raise ValueError(f"{x.shape[1]} frames are fewer than the longest span of {target.spans[-1]}")
    distance: Float[Tensor, ""] = _StyleDistance.apply(x, target, patches)  # type: ignore[no-untyped-call]
    return distance


class _StyleDistance(torch.autograd.Function):
    """The gradient costs little beside the value, so the forward pass computes both."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: StyleTarget, patches: int | None) -> Tensor:  # noqa: ANN401 (torch's own)
        value, gradient = _value_and_gradient(x.detach(), target, patches)
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None, None


@dataclass(frozen=True)
class _Columns:
    """Frames that those of `x` are compared with: `x` itself, or the styles.

    Attributes:
        frames_first: features with the frames as rows.
        norms: norm of every patch, by span.
        weights: weight of every column of pairs, by span.
    """

    frames_first: Float[Tensor, "frame feature"]
    norms: dict[int, Float[Tensor, " _"]]
    weights: dict[int, Float[Tensor, " _"]]


def _value_and_gradient(x: Tensor, target: StyleTarget, patches: int | None = None) -> tuple[Tensor, Tensor]:
    """Both from one pass: energies are homogeneous in `x`, so Euler's rule reads their values off the gradient.

    `<x, grad E(x, x)> = 4 E(x, x)` and `<x, grad E(x, y)> = 2 E(x, y)`.
    """
    itself = _itself(x, target, patches)
    with_self = _gradient(itself, itself, target)
    with_styles = _gradient(itself, _styles(itself, target), target)
    energies = ((itself.frames_first * part).sum(1).sum(dtype=torch.float64) for part in (with_self, with_styles))
    value = next(energies) / 4 + next(energies) / 2 + target.offset
    return value.to(x.dtype), (with_self + with_styles).T.contiguous()


def _itself(x: Tensor, target: StyleTarget, patches: int | None) -> _Columns:
    """Columns of `x`, with double weights as both arguments of `E(x, x)` vary."""
    energies = x.square().sum(0)
    norms = {span: patch_energies(energies, span).sqrt()[:patches] for span in target.spans}
    weights = {span: torch.full_like(norm, 2 * target.scale(span) / len(norm) ** 2) for span, norm in norms.items()}
    return _Columns(x.T.contiguous(), norms, weights)


def _styles(x: _Columns, target: StyleTarget) -> _Columns:
    weights = {
        span: target.column_weights(span) * (-2 * target.scale(span) / len(norm)) for span, norm in x.norms.items()
    }
    return _Columns(target.frames_first, target.norms, weights)


def _gradient(x: _Columns, others: _Columns, target: StyleTarget) -> Float[Tensor, "frame feature"]:
    """Gradient of the weighted sum of squared kernels of `x` (held fixed on the other side) and the others."""
    gradient = torch.zeros_like(x.frames_first)
    by_energy = x.frames_first.new_zeros(len(x.frames_first))
    chain, longest = addition_chain(target.spans), target.spans[-1]
    for rows, row_frames in tiles(len(x.frames_first), TILE_FRAMES, longest):
        for columns, column_frames in tiles(len(others.frames_first), 2 * TILE_FRAMES, longest):
            pairs = inner_products(x.frames_first[row_frames], others.frames_first[column_frames])
            sums = box_sums(pairs, chain, target.workspace)
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
                patch_gradient = replace_by_gradient(
                    inner[:height, :width],
                    x.norms[span][row_patches],
                    others.norms[span][column_patches],
                    others.weights[span][column_patches],
                    target.workspace,
                )
                reached = slice(rows.start, rows.start + height + span - 1)
                by_energy[reached] += spread_to_frames(patch_gradient, span)
            add_box_sums_adjoint(sums, chain)
            add_weighted_sums(gradient[row_frames], others.frames_first[column_frames], sums[1])
    return gradient.addcmul_(x.frames_first, by_energy[:, None], value=2)
