"""A style: the excerpts that stand for recordings, as a sound that knows where it comes from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from gramophone.audio.sound import Sound


@dataclass(frozen=True)
class StyleSource:
    """A recording that a style was learned from.

    Attributes:
        name: of the file, without its folders; `recording 1` and so on for what came from no file.
        sha256: of the file, 64 hexadecimal digits; None for what came from no file.
        duration_s: length of the recording.
    """

    name: str
    sha256: str | None
    duration_s: float


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a recording that was kept.

    Attributes:
        source: place of the recording among the sources.
        start_s: where the stretch begins.
        duration_s: its length.
    """

    source: int
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class Choice:
    """How the excerpts were chosen.

    Attributes:
        method: `all` where everything was kept, else `herding`; see `statistics.herding`.
        candidates: number of pieces that they were chosen from.
        distance: style distance of the pieces kept from all recordings together; 0 for all of them.
        random_distance: the mean of the same for pieces drawn at random.
    """

    method: str
    candidates: int
    distance: float
    random_distance: float


@dataclass(frozen=True)
class Origin:
    """Where a style comes from.

    Attributes:
        sources: the recordings.
        excerpts: what was kept of them, in the order in which it stands in the samples.
        choice: how it was chosen.
        version: of the program that learned it.
    """

    sources: tuple[StyleSource, ...]
    excerpts: tuple[Excerpt, ...]
    choice: Choice
    version: str

    @property
    def duration_s(self) -> float:
        """Length of all recordings together."""
        return sum(source.duration_s for source in self.sources)


@dataclass(frozen=True, eq=False, init=False)
class Style(Sound):
    """Excerpts of recordings, joined; a sound like any other, and what is known of it.

    Args:
        samples: `[channel, sample]`, as a `Sound` takes them.
        rate_hz: samples per second and channel, positive.
        origin: where it comes from.

    Raises:
        InputError: the samples or the rate are none.
    """

    origin: Origin

    def __init__(self, samples: Shaped[np.ndarray, "..."], rate_hz: int, origin: Origin) -> None:
        super().__init__(samples, rate_hz)
        object.__setattr__(self, "origin", origin)
