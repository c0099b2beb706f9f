"""Arc-cosine kernel of order 1: the inner product of two patches' features of infinitely many random ReLU filters.

`k(p, q) = |p| |q| J(cos th) / 2 pi` with `J(c) = sqrt(1 - c^2) + (pi - arccos c) c` [1], for filters of unit
variance. Its derivative is `J'(c) = pi - arccos c`, finite where those of its two summands are not.

[1] Y. Cho, L. K. Saul, "Kernel methods for deep learning", NeurIPS 2009.
"""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.statistics.workspace import STRIP_ELEMENTS, Workspace


def arc_cosine(cosine: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """`J(c)`, from 0 at opposite to pi at equal directions; differentiable once, values outside [-1, 1] clipped."""
    value: Tensor = _ArcCosine.apply(cosine)  # type: ignore[no-untyped-call]
    return value


class _ArcCosine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, cosine: Tensor) -> Tensor:  # noqa: ANN401 (torch's own signature)
        cosine = cosine.clamp(-1, 1)
        slope = torch.acos(-cosine)
        ctx.save_for_backward(slope)
        return (1 - cosine * cosine).sqrt() + slope * cosine

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> Tensor:  # noqa: ANN401
        (slope,) = ctx.saved_tensors
        return upstream * slope


def kernel(
    inner: Float[Tensor, "*#shape"], norm_p: Float[Tensor, "*#shape"], norm_q: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*#shape"]:
    """`k(p, q)` from the inner product and the two norms (broadcast); 0 where a norm is 0."""
    scale = norm_p * norm_q
    return scale * arc_cosine(inner / scale.clamp_min(smallest(inner.dtype))) / (2 * math.pi)


def smallest(dtype: torch.dtype) -> float:
    """Lower bound of a norm that divides, so that silence has direction zero and not NaN."""
    return torch.finfo(dtype).tiny ** 0.5


def mean_square_kernel(
    inner: Float[Tensor, "rows columns"],
    norm_p: Float[Tensor, " rows"],
    norm_q: Float[Tensor, " columns"],
    strip_elements: int = STRIP_ELEMENTS,
) -> Float[Tensor, ""]:
    """Mean of `k^2` over all pairs (float64), strip by strip to avoid a second array of pairs."""
    total = inner.new_zeros((), dtype=torch.float64)
    for strip in _strips(inner, strip_elements):
        total += kernel(inner[strip], norm_p[strip, None], norm_q[None]).square().sum(dtype=torch.float64)
    return total / inner.numel()


def replace_by_gradient(
    inner: Float[Tensor, "rows columns"],
    norm_p: Float[Tensor, " rows"],
    norm_q: Float[Tensor, " columns"],
    weights: Float[Tensor, " columns"],
    workspace: Workspace,
    pair_weights: Float[Tensor, "rows columns"] | None = None,
) -> Float[Tensor, " rows"]:
    """Gradient of `E = sum_ts u[t, s] w[s] k(p_t, q_s)^2` with respect to `P = p . q`, written over `inner`.

    Eleven element-wise passes over a strip that fits the cache, and one more for the weights of pairs.

    Args:
        inner: `P`.
        norm_p: norms of the patches of the rows.
        norm_q: norms of the patches of the columns.
        weights: `w`.
        workspace: working arrays.
        pair_weights: `u`; 1 by default.

    Returns:
        The gradient with respect to `|p_t|^2`, with norms as independent variables.
    """
    floor = smallest(inner.dtype)
    norm_q_inverse = norm_q.clamp_min(floor).reciprocal()
    negative_norm_p_inverse = norm_p.clamp_min(floor).reciprocal().neg_()[:, None]
    outer_q = (weights * norm_q) / (2 * math.pi**2)
    outer_p = norm_p[:, None]
    energy_weights = weights * (norm_q * norm_q) / (4 * math.pi**2)
    by_energy = inner.new_empty(len(inner))
    one = inner.new_ones(())
    strips = _strips(inner, workspace.strip_elements)
    work = workspace.take("strips", 2, strips[0].stop, inner.shape[1], like=inner)
    for strip in strips:
        angle = inner[strip]
        # Minus the cosine: arccos(-c) = pi - arccos(c), a factor of both gradients.
        cosine, sine = work[:, : angle.shape[0]]
        torch.mul(angle, norm_q_inverse, out=cosine)
        cosine *= negative_norm_p_inverse[strip]
        cosine.clamp_(-1, 1)
        torch.addcmul(one, cosine, cosine, value=-1, out=sine)
        sine.sqrt_()
        torch.acos(cosine, out=angle)
        torch.addcmul(sine, angle, cosine, value=-1, out=cosine)  # J
        if pair_weights is not None:
            cosine *= pair_weights[strip]
        sine *= cosine
        torch.mv(sine, energy_weights, out=by_energy[strip])
        angle *= cosine
        angle *= outer_q
        angle *= outer_p[strip]
    return by_energy


def replace_by_gradients(
    inner: Float[Tensor, "item rows columns"],
    norm_p: Float[Tensor, "item rows"],
    norm_q: Float[Tensor, "item columns"],
    weights: Float[Tensor, "item columns"],
) -> Float[Tensor, "item rows"]:
    """`replace_by_gradient` of every item, all pairs at once: few operations, for devices on which these cost."""
    floor = smallest(inner.dtype)
    by_column = norm_q.clamp_min(floor).reciprocal()[:, None]
    by_row = norm_p.clamp_min(floor).reciprocal().neg()[:, :, None]
    cosine = (inner * by_column * by_row).clamp_(-1, 1)
    sine = (1 - cosine * cosine).sqrt_()
    angle = torch.acos(cosine)
    value = torch.addcmul(sine, angle, cosine, value=-1)
    by_energy = (sine * value) @ (weights * norm_q.square() / (4 * math.pi**2))[:, :, None]
    torch.mul(angle * value, (weights * norm_q / (2 * math.pi**2))[:, None], out=inner)
    inner *= norm_p[:, :, None]
    return by_energy[..., 0]


def _strips(array: Float[Tensor, "rows columns"], elements: int) -> list[slice]:
    """Slices of rows to process at once: small on a CPU (cache), all rows elsewhere."""
    rows, columns = array.shape
    height = max(1, min(rows, elements // columns)) if array.device.type == "cpu" else rows
    return [slice(start, min(start + height, rows)) for start in range(0, rows, height)]
