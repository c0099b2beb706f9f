"""`style_distance` of a batch of sounds, each with its own style, for all pairs of frames at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics import diagonal_bands
from gramophone.statistics.addition_chain import (
    add_box_sums_adjoint,
    addition_chain,
    box_sums,
    patch_energies,
    spread_to_frames,
)
from gramophone.statistics.arc_cosine import replace_by_gradients
from gramophone.statistics.patch_distance import Patches, value_and_gradient, with_gradient
from gramophone.statistics.style_distance import StyleTarget
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
            norms={span: torch.stack([one.patches.norms[span] for one in targets]) for span in first.spans},
            columns={span: torch.stack([one.patches.weights[span] for one in targets]) for span in first.spans},
            scales={span: numbers([one.scales[span] for one in targets]) for span in first.spans},
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
    return with_gradient(lambda x: _values_and_gradient(x, targets), x)


def _values_and_gradient(x: Tensor, targets: StyleTargets) -> tuple[Tensor, Tensor]:
    """The values are read off the gradient, see `value_and_gradient`."""
    if targets.workspace.compiled and diagonal_bands.applies_to(x):
        return _one_by_one(x, targets)
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


def _one_by_one(x: Tensor, targets: StyleTargets) -> tuple[Tensor, Tensor]:
    """The same where few operations gain nothing."""
    found = [
        value_and_gradient(
            one,
            Patches(
                targets.frames[item].T.contiguous(),
                {span: norms[item] for span, norms in targets.norms.items()},
                {span: weights[item] for span, weights in targets.columns.items()},
            ),
            {span: float(scales[item]) for span, scales in targets.scales.items()},
            targets.workspace,
            offset=float(targets.offsets[item]),
        )
        for item, one in enumerate(x)
    ]
    return torch.stack([value for value, _ in found]), torch.stack([gradient for _, gradient in found])


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
