"""Phase gradient heap integration (Prusa, Balazs & Sondergaard 2017) without a heap.

A phase's derivatives follow from those of the log magnitude (exactly for a Gaussian window), so it can be summed up
along any path. The published order visits coefficients from the largest outward with a heap. Here the same order is
the maximum spanning tree of the grid whose edges are as strong as the weaker of their ends: every coefficient is
reached along the path whose weakest link is strongest. Tree, traversal and sums are array operations.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from torch import Tensor

from gramophone.spectral import Stft

TIE_BREAK = 1e-3
HANN_GAMMA = 0.25645  # time-frequency ratio of the Gaussian nearest to a Hann window, in squared window lengths


def pghi(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    *,
    seed: int = 0,
    tolerance: float = 1e-6,
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase in radians for `stft` (Hann) from magnitudes alone, in one pass on the CPU.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes; redundancy 8 is far better than 4.
        seed: for the phase of coefficients below the tolerance, which is random.
        tolerance: share of the maximum below which a coefficient has no usable derivative.
    """
    flat = magnitude.detach().reshape(-1, *magnitude.shape[-2:]).double().cpu().numpy()
    rng = np.random.default_rng(seed)
    phases = np.stack([_integrate(one, stft, rng, tolerance) for one in flat])
    return torch.from_numpy(phases).reshape(magnitude.shape).to(magnitude)


def _integrate(
    magnitude: Float64[np.ndarray, "frequency frame"],
    stft: Stft,
    rng: np.random.Generator,
    tolerance: float,
) -> Float64[np.ndarray, "frequency frame"]:
    peak = float(magnitude.max(initial=0.0))
    phase = rng.uniform(-np.pi, np.pi, magnitude.shape)
    if peak > 0:
        log = np.log(np.maximum(magnitude, tolerance * peak * 1e-3))
        usable = magnitude > tolerance * peak
        steps_time, steps_frequency = _phase_steps(log, stft)
        phase[usable] = _sum_along_tree(log, usable, steps_time, steps_frequency, phase)
    # torch counts time from a frame's first sample, the formulas from its centre: half a window, pi a bin.
    phase -= np.pi * np.arange(magnitude.shape[0])[:, None]
    return np.asarray(np.remainder(phase + np.pi, 2 * np.pi) - np.pi)


def _phase_steps(
    log: Float64[np.ndarray, "frequency frame"], stft: Stft
) -> tuple[Float64[np.ndarray, "frequency frame"], Float64[np.ndarray, "frequency frame"]]:
    """Phase advance per hop and per bin at every coefficient, by centred differences (eq. 11 and 12)."""
    gamma = HANN_GAMMA * stft.n_fft**2
    ratio = stft.hop_samples * stft.n_fft / gamma
    by_bin = np.zeros_like(log)
    by_bin[1:-1] = (log[2:] - log[:-2]) / 2
    by_frame = np.gradient(log, axis=1) if log.shape[1] > 1 else np.zeros_like(log)
    carrier = 2 * np.pi * stft.hop_samples / stft.n_fft * np.arange(log.shape[0])[:, None]
    return ratio * by_bin + carrier, -by_frame / ratio


def _sum_along_tree(
    log: Float64[np.ndarray, "frequency frame"],
    usable: Bool[np.ndarray, "frequency frame"],
    steps_time: Float64[np.ndarray, "frequency frame"],
    steps_frequency: Float64[np.ndarray, "frequency frame"],
    start: Float64[np.ndarray, "frequency frame"],
) -> Float64[np.ndarray, " node"]:
    """Phases of the usable coefficients, each component from its largest one at that one's `start` phase."""
    nodes = int(usable.sum())
    index = np.full(log.shape, -1)
    index[usable] = np.arange(nodes)
    levels = log[usable]
    parents = _parents(index, levels)
    bins, frames = np.nonzero(usable)
    # A step is the trapezoid of both ends' derivatives along the edge to the parent.
    along_time, along_frequency = frames - frames[parents], bins - bins[parents]
    by_time, by_frequency = steps_time[usable], steps_frequency[usable]
    phase = along_time * (by_time + by_time[parents]) / 2
    phase += along_frequency * (by_frequency + by_frequency[parents]) / 2
    roots = parents == np.arange(nodes)
    phase[roots] = start[usable][roots]
    while True:  # pointer jumping: the distance to the root halves in every round
        moving = ~roots[parents]
        if not moving.any():
            break
        phase += np.where(moving, phase[parents], 0.0)
        parents = np.where(moving, parents[parents], parents)
    return np.where(roots, phase, phase + phase[parents])


def _parents(
    index: Int[np.ndarray, "frequency frame"], levels: Float64[np.ndarray, " node"]
) -> Int[np.ndarray, " node"]:
    """Each node's neighbour on the way to its component's largest node, which is its own parent."""
    nodes = len(levels)
    neighbours = [(index[:, :-1], index[:, 1:]), (index[:-1], index[1:])]
    pairs = np.concatenate([np.stack([a.ravel(), b.ravel()]) for a, b in neighbours], 1)
    pairs = pairs[:, (pairs >= 0).all(0)]
    ends = levels[pairs[0]], levels[pairs[1]]
    # All edges to stronger neighbours are as strong as the node itself: among those the strongest neighbour wins.
    strength = np.minimum(*ends) + TIE_BREAK * np.maximum(*ends)
    # The offset keeps the strongest edge from weight 0, which csgraph takes for "no edge".
    cost = strength.max(initial=0.0) - strength + 1.0
    tree = minimum_spanning_tree(coo_array((cost, (pairs[0], pairs[1])), shape=(nodes, nodes)).tocsr())
    roots = _largest_of_each_component(tree, levels)
    rows, columns = tree.nonzero()
    joined = coo_array(
        (
            np.ones(len(rows) + len(roots)),
            (np.append(rows, np.full(len(roots), nodes)), np.append(columns, roots)),
        ),
        shape=(nodes + 1, nodes + 1),
    ).tocsr()
    _, predecessors = breadth_first_order(joined, nodes, directed=False)
    parents = predecessors[:nodes].astype(np.int64)
    parents[roots] = roots
    return parents


def _largest_of_each_component(
    tree: csr_array, levels: Float64[np.ndarray, " node"]
) -> Int[np.ndarray, " component"]:
    _, labels = connected_components(tree, directed=False)
    order = np.lexsort((-levels, labels))
    return np.asarray(order[np.unique(labels[order], return_index=True)[1]])
