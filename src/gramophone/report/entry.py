"""What a report says about one run, as plain values."""

from dataclasses import dataclass
from typing import Any, Literal

from gramophone.audio import Sound
from gramophone.evaluation import MetricResult

Role = Literal["content", "style", "result"]


@dataclass(frozen=True)
class Track:
    """One sound of a run.

    Attributes:
        role: what it was in the run.
        name: its file name, or another name for readers.
        sound: none where it could not be found or read.
        notes: what a listener has to know about it; why there is no sound.
    """

    role: Role
    name: str
    sound: Sound | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        title: what was made of what.
        record: its run record, or `Result.record()` of a result that was never written.
        tracks: content, style(s) and result, in this order.
        figures: the evaluation; empty where there is none.
        notes: what a reader of the figures has to know.
    """

    title: str
    record: dict[str, Any]
    tracks: tuple[Track, ...]
    figures: tuple[MetricResult, ...] = ()
    notes: tuple[str, ...] = ()
