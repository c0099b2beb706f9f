"""Plans as rows with line numbers, from CSV, TOML, JSON lines and Parquet."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gramophone.errors import InputError, LimitError, UsageError

MAX_BYTES = 2_000_000_000
BATCH_ROWS = 10_000
PARQUET_MISSING = "Parquet needs pyarrow: pip install 'gramophone[parquet]'"
TABLE = "item"
SEPARATOR = ";"


@dataclass(frozen=True)
class Row:
    """A row of a plan, not checked yet.

    Attributes:
        line: line in the file, from 1; in Parquet and among pairs, the number of the row.
        values: values by column: texts, numbers, truth values, or lists of those.
    """

    line: int
    values: dict[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Reads a plan, row by row; empty cells are left out.

    Raises:
        InputError: there is no such file, it cannot be read, or it is not in the format that its suffix names; with
            the line.
        LimitError: it is larger than 2 GB.
        UsageError: the suffix is unknown, or pyarrow is missing for Parquet.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UsageError(f"{path} has no suffix of a plan; name a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise InputError(f"{path} is not a file; name a {', '.join(READERS)} file")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LimitError(f"{path} has {size:,} bytes; the limit is {MAX_BYTES:,}: split the plan into parts")
        yield from reader(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text; save it in that encoding") from error


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            names = [name.strip() for name in next(reader, [])]
            _check_names(path, names)
            end = reader.line_num
            for cells in reader:
                line, end = end + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) > len(names):
                    raise InputError(
                        f"{path}, line {line}: {len(cells)} cells for {len(names)} columns; quote cells with commas"
                    )
                yield Row(
                    line, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()}
                )
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}; repair the quotes") from error


def _check_names(path: Path, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice or "" in names:
        wrong = f"there are two columns '{twice[0]}'" if twice else "a column has no name"
        raise InputError(f"{path}, line 1: {wrong}; give each column its own name")


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                values = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}, line {line}: not JSON ({error}); write one object per line") from error
            if not isinstance(values, dict):
                raise InputError(f"{path}, line {line}: not a JSON object; write one object per line")
            yield Row(line, _without_empty(values))


def _toml(path: Path) -> Iterator[Row]:
    """Reads `[[item]]` tables; values before the first table are defaults of all tables."""
    text = path.read_text(encoding="utf-8")
    try:
        plan = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {error}; correct it") from error
    tables = plan.pop(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{path}: item must be an array of tables; write [[{TABLE}]] before each")
    heads = [
        number for number, line in enumerate(io.StringIO(text), 1) if re.match(rf"\s*\[\[\s*{TABLE}\s*\]\]", line)
    ]
    lines = heads if len(heads) == len(tables) else range(1, len(tables) + 1)
    for line, table in zip(lines, tables, strict=True):
        yield Row(line, _without_empty({**plan, **table}))


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise UsageError(PARQUET_MISSING) from error
    try:
        with parquet.ParquetFile(path) as file:
            line = 0
            for batch in file.iter_batches(BATCH_ROWS):
                for values in batch.to_pylist():
                    line += 1
                    yield Row(line, _without_empty(values))
    except pyarrow.ArrowException as error:
        raise InputError(f"{path} is not a readable Parquet file ({error}); write it again") from error


READERS = {".csv": _csv, ".toml": _toml, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet}


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in values.items() if value is not None and value not in ("", [])}
