"""Style distance under a condition over time, with its gradient in closed form.

The joint distribution of a patch and of what is asked for at its time, by the product of two kernels: the squared
arc-cosine kernel `k^2` of patches, with features `phi`, and an inner product of conditions. With the condition `u_t`
of the result at `t`, a share `W_ts` of style patch `s` asked for at `t` (rows sum to 1), and `v_s = sum_t W_ts u_t`,
the maximum mean discrepancy of result and styles is

    d_w = || mean_t phi(x_t) x u_t - mean_t sum_s W_ts phi(y_s) x u_t ||^2
        = mean_tt' <u_t, u_t'> k(x_t, x_t')^2 - 2 sum_ts <u_t, v_s> k(x_t, y_s)^2 / T + const,

divided by its last sum, so that 1 is the distance of silence. It is 0 where, at every kind of moment, the result has
the statistics that the styles have where they are asked for then; with one condition for all moments it is the plain
`style_distance`. A patch has the condition of its middle frame. `patch_distance.py` computes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import ascending, patch_energies
from gramophone.statistics.arc_cosine import kernel
from gramophone.statistics.patch_distance import Patches, patch_products, value_and_gradient, with_gradient
from gramophone.statistics.workspace import Workspace


@dataclass(frozen=True)
class ConditionalTarget:
    """Style frames with the conditions under which they are asked for.

    Attributes:
        frames: all styles' frames side by side, `[feature, frame]`.
        lengths: number of frames of each style.
        conditions: `u_t`, the condition at each frame of the result.
        style_conditions: `v_s = sum_t W_ts u_t`, the conditions at which each style frame is asked for.
        mass: `sum_t W_ts`, how often each style frame is asked for.
        spans: patch lengths in frames, ascending.
        workspace: working arrays of the evaluations.
        patches: patches of the styles; the weight of a patch is 1 over the mass of all, and 0 where it would reach
            over the end of a style.
        energies: by span, `|| sum_s phi(y_s) x v_s ||^2`.
    """

    frames: Float[Tensor, "feature frame"]
    lengths: tuple[int, ...]
    conditions: Float[Tensor, "time rank"]
    style_conditions: Float[Tensor, "frame rank"]
    mass: Float[Tensor, " frame"]
    spans: tuple[int, ...]
    workspace: Workspace = field(default_factory=Workspace, compare=False, repr=False)
    patches: Patches = field(init=False, compare=False, repr=False)
    energies: dict[int, float] = field(init=False)

    def __post_init__(self) -> None:
        energies = self.frames.square().sum(0)
        norms = {span: patch_energies(energies, span).sqrt() for span in self.spans}
        weights = {span: self._column_weights(span) for span in self.spans}
        patches = Patches(self.frames.T.contiguous(), norms, weights, self.style_conditions)
        object.__setattr__(self, "patches", patches)
        object.__setattr__(self, "energies", {span: self._energy(span) for span in self.spans})

    @property
    def scales(self) -> dict[int, float]:
        """Factor of an energy in the distance, by span."""
        return {span: 1 / (len(self.spans) * energy) for span, energy in self.energies.items()}

    def _column_weights(self, span: int) -> Float[Tensor, " patch"]:
        patches = self.frames.shape[1] - span + 1
        inside = self.frames.new_zeros(patches)
        start = 0
        for frames in self.lengths:
            inside[start : max(start, start + frames - span + 1)] = 1
            start += frames
        mass = float((inside * self.mass[span // 2 : span // 2 + patches]).sum(dtype=torch.float64))
        if not mass > 0:
            raise ValueError(f"no style frame that is asked for has a whole span of {span} frames around it")
        return inside / mass

    def _energy(self, span: int) -> float:
        """`sum_ss' <v_s, v_s'> k(y_s, y_s')^2` tile by tile, in float64."""
        norms, weights = self.patches.norms[span].double(), self.patches.weights[span].double()
        conditions = self.style_conditions[span // 2 : span // 2 + len(norms)].double() * weights[:, None]
        total = 0.0
        for rows, columns, inner in patch_products(self.patches.frames_first, self.frames, span, self.workspace):
            squared = kernel(inner, norms[rows, None], norms[None, columns]).square()
            total += float((squared * (conditions[rows] @ conditions[columns].T)).sum())
        return total


def conditional_target(
    styles: Sequence[Float[Tensor, "feature _"]],
    conditions: Float[Tensor, "time rank"],
    style_conditions: Float[Tensor, "frame rank"],
    mass: Float[Tensor, " frame"],
    spans: Sequence[int],
    workspace: Workspace | None = None,
) -> ConditionalTarget:
    """Prepares styles and condition for `conditional_distance`.

    Args:
        styles: features `[feature, frame]`; no patch reaches from one into the next. Those shorter than a span have
            no patch of it.
        conditions: conditions `u_t` of the result, one a frame; their inner products are the similarity of moments.
        style_conditions: conditions of the styles' frames, side by side.
        mass: how often each style frame is asked for, not negative.
        spans: patch lengths in frames, each at least 1.
        workspace: working arrays of the evaluations; of the default sizes if left out.

    Raises:
        ValueError: shapes that do not fit, no style long enough, silent styles, or a result shorter than a span.
    """
    spans = ascending(spans)
    frames = torch.cat(list(styles), 1)
    if not frames.shape[1] == len(style_conditions) == len(mass):
        raise ValueError(
            f"{frames.shape[1]} style frames need as many conditions, not {len(style_conditions)} and {len(mass)}"
        )
    if len(conditions) < spans[-1]:
        raise ValueError(f"{len(conditions)} frames are fewer than the longest span of {spans[-1]}")
    lengths = tuple(style.shape[1] for style in styles)
    target = ConditionalTarget(frames, lengths, conditions, style_conditions, mass, spans, workspace or Workspace())
    if min(target.energies.values()) <= 0:
        raise ValueError("the styles are silent where they are asked for: their features are all zero")
    return target


def conditional_distance(x: Float[Tensor, "feature frame"], target: ConditionalTarget) -> Float[Tensor, ""]:
    """Mean over the spans of the relative squared distance, differentiable once.

    Range: from 0 upwards, 1 for silence; in the type of `x`.

    Args:
        x: features of the result, as many frames as the condition has.
        target: of styles and condition.

    Raises:
        ValueError: another number of frames than the condition's.
    """
    conditions = target.conditions
    if x.shape[1] != len(conditions):
        raise ValueError(f"the condition has {len(conditions)} frames, the result {x.shape[1]}; they must agree")
    given = target.patches, target.scales, target.workspace
    return with_gradient(lambda x: value_and_gradient(x, *given, offset=1.0, conditions=conditions), x)
