"""Entries to a file."""

import os
from collections.abc import Sequence
from pathlib import Path

from gramophone.errors import UsageError
from gramophone.files import atomic_write
from gramophone.report.entry import Entry
from gramophone.report.page import page


def write_report(path: str | os.PathLike[str], entries: Sequence[Entry], *, overwrite: bool = False) -> Path:
    """Writes one HTML file about runs; it needs no other file and no network.

    Args:
        path: the file to write.
        entries: the runs, see `entry_of` and `entry_from`.
        overwrite: whether a file already there may be replaced.

    Returns:
        The path.

    Raises:
        UsageError: there is no entry, or the file cannot or must not be written.
    """
    path = Path(path)
    if not entries:
        raise UsageError(f"{path} was not written: a report needs at least one run; give some")
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_text(page(entries), encoding="utf-8")
    return path
