"""The results of a batch: a line as soon as an item ends, and finally all lines in the order of the plan."""

import contextlib
import json
import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, get_type_hints

from gramophone.batch.item import Item, ItemOutcome
from gramophone.files import atomic_write

NAME, PARQUET_NAME = "results.jsonl", "results.parquet"
BATCH_ROWS = 10_000
_NO_LINE = -1


class Results:
    """Writes outcomes to `results.jsonl`; holds the offsets of lines and not the lines, so that memory stays small.

    Args:
        folder: folder of the files.
        items: items of the plan.
    """

    def __init__(self, folder: Path, items: Sequence[Item]) -> None:
        self.path = folder / NAME
        self._items = items
        self._starts = array("q", [_NO_LINE]) * len(items)
        self._figures: set[str] = set()
        self._file: BinaryIO = self.path.open("a+b")
        self._earlier = dict(self._earlier_lines())

    def __enter__(self) -> "Results":
        """Nothing to do; the file is open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file; the lines so far stay."""
        self._file.close()

    def add(self, outcome: ItemOutcome) -> None:
        """Writes a line; a kept item has the computing time of an earlier run."""
        if outcome.status == "kept" and outcome.output in self._earlier:
            outcome = replace(outcome, seconds=self._at(self._earlier[outcome.output]).seconds)
        self._figures.update(outcome.figures)
        self._starts[outcome.place] = self._file.seek(0, os.SEEK_END)
        self._file.write(f"{outcome.as_json()}\n".encode())
        self._file.flush()

    def outcomes(self) -> Iterator[ItemOutcome]:
        """Outcomes of this run, in the order of the plan."""
        for start in self._starts:
            if start != _NO_LINE:
                yield self._at(start)

    def finish(self) -> Path | None:
        """Sorts the lines, and writes them as Parquet as well if pyarrow is installed; returns its path.

        Items without an outcome in this run keep the one of an earlier run.
        """
        starts = [
            self._earlier.get(item.output, _NO_LINE) if start == _NO_LINE else start
            for item, start in zip(self._items, self._starts, strict=True)
        ]
        with atomic_write(self.path, overwrite=True) as path, path.open("wb") as file:
            for item, start in zip(self._items, starts, strict=True):
                if start != _NO_LINE:
                    outcome = replace(self._at(start), place=item.place, line=item.line)
                    self._figures.update(outcome.figures)
                    file.write(f"{outcome.as_json()}\n".encode())
        return _write_parquet(self.path, sorted(self._figures))

    def _at(self, start: int) -> ItemOutcome:
        self._file.seek(start)
        return ItemOutcome.from_json(self._file.readline().decode("utf-8"))

    def _earlier_lines(self) -> Iterator[tuple[str, int]]:
        """Offset of the last line about each output; a line that was cut off by a crash is ignored."""
        self._file.seek(0)
        start = 0
        for line in self._file:
            with contextlib.suppress(ValueError):
                yield ItemOutcome.from_json(line.decode("utf-8")).output, start
            start += len(line)
        if start and not line.endswith(b"\n"):
            self._file.write(b"\n")


def _write_parquet(source: Path, figures: Sequence[str]) -> Path | None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        return None
    kinds = {int: pyarrow.int64(), float: pyarrow.float64()}
    hints = get_type_hints(ItemOutcome)
    plain = [name for name in hints if name not in ("notes", "figures")]
    schema = pyarrow.schema(
        [
            *((name, kinds.get(hints[name], pyarrow.string())) for name in plain),
            ("notes", pyarrow.list_(pyarrow.string())),
            *((name, pyarrow.float64()) for name in figures),
        ]
    )
    path = source.with_name(PARQUET_NAME)
    with (
        atomic_write(path, overwrite=True) as temporary,
        parquet.ParquetWriter(temporary, schema) as writer,
        source.open(encoding="utf-8") as file,
    ):
        rows: list[dict[str, Any]] = []
        for line in file:
            rows.append(_flat(ItemOutcome.from_json(line), figures))
            if len(rows) == BATCH_ROWS:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pyarrow.Table.from_pylist(rows, schema))
    return path


def _flat(outcome: ItemOutcome, figures: Sequence[str]) -> dict[str, Any]:
    values = asdict(outcome)
    numbers = values.pop("figures")
    return {**values, **{name: numbers.get(name) for name in figures}}


def read_results(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of results as plain values."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
