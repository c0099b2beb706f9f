"""Sums of phase steps along the maximum spanning tree of a spectrogram, by array operations.

The tree joins neighbours in time and frequency; an edge is as strong as the weaker of its ends, so every coefficient
is reached along the path whose weakest link is strongest. It is found in two parts, as in Boruvka's algorithm: each
coefficient's strongest edge leads to its strongest neighbour, and these edges alone gather all coefficients in the
basins of the local maxima; only the basins, a twentieth of the coefficients, need a general spanning tree.
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

TIE_BREAK = 1e-3

Plane = Float[np.ndarray, "frequency frame"]
AlongTime = Float[np.ndarray, "frequency frame-1"]
AlongFrequency = Float[np.ndarray, "frequency-1 frame"]
Nodes = Int[np.ndarray, " node"]
Values = Float[np.ndarray, " node"]
Edges = Int[np.ndarray, " edge"]
Chosen = Int[np.ndarray, " chosen"]


def integrate(
    log: Plane,
    usable: Bool[np.ndarray, "frequency frame"],
    steps_time: Plane,
    steps_frequency: Plane,
    rng: np.random.Generator,
    island_level: float,
) -> Plane:
    """Phases of the usable coefficients; what stands at the others has no meaning.

    Args:
        log: natural logarithm of the magnitudes.
        usable: which of them have derivatives to be trusted, at least one.
        steps_time: phase advance per hop at every coefficient.
        steps_frequency: phase step per bin there.
        rng: for the phase of each component's largest coefficient.
        island_level: log magnitude above which connected coefficients are a component of their own; infinite if
            none are.
    """
    along_time = (steps_time[:, 1:] + steps_time[:, :-1]) * log.dtype.type(0.5)
    along_frequency = (steps_frequency[1:] + steps_frequency[:-1]) * log.dtype.type(0.5)
    parents, phase = _ascent(log, along_time, along_frequency)
    _to_the_roots(parents, phase)
    levels = log.ravel()
    peaks = np.flatnonzero((parents == np.arange(len(parents))) & usable.ravel())
    basins = np.zeros(len(parents), np.int32)
    basins[peaks] = np.arange(len(peaks), dtype=np.int32)
    one, other, advance = _crossings(parents.reshape(log.shape), usable, along_time, along_frequency)
    ends = levels[one], levels[other]
    # All edges to stronger neighbours are as strong as the node itself: among those the strongest neighbour wins.
    strength = np.minimum(*ends) + levels.dtype.type(TIE_BREAK) * np.maximum(*ends)
    # Phase of the second basin's maximum when that of the first is 0.
    advance = phase[one] + advance - phase[other]
    pairs = basins[parents[one]], basins[parents[other]]
    tree = _spanning_tree(*pairs, strength, len(peaks))
    if np.isfinite(island_level):
        firm = np.minimum(*ends)[tree] >= island_level
        tree = tree[_cut(pairs[0][tree], pairs[1][tree], strength[tree], firm, levels[peaks] >= island_level)]
    links = pairs[0][tree], pairs[1][tree]
    offsets = _offsets(links, advance[tree], levels[peaks], rng)
    inside = usable.ravel()
    phase[inside] += offsets[basins[parents[inside]]].astype(phase.dtype)
    return phase.reshape(log.shape)


def _ascent(log: Plane, along_time: AlongTime, along_frequency: AlongFrequency) -> tuple[Nodes, Values]:
    """Each node's strongest neighbour, itself where none is stronger, and the phase step from there."""
    index = np.arange(log.size, dtype=np.int32).reshape(log.shape)
    best, parents, steps = log.copy(), index.copy(), np.zeros_like(log)
    before, after = np.s_[:, :-1], np.s_[:, 1:]
    below, above = np.s_[:-1], np.s_[1:]
    for here, there, step, sign in (
        (before, after, along_time, -1),
        (after, before, along_time, 1),
        (below, above, along_frequency, -1),
        (above, below, along_frequency, 1),
    ):
        stronger = log[there] > best[here]
        np.copyto(best[here], log[there], where=stronger)
        np.copyto(parents[here], index[there], where=stronger)
        np.copyto(steps[here], sign * step, where=stronger)
    return parents.ravel(), steps.ravel()


def _to_the_roots(parents: Nodes, steps: Values) -> None:
    """Pointer jumping, in place: the distance to the root halves in every round; a root's own step is 0."""
    while True:
        further = parents[parents]
        if np.array_equal(further, parents):
            return
        steps += steps[parents]
        parents[:] = further


def _crossings(
    labels: Int[np.ndarray, "frequency frame"],
    usable: Bool[np.ndarray, "frequency frame"],
    along_time: AlongTime,
    along_frequency: AlongFrequency,
) -> tuple[Edges, Edges, Float[np.ndarray, " edge"]]:
    """Both ends of the edges between basins, and the phase steps from the first to the second."""
    frames = labels.shape[1]
    times = np.flatnonzero((labels[:, 1:] != labels[:, :-1]) & usable[:, 1:] & usable[:, :-1])
    bins = np.flatnonzero((labels[1:] != labels[:-1]) & usable[1:] & usable[:-1])
    steps = np.concatenate([along_time.ravel()[times], along_frequency.ravel()[bins]])
    times += times // max(frames - 1, 1)
    one = np.concatenate([times, bins])
    other = np.concatenate([times + 1, bins + frames])
    return one, other, steps


def _spanning_tree(one: Edges, other: Edges, strength: Float[np.ndarray, " edge"], basins: int) -> Chosen:
    """Which edges belong to the maximum spanning forest."""
    order = np.argsort(-strength)
    # Ranks in place of weights name the edge that was taken; 0 would mean "no edge" to csgraph.
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    # Sorted by hand: scipy's own conversion would add up the edges that join the same basins.
    by_row = np.argsort(one, kind="stable")
    starts = np.zeros(basins + 1, np.int32)
    np.cumsum(np.bincount(one, minlength=basins), out=starts[1:])
    graph = csr_array((ranks[by_row], other[by_row], starts), shape=(basins, basins))
    return np.asarray(order[minimum_spanning_tree(graph).data.astype(np.intp) - 1])


def _cut(
    one: Edges,
    other: Edges,
    strength: Float[np.ndarray, " edge"],
    firm: Bool[np.ndarray, " edge"],
    high: Bool[np.ndarray, " node"],
) -> Chosen:
    """Which edges of a tree stay when those that are not firm may not join islands, the components of firm ones."""
    basins = len(high)
    graph = csr_array((np.ones(int(firm.sum())), (one[firm], other[firm])), shape=(basins, basins))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels[high], return_index=True)
    islands = np.flatnonzero(high)[first]
    # One more node, joined to every island before anything else, closes a circle wherever two islands would meet.
    kept = _spanning_tree(
        np.concatenate([one, np.full(len(islands), basins)]),
        np.concatenate([other, islands]),
        np.concatenate([strength, np.full(len(islands), np.inf)]),
        basins + 1,
    )
    return kept[kept < len(one)]


def _offsets(
    links: tuple[Edges, Edges],
    advance: Float[np.ndarray, " edge"],
    levels: Values,
    rng: np.random.Generator,
) -> Values:
    """Phase of each basin's maximum, from the largest of its component, whose phase is drawn."""
    one, other = links
    basins = len(levels)
    tops = _largest_of_each_component(links, levels)
    rows = np.concatenate([one, np.full(len(tops), basins)])
    columns = np.concatenate([other, tops])
    joined = csr_array((np.ones(len(rows)), (rows, columns)), shape=(basins + 1, basins + 1))
    _, predecessors = breadth_first_order(joined, basins, directed=False)
    parents = predecessors[:basins].astype(np.intp)
    parents[tops] = tops
    offsets = np.zeros(basins)
    down = parents[other] == one
    offsets[other[down]] = advance[down]
    offsets[one[~down]] = -advance[~down]
    _to_the_roots(parents, offsets)
    start = np.zeros(basins)
    start[tops] = rng.uniform(-np.pi, np.pi, len(tops))
    return np.asarray(np.remainder(offsets + start[parents], 2 * np.pi))


def _largest_of_each_component(links: tuple[Edges, Edges], levels: Values) -> Chosen:
    graph = csr_array((np.ones(len(links[0])), links), shape=(len(levels), len(levels)))
    _, labels = connected_components(graph, directed=False)
    order = np.lexsort((-levels, labels))
    return np.asarray(order[np.unique(labels[order], return_index=True)[1]])
