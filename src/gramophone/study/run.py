"""Running the cells of a study one by one; complete cells are kept."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gramophone.errors import GramophoneError, UsageError
from gramophone.files import sha256_of
from gramophone.request import TransferRequest
from gramophone.runs.execute import execute
from gramophone.runs.inputs import Input, check_lengths
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.runs.run_record import is_complete, read_record
from gramophone.study.grid import Cell
from gramophone.synthesis.prepare import common_form


@dataclass(frozen=True)
class Study:
    """Cells of a study and their recordings.

    Attributes:
        planned: cells and their requests.
        inputs: content and style.
        folder: folder of the results.
    """

    planned: Sequence[tuple[Cell, TransferRequest]]
    inputs: Sequence[Input]
    folder: Path

    def check(self, *, overwrite: bool) -> None:
        """Checks everything before the first cell is computed.

        Raises:
            InputError: a recording is too short for a cell; names the file, the cell and the length needed.
            UsageError: other results have the name of a cell, or the choices of a cell exclude each other.
        """
        for cell, request in self.planned:
            check_lengths(self.inputs, request.settings(), cell.name)
        for cell, request in self.planned:
            record = cell.path(self.folder).with_suffix(".json")
            if not overwrite and record.exists() and not self.is_complete(cell, request):
                raise UsageError(
                    f"{record} belongs to another study or is incomplete; choose another folder, or add "
                    "--overwrite to make it again"
                )

    def is_complete(self, cell: Cell, request: TransferRequest) -> bool:
        """Whether the folder has the complete result of a cell and its record."""
        path = cell.path(self.folder)
        try:
            record = read_record(path.with_suffix(".json"))
            checksum = sha256_of(path)
        except GramophoneError:
            return False
        settings = request.settings()
        rate_hz, _ = common_form([one.sound for one in self.inputs], settings)
        wanted = json.loads(json.dumps(asdict(settings.at_rate(rate_hz))))
        return (
            is_complete(record, [one.source.sha256 for one in self.inputs], checksum)
            and (record["settings"], record["seed"]) == (wanted, request.seed)
            and record["parameters"].get("strength") == request.strength
        )

    def run(self, observer: Observer, announce: Callable[[str], object]) -> Iterator[tuple[Cell, bool]]:
        """Computes the missing cells; yields each cell once it is complete, and whether it was computed now.

        Args:
            observer: observer of each run.
            announce: called with a description before each computed cell.

        Raises:
            InputError: a recording is silent.
            ModelError: a cell's computation failed.
        """
        for number, (cell, request) in enumerate(self.planned, 1):
            if self.is_complete(cell, request):
                yield cell, False
                continue
            announce(f"cell {number} of {len(self.planned)}: {cell.name}")
            path = cell.path(self.folder)
            run = Run(request, path, request.command(path.name), overwrite=True, recorded_name=path.name)
            outcome = execute(run, observer, self.inputs)
            if outcome.failure is not None:
                raise outcome.failure
            yield cell, True
