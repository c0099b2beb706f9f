"""Style distance under a condition over time, with its gradient in closed form.

The joint distribution of a patch and of what is asked for at its time, by the product of two kernels: the squared
arc-cosine kernel `k^2` of patches, with features `phi`, and an inner product of conditions. With the condition `u_t`
of the result at `t`, a share `W_ts` of style patch `s` asked for at `t` (rows sum to 1), and `v_s = sum_t W_ts u_t`,
the maximum mean discrepancy of result and styles is

    d_w = || mean_t phi(x_t) x u_t - mean_t sum_s W_ts phi(y_s) x u_t ||^2
        = mean_tt' <u_t, u_t'> k(x_t, x_t')^2 - 2 sum_ts <u_t, v_s> k(x_t, y_s)^2 / T + const,

divided by its last sum, so that 1 is the distance of silence. It is 0 where, at every kind of moment, the result has
the statistics that the styles have where they are asked for then; with one condition for all moments it is the plain
`style_distance`. A patch has the condition of its middle frame.

Beside the plain distance it costs one matrix product of the conditions' rank and one more element-wise pass.
"""

import math
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
from gramophone.statistics.arc_cosine import smallest, strips
from gramophone.statistics.conditional_target import ConditionalTarget
from gramophone.statistics.gemm import add_weighted_sums, inner_products
from gramophone.statistics.style_target import TILE_FRAMES
from gramophone.statistics.workspace import Workspace, clipped, length, tiles


def conditional_distance(x: Float[Tensor, "feature frame"], target: ConditionalTarget) -> Float[Tensor, ""]:
    """Mean over the spans of the relative squared distance, differentiable once.

    Range: from 0 upwards, 1 for silence; in the type of `x`.

    Args:
        x: features of the result, as many frames as the condition has.
        target: of styles and condition.

    Raises:
        ValueError: another number of frames than the condition's.
    """
    if x.shape[1] != len(target.asked):
        raise ValueError(f"the condition has {len(target.asked)} frames, the result {x.shape[1]}; they must agree")
    distance: Tensor = _ConditionalDistance.apply(x, target)  # type: ignore[no-untyped-call]
    return distance


class _ConditionalDistance(torch.autograd.Function):
    """The gradient costs little beside the value, so the forward pass computes both."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: ConditionalTarget) -> Tensor:  # noqa: ANN401 (torch's own signature)
        value, gradient = _value_and_gradient(x.detach(), target)
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        return upstream * gradient, None


@dataclass(frozen=True)
class _Columns:
    """What the frames of `x` are compared with: `x` itself, or the styles.

    Attributes:
        frames_first: the features of one frame after the other.
        conditions: of each frame.
        norms: by span, the norm of every patch.
        weights: by span, what a pair counts by its column, beside the likeness of its conditions.
    """

    frames_first: Float[Tensor, "frame feature"]
    conditions: Float[Tensor, "frame rank"]
    norms: dict[int, Float[Tensor, " _"]]
    weights: dict[int, Float[Tensor, " _"]]


def _value_and_gradient(x: Tensor, target: ConditionalTarget) -> tuple[Tensor, Tensor]:
    """Values by Euler's rule from the gradients, see `style_distance`."""
    energies = x.square().sum(0)
    norms = {span: patch_energies(energies, span).sqrt() for span in target.spans}
    twice = {span: torch.full_like(norm, 2 * target.scale(span) / len(norm) ** 2) for span, norm in norms.items()}
    crossed = {span: target.weights[span] * (-2 * target.scale(span) / len(norms[span])) for span in target.spans}
    itself = _Columns(x.T.contiguous(), target.asked, norms, twice)
    styles = _Columns(target.frames_first, target.played, target.norms, crossed)
    with_self = _gradient(itself, itself, target)
    with_styles = _gradient(itself, styles, target)
    parts = ((itself.frames_first * part).sum(1).sum(dtype=torch.float64) for part in (with_self, with_styles))
    value = next(parts) / 4 + next(parts) / 2 + target.offset
    return value.to(x.dtype), (with_self + with_styles).T.contiguous()


def _gradient(x: _Columns, others: _Columns, target: ConditionalTarget) -> Float[Tensor, "frame feature"]:
    """Gradient of the weighted sum of squared kernels of `x` (held fixed on the other side) and the others."""
    gradient = torch.zeros_like(x.frames_first)
    by_energy = x.frames_first.new_zeros(len(x.frames_first))
    chain, longest = addition_chain(target.spans), target.spans[-1]
    for rows, row_frames in tiles(len(x.frames_first), TILE_FRAMES, longest):
        for columns, column_frames in tiles(len(others.frames_first), 2 * TILE_FRAMES, longest):
            pairs = inner_products(x.frames_first[row_frames], others.frames_first[column_frames])
            likeness = inner_products(x.conditions[row_frames], others.conditions[column_frames])
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
                middle = span // 2
                patch_gradient = replace_by_weighted_gradient(
                    inner[:height, :width],
                    x.norms[span][row_patches],
                    others.norms[span][column_patches],
                    likeness[middle : middle + height, middle : middle + width],
                    others.weights[span][column_patches],
                    target.workspace,
                )
                reached = slice(rows.start, rows.start + height + span - 1)
                by_energy[reached] += spread_to_frames(patch_gradient, span)
            add_box_sums_adjoint(sums, chain)
            add_weighted_sums(gradient[row_frames], others.frames_first[column_frames], sums[1])
    return gradient.addcmul_(x.frames_first, by_energy[:, None], value=2)


def replace_by_weighted_gradient(
    inner: Float[Tensor, "rows columns"],
    norm_p: Float[Tensor, " rows"],
    norm_q: Float[Tensor, " columns"],
    pair_weights: Float[Tensor, "rows columns"],
    weights: Float[Tensor, " columns"],
    workspace: Workspace,
) -> Float[Tensor, " rows"]:
    """Gradient of `sum_ts pair_weights[t, s] weights[s] k(p_t, q_s)^2` by `P = p . q`, written over `inner`.

    As `arc_cosine.replace_by_gradient`, with one pass more for the weights of pairs.

    Returns:
        The gradient with respect to `|p_t|^2`, the norms held as independent variables.
    """
    floor = smallest(inner.dtype)
    norm_q_inverse = norm_q.clamp_min(floor).reciprocal()
    negative_norm_p_inverse = norm_p.clamp_min(floor).reciprocal().neg_()[:, None]
    outer_q = (weights * norm_q) / (2 * math.pi**2)
    outer_p = norm_p[:, None]
    energy_weights = weights * (norm_q * norm_q) / (4 * math.pi**2)
    by_energy = inner.new_empty(len(inner))
    one = inner.new_ones(())
    parts = strips(inner)
    work = workspace.take("weighted strips", 2, parts[0].stop - parts[0].start, inner.shape[1], like=inner)
    for strip in parts:
        angle = inner[strip]
        # Minus the cosine: arccos(-c) = pi - arccos(c), the factor that both gradients need.
        cosine, sine = work[:, : angle.shape[0]]
        torch.mul(angle, norm_q_inverse, out=cosine)
        cosine *= negative_norm_p_inverse[strip]
        cosine.clamp_(-1, 1)
        torch.addcmul(one, cosine, cosine, value=-1, out=sine)
        sine.sqrt_()
        torch.acos(cosine, out=angle)
        torch.addcmul(sine, angle, cosine, value=-1, out=cosine)  # J
        cosine *= pair_weights[strip]
        sine *= cosine
        torch.mv(sine, energy_weights, out=by_energy[strip])
        angle *= cosine
        angle *= outer_q
        angle *= outer_p[strip]
    return by_energy
