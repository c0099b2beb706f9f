"""Reading the tables that describe collections."""

import csv
from collections.abc import Sequence
from pathlib import Path

from gramophone.errors import InputError


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
