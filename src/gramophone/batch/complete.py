"""What is complete already: told by its run record and by hashes, never by a name alone."""

import tempfile
from pathlib import Path
from typing import Any

from gramophone.batch.item import Item, Outcome
from gramophone.batch.storage import digest, exists, fetched, is_url, record_of
from gramophone.errors import GramophoneError
from gramophone.runs.run_record import read_record


class Complete:
    """Remembers the hashes of inputs, as a style is often used again."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def __call__(self, item: Item) -> Outcome | None:
        """The outcome of an item that is complete: same inputs, same settings, and the bytes that were written."""
        try:
            if not exists(record_of(item.output)) or not exists(item.output):
                return None
            record = _read(record_of(item.output))
            same = (
                record["stopped"] == "finished"
                and record["task"] == item.task
                # What stands before the settings are names, and files are known by their hashes.
                and tuple(record["command"][len(item.command) - len(item.flags) :]) == item.flags
                and [source["sha256"] for source in record["inputs"]] == [self._digest(one) for one in item.inputs]
                and record["output"]["sha256"] == digest(item.output)
            )
        except (GramophoneError, KeyError, TypeError):
            return None
        return Outcome.of(item, "kept", figures=figures_of(record)) if same else None

    def _digest(self, place: str) -> str:
        if place not in self._digests:
            self._digests[place] = digest(place)
        return self._digests[place]


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


def _read(place: str) -> dict[str, Any]:
    if not is_url(place):
        return read_record(Path(place))
    with tempfile.TemporaryDirectory() as folder:
        return read_record(fetched(place, Path(folder), "record"))
