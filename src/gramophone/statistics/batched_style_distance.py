"""`style_distance` of a batch of sounds, each with its own style, for all pairs of frames at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from gramophone.statistics.arc_cosine import smallest
from gramophone.statistics.style_target import StyleTarget
from gramophone.statistics.workspace import Workspace


@dataclass(frozen=True)
class StyleTargets:
    """Targets of the same shape, one for each item.

    Attributes:
        frames: frames of the styles, `[item, feature, frame]`.
        norms: norm of every patch, by span.
        columns: weight of every patch, by span.
        scales: factor of an energy in the distance, by span.
        offsets: constant part of each distance.
        workspace: working arrays of the evaluations.
    """

    frames: Float[Tensor, "item feature frame"]
    norms: dict[int, Float[Tensor, "item _"]]
    columns: dict[int, Float[Tensor, "item _"]]
    scales: dict[int, Float[Tensor, " item"]]
    offsets: Float[Tensor, " item"]
    workspace: Workspace = field(default_factory=Workspace, compare=False, repr=False)

    @classmethod
    def of(cls, targets: Sequence[StyleTarget]) -> "StyleTargets":
        """Stacks targets.

        Raises:
            ValueError: the targets differ in shape or spans.
        """
        first = targets[0]
        if any((one.spans, one.frames.shape) != (first.spans, first.frames.shape) for one in targets):
            raise ValueError("targets of different shapes or spans cannot be stacked")

        def numbers(values: list[float]) -> Tensor:
            return torch.tensor(values, dtype=first.frames.dtype, device=first.frames.device)

        return cls(
            frames=torch.stack([one.frames for one in targets]),
            norms={span: torch.stack([one.norms[span] for one in targets]) for span in first.spans},
            columns={span: torch.stack([one.column_weights(span) for one in targets]) for span in first.spans},
            scales={span: numbers([one.scale(span) for one in targets]) for span in first.spans},
            offsets=numbers([one.offset for one in targets]).double(),
        )

    @property
    def spans(self) -> tuple[int, ...]:
        """Patch lengths in frames, ascending."""
        return tuple(self.norms)


def style_distances(x: Float[Tensor, "item feature frame"], targets: StyleTargets) -> Float[Tensor, " item"]:
    """`style_distance` of each item from its own target, differentiable once.

    Raises:
        ValueError: `x` has fewer frames than the longest span.
    """
    if x.shape[-1] < targets.spans[-1]:
        raise ValueError(f"{x.shape[-1]} frames are fewer than the longest span of {targets.spans[-1]}")
    distances: Tensor = _StyleDistances.apply(x, targets)  # type: ignore[no-untyped-call]
    return distances


class _StyleDistances(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, targets: StyleTargets) -> Tensor:  # noqa: ANN401 (torch's own signature)
        values, gradient = _values_and_gradient(x.detach(), targets)
        ctx.save_for_backward(gradient)
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (gradient,) = ctx.saved_tensors
        return upstream[:, None, None] * gradient, None


def _values_and_gradient(x: Tensor, targets: StyleTargets) -> tuple[Tensor, Tensor]:
    """See `style_distance._value_and_gradient`: the values are read off the gradient."""
    energies = x.square().sum(1)
    norms = {span: patch_energies(energies, span).sqrt() for span in targets.spans}
    with_self, with_styles = {}, {}
    for span, norm in norms.items():
        patches = norm.shape[1]
        scale = targets.scales[span][:, None]
        with_self[span] = (2 / patches**2) * scale.expand_as(norm)
        with_styles[span] = (-2 / patches) * scale * targets.columns[span]
    own = _gradient(x, norms, (x, norms, with_self), targets.workspace)
    crossed = _gradient(x, norms, (targets.frames, targets.norms, with_styles), targets.workspace)
    parts = ((x * part).sum((1, 2), dtype=torch.float64) for part in (own, crossed))
    values = next(parts) / 4 + next(parts) / 2 + targets.offsets
    return values.to(x.dtype), own + crossed


def _gradient(
    x: Tensor,
    norms: dict[int, Tensor],
    others: tuple[Tensor, dict[int, Tensor], dict[int, Tensor]],
    workspace: Workspace,
) -> Float[Tensor, "item feature frame"]:
    frames, other_norms, weights = others
    chain = addition_chain(norms)
    sums = box_sums(x.mT @ frames, chain, workspace)
    by_energy = torch.zeros_like(x[:, 0])
    for span, inner in sums.items():
        if span in norms:
            patches = replace_by_gradients(inner, norms[span], other_norms[span], weights[span])
            by_energy += spread_to_frames(patches, span)
        else:
            inner.zero_()
    add_box_sums_adjoint(sums, chain)
    return frames @ sums[1].mT + 2 * x * by_energy[:, None]


def replace_by_gradients(
    inner: Float[Tensor, "item rows columns"],
    norm_p: Float[Tensor, "item rows"],
    norm_q: Float[Tensor, "item columns"],
    weights: Float[Tensor, "item columns"],
) -> Float[Tensor, "item rows"]:
    """`arc_cosine.replace_by_gradient` of every item, all pairs at once."""
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
