"""What the networks learn: the class, and balanced classes of the spectral centroid as a second task (Wyse 2017)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float64, Int64

CHUNK = 64


def centroids(values: Float[np.ndarray, "clip frequency frame"]) -> Float64[np.ndarray, " clip"]:
    """Mean frequency of every clip, weighted with magnitude, as a share of the highest; of log spectrograms."""
    found = np.zeros(len(values))
    height = np.linspace(0, 1, values.shape[1])
    for first in range(0, len(values), CHUNK):
        magnitude = np.expm1(values[first : first + CHUNK].astype(np.float32)).sum(2)
        found[first : first + CHUNK] = (magnitude @ height) / np.maximum(magnitude.sum(1), 1e-9)
    return found


def balanced_edges(centroid: Float[np.ndarray, " clip"], classes: int) -> Float64[np.ndarray, " edge"]:
    """Edges between classes that hold equally many of these clips."""
    return np.quantile(centroid, np.arange(1, classes) / classes)


def centroid_classes(
    centroid: Float[np.ndarray, " clip"], edges: Float[np.ndarray, " edge"]
) -> Int64[np.ndarray, " clip"]:
    """The class of each clip, 0 for the lowest."""
    return np.searchsorted(edges, centroid, side="right").astype(np.int64)


def standardisation(
    values: Float[np.ndarray, "clip frequency frame"], places: Sequence[int]
) -> tuple[Float64[np.ndarray, " frequency"], Float64[np.ndarray, " frequency"]]:
    """Mean and standard deviation of every frequency over the clips at these places; the latter at least 0.05."""
    total = np.zeros(values.shape[1])
    squares = np.zeros(values.shape[1])
    order = sorted(places)
    for first, last in pairwise([*range(0, len(order), CHUNK), len(order)]):
        part = values[order[first:last]].astype(np.float32)
        total += part.mean(2, dtype=np.float64).sum(0)
        squares += np.square(part).mean(2, dtype=np.float64).sum(0)
    mean = total / len(order)
    return mean, np.sqrt(np.maximum(squares / len(order) - mean**2, 0.0025))
