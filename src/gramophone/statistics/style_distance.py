"""Style distance of the random network with infinitely many filters, with its gradient in closed form.

For a layer of ReLU filters over `w` frames the squared distance of the Gram matrices of `x` and of a mixture of
styles `y_i` with weights `l_i` tends, for infinitely many filters, to

    d_w = E_w(x, x) - 2 sum_i l_i E_w(x, y_i) + sum_ij l_i l_j E_w(y_i, y_j),   E_w(a, b) = mean_ts k(a_t, b_s)^2

with the arc-cosine kernel `k` of patches, a maximum mean discrepancy [1]. It is divided by its last sum, so that 1 is
the distance of silence. `patch_distance.py` computes it.

[1] Y. Li, N. Wang, J. Liu, X. Hou, "Demystifying neural style transfer", IJCAI 2017.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import ascending, patch_energies
from gramophone.statistics.arc_cosine import mean_square_kernel
from gramophone.statistics.mixture import mixture_energy, normalised
from gramophone.statistics.patch_distance import Patches, patch_products, value_and_gradient, with_gradient
from gramophone.statistics.workspace import Workspace, length


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
        workspace: working arrays of the evaluations.
        patches: patches of the styles; the weight of a patch is that of its style over its number of patches, and 0
            across the end of a recording.
    """

    frames: Float[Tensor, "feature frame"]
    lengths: tuple[int, ...]
    weights: tuple[float, ...]
    spans: tuple[int, ...]
    span_weights: tuple[float, ...]
    energies: tuple[float, ...]
    workspace: Workspace = field(default_factory=Workspace, compare=False, repr=False)
    patches: Patches = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        energies = self.frames.square().sum(0)
        norms = {span: patch_energies(energies, span).sqrt() for span in self.spans}
        weights = {span: self._column_weights(span) for span in self.spans}
        object.__setattr__(self, "patches", Patches(self.frames.T.contiguous(), norms, weights))

    @property
    def offset(self) -> float:
        """Constant part of the distance: the sum of the spans' weights, as every energy is divided by itself."""
        return sum(self.span_weights)

    @property
    def scales(self) -> dict[int, float]:
        """Factor of an energy in the distance, by span."""
        parts = zip(self.spans, self.span_weights, self.energies, strict=True)
        return {span: weight / energy for span, weight, energy in parts}

    def _column_weights(self, span: int) -> Float[Tensor, " patch"]:
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
    workspace: Workspace | None = None,
) -> StyleTarget:
    """Prepares a weighted mixture of styles for `style_distance`.

    Args:
        styles: features `[feature, frame]`, each with at least `max(spans)` frames and not all zero.
        weights: weight of each style, not negative; scaled to sum 1.
        spans: patch lengths in frames, each at least 1.
        span_weights: weight of each span, equal by default; scaled to sum 1.
        workspace: working arrays of the evaluations; of the default sizes if left out.

    Raises:
        ValueError: a style is shorter than the longest span, or silent.
    """
    spans = ascending(spans)
    shortest = min(style.shape[1] for style in styles)
    if shortest < spans[-1]:
        raise ValueError(f"a style has {shortest} frames, fewer than the longest span of {spans[-1]}")
    weights = normalised(weights)
    workspace = workspace or Workspace()
    energies = [
        mixture_energy(partial(_mean_energy, span=span, workspace=workspace), styles, weights) for span in spans
    ]
    if min(energies) <= 0:
        raise ValueError("the styles are silent: their features are all zero")
    return StyleTarget(
        frames=torch.cat(list(styles), 1),
        lengths=tuple(style.shape[1] for style in styles),
        weights=weights,
        spans=spans,
        span_weights=normalised(span_weights or [1.0] * len(spans)),
        energies=tuple(energies),
        workspace=workspace,
    )


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
    given = target.patches, target.scales, target.workspace
    return with_gradient(lambda x: value_and_gradient(x, *given, offset=target.offset, count=patches), x)


def _mean_energy(p: Tensor, q: Tensor, span: int, workspace: Workspace) -> float:
    """`E_w(p, q)`, tile by tile, in float64 whatever the features' type."""
    norm_p, norm_q = (patch_energies(a.double().square().sum(0), span).sqrt() for a in (p, q))
    total = 0.0
    for rows, columns, inner in patch_products(p.T, q, span, workspace):
        fraction = length(rows) * length(columns) / (len(norm_p) * len(norm_q))
        mean = mean_square_kernel(inner, norm_p[rows], norm_q[columns], workspace.strip_elements)
        total += fraction * float(mean)
    return total
