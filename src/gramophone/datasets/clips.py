"""What a collection of labelled recordings is."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gramophone.errors import InputError


@dataclass(frozen=True)
class Clip:
    """A recording, or a piece of one, with its label.

    Attributes:
        path: the audio file.
        label: number of its class.
        group: what must not be on both sides of a split: a fold, a sound font, a file.
        licence: as its source states it; empty where nothing is known.
        start: first sample of the piece, at the rate of the file.
        samples: its length, at the rate of the file; none takes all that follow.
    """

    path: Path
    label: int
    group: str
    licence: str = ""
    start: int = 0
    samples: int | None = None


@dataclass(frozen=True)
class Collection:
    """Clips of one kind.

    Attributes:
        name: of the collection.
        classes: what the labels stand for.
        clips: all of them, in a fixed order.
        duration_s: every clip is cut, or continued by silence, to this.
        licence: of the collection as a whole.
    """

    name: str
    classes: tuple[str, ...]
    clips: tuple[Clip, ...]
    duration_s: float
    licence: str

    def only(self, keep: Callable[[Clip], bool]) -> "Collection":
        """The clips for which `keep` holds, in the same order."""
        return replace(self, clips=tuple(clip for clip in self.clips if keep(clip)))


@dataclass(frozen=True)
class Split:
    """Places of clips in a collection.

    Attributes:
        train: to learn from.
        test: to be measured on; shares no clip with `train`.
        name: how it was made, for the card of what is trained.
    """

    train: tuple[int, ...]
    test: tuple[int, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.train or not self.test:
            raise InputError(f"the split '{self.name}' leaves no clip to train on, or none to test; choose another")
        if set(self.train) & set(self.test):
            raise ValueError(f"the split '{self.name}' tests on clips that it trains on")


def hold_out_groups(collection: Collection, groups: Sequence[str], name: str) -> Split:
    """Tests on every clip of some groups, trains on the rest.

    Raises:
        InputError: nothing is left on one side.
    """
    held = [clip.group in groups for clip in collection.clips]
    return Split(
        train=tuple(place for place, out in enumerate(held) if not out),
        test=tuple(place for place, out in enumerate(held) if out),
        name=name,
    )


def counted(names: Sequence[str], what: str, remedy: str) -> str:
    """One sentence about many files: how many, and the first of them."""
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{len(names)} {what}: {shown}; {remedy}"


def rows_of(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file that has at least these columns.

    Raises:
        InputError: the file is missing, is no such table, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
            found = reader.fieldnames or []
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; name the data's folder") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a table of comma-separated values ({error}); fetch it again") from error
    missing = [name for name in columns if name not in found]
    if missing:
        raise InputError(f"{path} lacks the column(s) {', '.join(missing)}; fetch it again")
    if any(row[name] is None for row in rows for name in columns):
        raise InputError(f"{path} has a row with too few values; fetch it again")
    return rows


def whole(path: Path, row: dict[str, str], column: str) -> int:
    """The whole number in a column of a row.

    Raises:
        InputError: it is none, or is negative.
    """
    if not row[column].isascii() or not row[column].isdigit():
        raise InputError(f"{path} has {row[column]!r:.50} where '{column}' should be a number; fetch it again")
    return int(row[column])
