"""Sums of phase steps along the maximum spanning tree of a spectrogram, by array operations.

The tree joins neighbours in time and frequency; an edge is as strong as the weaker of its ends, so every coefficient
is reached along the path whose weakest link is strongest. It is found in two parts, as in Boruvka's algorithm: each
coefficient's strongest edge leads to its strongest neighbour, and these edges alone gather all coefficients in the
basins of the local maxima; only the basins, a twentieth of the coefficients, need a general spanning tree. Many
spectrograms are one forest, on a GPU as well.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from gramophone.phase.forest import Forest, spanning_forest, to_the_roots

TIE_BREAK = 1e-3

Planes = Float[Tensor, "item frequency frame"]
AlongTime = Float[Tensor, "item frequency frame-1"]
AlongFrequency = Float[Tensor, "item frequency-1 frame"]
Nodes = Int[Tensor, " node"]


@dataclass(frozen=True)
class Integrated:
    """Phases up to one drawn number for each component.

    Attributes:
        phase: of the usable coefficients, 0 at the largest of each component; elsewhere it has no meaning.
        components: numbers of the components, spectrogram after spectrogram, in each the largest first.
        counts: how many components every spectrogram has.
    """

    phase: Planes
    components: Int[Tensor, "item frequency frame"]
    counts: list[int]


def integrate(
    log: Planes,
    usable: Bool[Tensor, "item frequency frame"],
    steps_time: Planes,
    steps_frequency: Planes,
    island_levels: Float[Tensor, " item"] | None = None,
) -> Integrated:
    """Phases of the usable coefficients.

    Args:
        log: natural logarithm of the magnitudes.
        usable: which of them have derivatives to be trusted.
        steps_time: phase advance per hop at every coefficient.
        steps_frequency: phase step per bin there.
        island_levels: log magnitude above which connected coefficients are a component of their own.
    """
    along_time = (steps_time[..., 1:] + steps_time[..., :-1]) / 2
    along_frequency = (steps_frequency[:, 1:] + steps_frequency[:, :-1]) / 2
    roots, steps = _ascent(log, along_time, along_frequency)
    phase = to_the_roots(roots, steps)
    one, other, advance = _crossings(roots.reshape(log.shape), usable, along_time, along_frequency)
    advance = phase.gather(0, one) + advance - phase.gather(0, other)
    peaks = ((roots == _numbers(roots)) & usable.flatten()).nonzero()[:, 0]
    basins = torch.zeros_like(roots).scatter_(0, peaks, _numbers(peaks)).gather(0, roots)
    levels = log.flatten()
    ends = levels.gather(0, one), levels.gather(0, other)
    # All edges to stronger neighbours are as strong as the node itself: among those the strongest neighbour wins.
    strength = torch.minimum(*ends) + TIE_BREAK * torch.maximum(*ends)
    pairs = basins.gather(0, one), basins.gather(0, other)
    forest = spanning_forest(*pairs, strength, advance, len(peaks))
    if island_levels is not None:
        heights = levels - island_levels.repeat_interleave(log[0].numel())
        firm = torch.minimum(heights.gather(0, one), heights.gather(0, other)) >= 0
        forest = _cut(forest, *pairs, strength, advance, firm, heights.gather(0, peaks) >= 0)
    items = peaks // log[0].numel()
    tops, components = _tops(forest, levels.gather(0, peaks), items)
    offsets = forest.offsets - forest.offsets.gather(0, tops).gather(0, components)
    # Whole turns cost only precision.
    phase = phase + torch.where(usable.flatten(), _at(offsets.remainder(2 * math.pi), basins), 0).to(phase)
    counts = torch.bincount(items.gather(0, tops), minlength=len(log)).tolist()
    return Integrated(phase.reshape(log.shape), _at(components, basins).reshape(log.shape), counts)


def _ascent(log: Planes, along_time: AlongTime, along_frequency: AlongFrequency) -> tuple[Nodes, Tensor]:
    """Each node's strongest neighbour, itself where none is stronger, and the phase step from there."""
    best, steps = log.clone(), torch.zeros_like(log)
    ways = torch.zeros(log.shape, dtype=torch.int64, device=log.device)
    before, after = np.s_[..., :-1], np.s_[..., 1:]
    below, above = np.s_[:, :-1], np.s_[:, 1:]
    frames = log.shape[-1]
    for here, there, step, way in (
        (before, after, -along_time, 1),
        (after, before, along_time, -1),
        (below, above, -along_frequency, frames),
        (above, below, along_frequency, -frames),
    ):
        stronger = log[there] > best[here]
        torch.maximum(best[here], log[there], out=best[here])
        torch.where(stronger, step, steps[here], out=steps[here])
        ways[here].masked_fill_(stronger, way)
    ways = ways.flatten()
    return ways.add_(_numbers(ways)), steps.flatten()


def _crossings(
    labels: Int[Tensor, "item frequency frame"],
    usable: Bool[Tensor, "item frequency frame"],
    along_time: AlongTime,
    along_frequency: AlongFrequency,
) -> tuple[Int[Tensor, " edge"], Int[Tensor, " edge"], Float[Tensor, " edge"]]:
    """Both ends of the edges between basins, and the phase steps from the first to the second."""
    times = (labels[..., 1:] != labels[..., :-1]) & usable[..., 1:] & usable[..., :-1]
    bins = (labels[:, 1:] != labels[:, :-1]) & usable[:, 1:] & usable[:, :-1]
    places = torch.arange(labels.numel(), device=labels.device).reshape(labels.shape)
    one = torch.cat([places[..., :-1][times], places[:, :-1][bins]])
    other = torch.cat([places[..., 1:][times], places[:, 1:][bins]])
    return one, other, torch.cat([along_time[times], along_frequency[bins]])


def _cut(
    forest: Forest,
    one: Int[Tensor, " edge"],
    other: Int[Tensor, " edge"],
    strength: Float[Tensor, " edge"],
    advance: Float[Tensor, " edge"],
    firm: Bool[Tensor, " edge"],
    high: Bool[Tensor, " node"],
) -> Forest:
    """The forest when edges that are not firm may not join islands, which are the components of firm ones."""
    one, other, strength, advance, firm = (part[forest.chosen] for part in (one, other, strength, advance, firm))
    basins = len(high)
    islands = spanning_forest(one[firm], other[firm], strength[firm], advance[firm], basins).components[high].unique()
    # One more node, joined to every island before anything else, closes a circle wherever two islands would meet.
    kept = spanning_forest(
        torch.cat([one, torch.full_like(islands, basins)]),
        torch.cat([other, islands]),
        torch.cat([strength, strength.new_full(islands.shape, torch.inf)]),
        torch.cat([advance, advance.new_zeros(len(islands))]),
        basins + 1,
    ).chosen
    kept = kept[kept < len(one)]
    return spanning_forest(one[kept], other[kept], strength[kept], advance[kept], basins)


def _tops(forest: Forest, levels: Float[Tensor, " node"], items: Nodes) -> tuple[Int[Tensor, " component"], Nodes]:
    """The largest node of each component, item after item by size, and for every node its component's number.

    Small components come and go with the last digits of a magnitude; they should not change what the large ones draw.
    """
    order = levels.argsort(stable=True)
    ranks = torch.empty_like(order).scatter_(0, order, _numbers(order))
    largest = torch.full_like(order, -1).scatter_reduce_(0, forest.components, ranks, "amax")
    own = order.gather(0, largest.gather(0, forest.components))
    tops = (own == _numbers(own)).nonzero()[:, 0]
    tops = tops.gather(0, levels.gather(0, tops).argsort(descending=True, stable=True))
    tops = tops.gather(0, items.gather(0, tops).argsort(stable=True))
    numbers = torch.zeros_like(order).scatter_(0, tops, _numbers(tops))
    return tops, numbers.gather(0, own)


def _at(values: Tensor, places: Nodes) -> Tensor:
    """Those at the places; zeros where there is none at all."""
    return values.gather(0, places) if len(values) else values.new_zeros(places.shape)


def _numbers(like: Tensor) -> Tensor:
    return torch.arange(len(like), device=like.device)
