"""Style: how near a result lies to the style in an embedding, between the content and the style's own halves.

Kernel distance: unbiased squared maximum mean discrepancy (Gretton et al. 2012, equation 3) of windows' embeddings
with a Gaussian kernel, as in the kernel audio distance (Chung et al. 2025). There the kernel's width is the median
distance within the reference set. A single short recording is so much like itself that by that width everything
else is equally far, and a mix at 0 dB no nearer than the content; by the median distance within content and style
together, white noise is half way from speech to rain. The width is the geometric mean of the two, the same for all
results of a pair: mixes then lie in order, and white noise is no nearer to rain than speech is.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float64

from gramophone.metrics.measure import Measure, Waveform, check_longer, distance, padded

KERNEL, COSINE = "style, kernel distance", "style, cosine"
SHORTEST_S = 2.0  # four windows and more


@runtime_checkable
class Embedding(Protocol):
    """What hears: rows of features, one a window of sound."""

    def windows(self, waveform: Waveform, rate_hz: int) -> Float[np.ndarray, "window feature"]:
        """The rows of a waveform of any level."""
        ...


@dataclass(frozen=True)
class Distances:
    """Kernel distance and cosine distance of a set of windows to the style's."""

    kernel: float
    cosine: float


@dataclass(frozen=True)
class Style:
    """The style as an embedding hears it.

    Attributes:
        embedding: what hears.
        style: its windows.
        width: of the kernel.
        content: distances of the content.
        natural: distances of the style's halves to each other.
        rate_hz: of the recordings.
        samples: of the content.
        name: of the embedding, added to the measures' names where there are several.
    """

    embedding: Embedding
    style: Float64[np.ndarray, "window feature"]
    width: float
    content: Distances
    natural: Distances
    rate_hz: int
    samples: int
    name: str = ""

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int, embedding: Embedding, name: str = "") -> "Style":
        """Prepares a content and a style.

        Raises:
            InputError: the style or the content is too short.
        """
        check_longer(style, rate_hz, SHORTEST_S, "style")
        check_longer(content, rate_hz, SHORTEST_S / 2, "content")
        theirs, ours = (embedding.windows(part, rate_hz).astype(np.float64) for part in (style, content))
        width = float(np.sqrt(_median_distance(theirs) * _median_distance(np.concatenate([theirs, ours]))))
        natural = _natural(theirs, width)
        return cls(embedding, theirs, width, _between(ours, theirs, width), natural, rate_hz, len(content), name)

    def measure(self, result: Waveform) -> tuple[Measure, Measure]:
        """Kernel distance and cosine distance; their scores are 0 for the content, 1 for the style's halves."""
        windows = self.embedding.windows(padded(result, self.samples), self.rate_hz).astype(np.float64)
        value = _between(windows, self.style, self.width)
        return (
            self._told(KERNEL, value.kernel, self.natural.kernel, self.content.kernel),
            self._told(COSINE, value.cosine, self.natural.cosine, self.content.cosine),
        )

    def _told(self, what: str, value: float, natural: float, content: float) -> Measure:
        name = f"{what} ({self.name})" if self.name else what
        told = distance(name, value, natural, content, "")
        if told.score is None:
            return told
        reading = f"{told.score:.0%} of the way from the content (0) to the style's own halves (100%) by {name}"
        return Measure(name, value, natural, reading, told.score, told.beside)


def kernel_distance(
    one: Float64[np.ndarray, "_ feature"], other: Float64[np.ndarray, "_ feature"], width: float
) -> float:
    """Unbiased squared maximum mean discrepancy with a Gaussian kernel; may be slightly negative.

    Args:
        one: two rows or more.
        other: two rows or more.
        width: the kernel's standard deviation, in the units of the rows.
    """
    kernels = [
        np.exp(-np.square(_distances(a, b) / width) / 2) for a, b in ((one, one), (other, other), (one, other))
    ]
    within = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in kernels[:2]]
    return float(within[0] + within[1] - 2 * kernels[2].mean())


def _between(
    one: Float64[np.ndarray, "_ feature"], other: Float64[np.ndarray, "_ feature"], width: float
) -> Distances:
    means = one.mean(0), other.mean(0)
    size = float(np.linalg.norm(means[0]) * np.linalg.norm(means[1]))
    cosine = 1 - float(means[0] @ means[1]) / size if size > 0 else 1.0
    return Distances(kernel_distance(one, other, max(width, 1e-12)), cosine)


def _natural(style: Float64[np.ndarray, "window feature"], width: float) -> Distances:
    """Between halves of the style: the first and the second, or odd and even quarters where those are more alike."""
    first, second, third, fourth = np.array_split(style, 4)
    found = [
        _between(np.concatenate(one), np.concatenate(other), width)
        for one, other in (((first, second), (third, fourth)), ((first, third), (second, fourth)))
    ]
    return Distances(min(one.kernel for one in found), min(one.cosine for one in found))


def _median_distance(rows: Float64[np.ndarray, "window feature"]) -> float:
    return float(np.median(_distances(rows, rows)[np.triu_indices(len(rows), 1)]))


def _distances(one: Float64[np.ndarray, "_ feature"], other: Float64[np.ndarray, "_ feature"]) -> np.ndarray:
    squares = np.square(one).sum(1)[:, None] + np.square(other).sum(1)[None] - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0))
