"""Results that are kept: figures and sounds in a folder, and the figures alone in a record of this repository.

A run that was stopped goes on where it was, and the page can be written wherever the repository is.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.study.cells import Cell
from bench.study.references import Reference
from gramophone.audio import Sound, load, save
from gramophone.errors import GramophoneError
from gramophone.files import atomic_write

RECORD = Path(__file__).with_name("results.json")
DIGITS = 5


Result = Cell | Reference


class Kept:
    """Figures of cells by their keys.

    Args:
        folder: of figures and sounds, one file each.
        record: figures of earlier runs, for cells that the folder lacks.
    """

    def __init__(self, folder: Path, record: Path = RECORD) -> None:
        self._folder, self._record = folder, record
        self._recorded: dict[str, Any] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}

    def figures(self, cell: Result) -> dict[str, float] | None:
        """Of a cell that is done; None for one that is not, and an empty table for one that failed."""
        found = self._found(cell)
        return None if found is None else {name: float(value) for name, value in found["figures"].items()}

    def sound(self, cell: Result) -> Sound | None:
        """Of a cell whose file is in the folder."""
        path = self._path(cell).with_suffix(".flac")
        return load(path) if path.exists() else None

    def make(self, cell: Result) -> dict[str, float]:
        """Makes a cell and keeps it with its figures; a failure is kept with its words."""
        try:
            result, seconds = cell.make()
            save(result, self._path(cell).with_suffix(".flac"), overwrite=True)
            figures = {**cell.judge(result), "seconds": seconds}
        except GramophoneError as error:
            self._write(cell, {}, str(error))
            return {}
        self._write(cell, figures, "")
        return figures

    def judge(self, cell: Result) -> None:
        """Judges a sound of the folder anew."""
        found, result = self._found(cell), self.sound(cell)
        if found is not None and result is not None:
            self._write(cell, {**cell.judge(result), "seconds": found["figures"]["seconds"]}, "")

    def record(self, cells: Sequence[Result]) -> int:
        """Writes the figures of all cells that are done to the record; others in it are left out."""
        found = {cell.key: one for cell in cells if (one := self._found(cell)) is not None}
        lines = [f"{json.dumps(key)}: {json.dumps(_rounded(one))}" for key, one in sorted(found.items())]
        with atomic_write(self._record, overwrite=True) as temporary:
            temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        return len(found)

    def _found(self, cell: Result) -> dict[str, Any] | None:
        path = self._path(cell)
        found: dict[str, Any] | None = self._recorded.get(cell.key)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else found

    def _path(self, cell: Result) -> Path:
        return self._folder / f"{cell.key}.json"

    def _write(self, cell: Result, figures: dict[str, float], failure: str) -> None:
        told = {"system": cell.system, "content": cell.content, "style": cell.style, "seed": cell.seed}
        kept = {**told, "missing": cell.missing, "failure": failure, "figures": figures}
        with atomic_write(self._path(cell), overwrite=True) as temporary:
            temporary.write_text(json.dumps(kept, indent=1, allow_nan=False), encoding="utf-8")


def _rounded(kept: dict[str, Any]) -> dict[str, Any]:
    figures = {name: float(f"{value:.{DIGITS}g}") for name, value in kept["figures"].items()}
    return {**kept, "figures": figures}
