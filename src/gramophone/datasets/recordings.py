"""Recordings of textures with what is known of each: a folder of sounds, and a table of conditions beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from gramophone.audio import load
from gramophone.datasets.clips import leave_out, rows_of
from gramophone.datasets.loaders import SUFFIXES
from gramophone.errors import GramophoneError, InputError, UsageError

TABLE = "table.csv"
FILE = "file"


@dataclass(frozen=True, eq=False)
class Recording:
    """A sound, mixed to one channel, and its cells of the table.

    Attributes:
        name: name of its file.
        samples: samples at the rate that was asked for.
        cells: text of each column.
    """

    name: str
    samples: Float32[np.ndarray, " sample"]
    cells: dict[str, str]


def read_recordings(
    folder: Path, rate_hz: int, columns: Sequence[str] = (), *, skip: Callable[[str], None] | None = None
) -> tuple[Recording, ...]:
    """Reads the recordings of a folder; with columns, those that its `table.csv` lists in its column `file`.

    Args:
        folder: folder of recordings.
        rate_hz: sampling rate that they are brought to.
        columns: columns of the table whose cells are read.
        skip: called with a warning about recordings that are missing or cannot be read, which are then left out; an
            error by default.

    Raises:
        InputError: the folder or its table is missing or damaged, or recordings are.
        UsageError: a column is named twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give one that holds recordings")
    if len(set(columns)) != len(columns):
        raise UsageError(f"the conditions {', '.join(columns)} name a column twice; name each once")
    rows = _rows(folder, columns)
    if not rows:
        raise InputError(f"{folder} has no recordings ({', '.join(SUFFIXES)}); put some into it")
    missing = [row[FILE] for row in rows if not (folder / row[FILE]).is_file()]
    remedy = f"put them into {folder}, take their rows out of {TABLE}, or leave them out with --skip-damaged"
    leave_out(missing, f"of {len(rows)} recordings that {TABLE} lists are missing", remedy, skip)
    found, damaged = [], []
    for row in (row for row in rows if row[FILE] not in set(missing)):
        try:
            sound = load(folder / row[FILE]).mono().resampled(rate_hz)
        except GramophoneError:
            damaged.append(row[FILE])
            continue
        found.append(Recording(row[FILE], sound.samples[0], {name: row[name] for name in columns}))
    leave_out(damaged, f"of {len(rows)} recordings cannot be read", "replace them, or add --skip-damaged", skip)
    return tuple(found)


def _rows(folder: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    if not columns:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        return [{FILE: str(path.relative_to(folder))} for path in paths]
    table = folder / TABLE
    if not table.is_file():
        raise InputError(
            f"{folder} has no {TABLE}, which a condition needs; write one with the columns {FILE}, "
            f"{', '.join(columns)}"
        )
    rows = rows_of(table, (FILE, *columns))
    empty = [
        f"row {place} ({name})" for place, row in enumerate(rows, 2) for name in columns if not row[name].strip()
    ]
    leave_out(empty, f"of {len(rows) * len(columns)} cells of {table} are empty", "fill them in", None)
    return rows
