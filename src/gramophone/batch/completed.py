"""Which items are complete already: told by run records and checksums, never by a name alone."""

import tempfile
from pathlib import Path
from typing import Any

from gramophone.batch.item import Item, ItemOutcome
from gramophone.batch.storage import digest, exists, is_url, local_copy, record_of
from gramophone.errors import GramophoneError
from gramophone.runs.run_record import is_complete, read_record


class CompletedItems:
    """Finds completed items; remembers the checksums of inputs, as a style is often used again."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def outcome(self, item: Item) -> ItemOutcome | None:
        """The outcome of an item if it is complete: same inputs and settings, and the recorded output."""
        try:
            if not exists(record_of(item.output)) or not exists(item.output):
                return None
            record = _read(record_of(item.output))
            # The words before the settings are file names, and files are compared by their checksums.
            flags = tuple(record["command"][len(item.command) - len(item.flags) :])
            if (record["task"], flags) != (item.task, item.flags):
                return None
            if not is_complete(record, [self._digest(one) for one in item.inputs], digest(item.output)):
                return None
        except GramophoneError:
            return None
        return ItemOutcome.of(item, "kept", figures=figures_of(record))

    def _digest(self, location: str) -> str:
        if location not in self._digests:
            self._digests[location] = digest(location)
        return self._digests[location]


def figures_of(record: dict[str, Any]) -> dict[str, float]:
    """The numbers of a run record that a table of results has."""
    output, losses = record["output"], record["losses"]
    last = losses[-1] if losses else {"total": None, "terms": {}}
    figures = {
        "duration_s": output["duration_s"],
        "compute_s": sum(record["stages_s"].values()),
        "rate_hz": output["rate_hz"],
        "gain_db": output["gain_db"],
        "peak": output["peak"],
        "steps": len(losses),
        "loss": last["total"],
        **{f"loss {name}": value for name, value in last["terms"].items()},
        **{str(name): value for name, value in record.get("measures", {}).items()},
    }
    return {name: value for name, value in figures.items() if value is not None}


def _read(location: str) -> dict[str, Any]:
    if not is_url(location):
        return read_record(Path(location))
    with tempfile.TemporaryDirectory() as folder:
        return read_record(local_copy(location, Path(folder), "record"))
