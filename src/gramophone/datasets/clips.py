"""Labelled recordings: clips, collections, splits, and their tables."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gramophone.errors import InputError


@dataclass(frozen=True)
class Clip:
    """A recording, or a part of one, with its label.

    Attributes:
        path: audio file.
        label: class number.
        group: unit that must stay on one side of a split: a fold, a sound font, a file.
        licence: licence as the source states it; empty if unknown.
        start: first sample of the clip, at the rate of the file.
        samples: length of the clip in samples at the rate of the file; None for the rest of the file.
        recorded: name of the recorded sample that the clip was made of; empty if unknown.
    """

    path: Path
    label: int
    group: str
    licence: str = ""
    start: int = 0
    samples: int | None = None
    recorded: str = ""


@dataclass(frozen=True)
class Collection:
    """A set of labelled clips.

    Attributes:
        name: name of the collection.
        classes: class names, by label.
        clips: all clips, in a fixed order.
        duration_s: duration in seconds to which every clip is cut or padded with silence.
        licence: licence of the collection as a whole.
    """

    name: str
    classes: tuple[str, ...]
    clips: tuple[Clip, ...]
    duration_s: float
    licence: str

    def only(self, keep: Callable[[Clip], bool]) -> "Collection":
        """Returns the collection of the clips for which `keep` holds, in the same order."""
        return replace(self, clips=tuple(clip for clip in self.clips if keep(clip)))


@dataclass(frozen=True)
class Split:
    """Indices of training and test clips in a collection.

    Attributes:
        train: training clips.
        test: test clips; shares none with `train`.
        name: description of the split, for the model card.
    """

    train: tuple[int, ...]
    test: tuple[int, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.train or not self.test:
            raise InputError(f"the split '{self.name}' leaves no clip for training or for testing; choose another")
        if set(self.train) & set(self.test):
            raise ValueError(f"the split '{self.name}' has clips in both training and test")


def hold_out_groups(collection: Collection, groups: Sequence[str], name: str) -> Split:
    """Holds out every clip of some groups.

    Raises:
        InputError: nothing is left on one side.
    """
    held_out = [clip.group in groups for clip in collection.clips]
    return Split(
        train=tuple(place for place, out in enumerate(held_out) if not out),
        test=tuple(place for place, out in enumerate(held_out) if out),
        name=name,
    )


def counted(names: Sequence[str], what: str, remedy: str) -> str:
    """Formats one sentence about many files: their number, the first five names, and the remedy."""
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{len(names)} {what}: {shown}; {remedy}"


def leave_out(names: Sequence[str], what: str, remedy: str, skip: Callable[[str], None] | None) -> None:
    """Reports files that cannot be used, if there are any.

    Args:
        names: names of the files.
        what: what is wrong with them, after their number.
        remedy: what to do about it.
        skip: called with a warning, where such files may be left out; None where they may not.

    Raises:
        InputError: there are such files, and they may not be left out.
    """
    if not names:
        return
    if skip is None:
        raise InputError(counted(names, what, remedy))
    skip(counted(names, what, "they are left out"))


def rows_of(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Reads the rows of a CSV file that has at least these columns.

    Raises:
        InputError: the file cannot be read, is not CSV, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
            found = reader.fieldnames or []
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check the folder of the data") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid CSV ({error}); download it again") from error
    missing = [name for name in columns if name not in found]
    if missing:
        raise InputError(f"{path} lacks the column(s) {', '.join(missing)}; download it again")
    if any(row[name] is None for row in rows for name in columns):
        raise InputError(f"{path} has a row with too few values; download it again")
    return rows


def integer(path: Path, row: dict[str, str], column: str) -> int:
    """Returns the non-negative integer in a column of a row.

    Raises:
        InputError: the value is not one.
    """
    if not row[column].isascii() or not row[column].isdigit():
        raise InputError(f"{path} has {row[column]!r:.50} in column '{column}', not a number; download it again")
    return int(row[column])
