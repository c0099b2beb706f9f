"""The infinitely wide network's style term under a condition over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gramophone.statistics.conditional_distance import ConditionalTarget, conditional_distance, conditional_target
from gramophone.statistics.workspace import Workspace


@dataclass(frozen=True)
class ConditionalStyleTerm:
    """The distance from styles under a condition, of spectrograms.

    Attributes:
        target: everything about styles and condition that it needs.
    """

    target: ConditionalTarget

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """The distance of `x`, which is as long as the condition."""
        return conditional_distance(x.flatten(0, 1), self.target)


@dataclass(frozen=True)
class Places:
    """Which style frames are asked for when: the entries of a sparse matrix.

    Attributes:
        time: frame of the result.
        frame: of the styles side by side.
        weight: not negative.
    """

    time: Int[Tensor, " entry"]
    frame: Int[Tensor, " entry"]
    weight: Float[Tensor, " entry"]


def conditional_style_term(
    styles: Sequence[Float[Tensor, "channel frequency _"]],
    conditions: Float[Tensor, "time rank"],
    places: Places,
    spans: Sequence[int],
    *,
    compiled: bool = True,
) -> ConditionalStyleTerm:
    """The term whose zero has, at every kind of moment, the statistics of the frames asked for at such moments.

    Args:
        styles: what the network sees of each excerpt; no patch reaches from one into the next.
        conditions: of each frame of the result, see `conditional_distance`.
        places: which frames are asked for when; the weights of each time are scaled to sum 1.
        spans: patch lengths in frames.
        compiled: whether a compiled pass is used; see `InfiniteNetwork`.

    Raises:
        ValueError: see `conditional_target`.
    """
    frames = sum(style.shape[-1] for style in styles)
    row_sums = conditions.new_zeros(len(conditions)).index_add_(0, places.time, places.weight)
    weight = places.weight / row_sums[places.time].clamp_min(torch.finfo(places.weight.dtype).tiny)
    style_conditions = conditions.new_zeros(frames, conditions.shape[1])
    style_conditions.index_add_(0, places.frame, weight[:, None] * conditions[places.time])
    mass = conditions.new_zeros(frames).index_add_(0, places.frame, weight)
    free = 1 - (row_sums > 0).to(conditions)  # times at which no frame is asked for take all alike
    style_conditions += (free[:, None] * conditions).sum(0) / frames
    mass += free.sum() / frames
    features = [style.flatten(0, 1) for style in styles]
    workspace = Workspace(compiled=compiled)
    return ConditionalStyleTerm(conditional_target(features, conditions, style_conditions, mass, spans, workspace))


def at_frames(
    conditions: Float[Tensor, "_ rank"], period_s: float, hop_s: float, frames: int
) -> Float[Tensor, "time rank"]:
    """Conditions at another hop, by straight lines; the last one holds beyond the end.

    Args:
        conditions: one row every `period_s`, the first at 0.
        period_s: between the given ones.
        hop_s: between those that are wanted.
        frames: how many are wanted.
    """
    position = (torch.arange(frames, dtype=torch.float64) * (hop_s / period_s)).clamp(max=len(conditions) - 1)
    below = position.floor().long()
    above = (below + 1).clamp(max=len(conditions) - 1)
    return torch.lerp(conditions[below], conditions[above], (position - below).to(conditions)[:, None])
