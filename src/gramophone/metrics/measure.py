"""What a measure says: a figure beside its natural level and a sentence, or why it has no meaning."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import soxr
from jaxtyping import Float32

from gramophone.errors import InputError

Waveform = Float32[np.ndarray, " _"]  # samples of one channel; lengths in one call may differ

NATURAL_AT_MOST = (
    0.9  # where the style alone scores this, a result made of the style cannot be told from a copy of it
)

LEAST_ROOM = 0.3  # between content and style, of the larger distance


@dataclass(frozen=True)
class Measure:
    """One figure of a result.

    Attributes:
        name: what is measured, the key of tables.
        value: the figure; None where it has no meaning.
        natural: the level at which the figure says nothing: what the style alone scores for a measure of the content,
            what the style's halves score against each other for one of the style.
        reading: a sentence that says the figure in words, or why there is none.
        score: the figure on a common scale, not cut off at its ends. Of the content: 0 at the natural level, 1 for
            the content itself; of the style: 0 for the content, 1 at the natural level. None for warnings.
        beside: figures for comparison, by name.
    """

    name: str
    value: float | None
    natural: float | None
    reading: str
    score: float | None = None
    beside: tuple[tuple[str, float], ...] = ()


@runtime_checkable
class Ear(Protocol):
    """A measure prepared for one content and one style, to be used on many results."""

    def measure(self, result: Waveform) -> tuple[Measure, ...]:
        """The figures of a result at the rate of the recordings; the longer of it and the content is cut."""
        ...


def undefined(name: str, reason: str) -> Measure:
    """A measure without a figure, and why."""
    return Measure(name, None, None, reason)


def kept(
    name: str, value: float, natural: float, reading: str, beside: tuple[tuple[str, float], ...] = ()
) -> Measure:
    """A measure of the content beside what the style alone scores; undefined where that is nearly everything."""
    if natural > NATURAL_AT_MOST:
        return undefined(name, f"the style alone already scores {natural:.2f} for {name}: the pair cannot be judged")
    score = (value - natural) / (1 - natural)
    return Measure(name, value, natural, f"{reading}; the style alone: {natural:.2f}", score, beside)


def distance(name: str, value: float, natural: float, content: float, reading: str) -> Measure:
    """A distance to the style beside that of its halves and the content's; undefined where those are alike."""
    if content - natural < LEAST_ROOM * max(abs(content), abs(natural)):
        return undefined(name, f"the content is already as near to the style as its own halves are in {name}")
    score = (content - value) / (content - natural)
    return Measure(name, value, natural, reading, score, (("content", content),))


def at_rate(waveform: Waveform, rate_hz: int, wanted_hz: int) -> Waveform:
    """The waveform resampled; itself if it has that rate."""
    if rate_hz == wanted_hz:
        return waveform
    return soxr.resample(waveform, rate_hz, wanted_hz, quality="HQ").astype(np.float32)


def repeated(waveform: Waveform, samples: int) -> Waveform:
    """The waveform again and again, so many samples long."""
    return np.tile(waveform, -(-samples // len(waveform)))[:samples]


def padded(waveform: Waveform, samples: int) -> Waveform:
    """The waveform cut, or continued by silence, to so many samples."""
    return np.pad(waveform[:samples], (0, max(0, samples - len(waveform))))


def check_longer(waveform: Waveform, rate_hz: int, shortest_s: float, what: str) -> None:
    """Raises InputError for a recording shorter than a measure needs."""
    if len(waveform) < shortest_s * rate_hz:
        raise InputError(
            f"the {what} of {len(waveform) / rate_hz:.2f} s is too short to be measured; "
            f"give {shortest_s:g} s or more"
        )


def correlation(one: Float32[np.ndarray, "..."], other: Float32[np.ndarray, "..."]) -> float:
    """Of two arrays whose means were removed; 0 where one of them is constant."""
    size = float(np.sqrt(np.sum(np.square(one, dtype=np.float64)) * np.sum(np.square(other, dtype=np.float64))))
    return float(np.sum(one.astype(np.float64) * other)) / size if size > 1e-12 else 0.0


def changing(feature: Float32[np.ndarray, "*row frame"]) -> Float32[np.ndarray, "*row frame"]:
    """What changes of a feature over time: all but its mean."""
    return feature - feature.mean(-1, keepdims=True)


@dataclass(frozen=True)
class Course:
    """How a feature of the content changes over time, for a result's to go along with.

    Attributes:
        changes: what changes of that feature of a waveform; see `changing`.
        content: the same of the content.
        samples: of the content.
        natural: correlation of the style alone with it, at least 0.
    """

    changes: Callable[[Waveform], Float32[np.ndarray, "..."]]
    content: Float32[np.ndarray, "..."]
    samples: int
    natural: float

    @classmethod
    def of(
        cls,
        changes: Callable[[Waveform], Float32[np.ndarray, "..."]],
        content: Float32[np.ndarray, "..."],
        style: Waveform,
        samples: int,
    ) -> "Course":
        """Compares the style, as long as the content, with what changes in the content."""
        unrelated = correlation(changes(repeated(style, samples)), content)
        return cls(changes, content, samples, max(0.0, unrelated))

    def measure(self, name: str, result: Waveform, words: str) -> Measure:
        """Correlation with the content's over time and rows, -1 to 1.

        Args:
            name: of the measure.
            result: to be compared.
            words: what goes along with the content's, for the reading.
        """
        value = correlation(self.changes(padded(result, self.samples)), self.content)
        return kept(name, value, self.natural, f"{words} with a correlation of {value:.2f}")
