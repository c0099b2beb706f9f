"""One item, in whatever process: fetched, made, published, and never an exception."""

import importlib
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from gramophone.batch.complete import figures_of
from gramophone.batch.item import Item, Made, Make, Outcome
from gramophone.batch.storage import fetched, is_url, published, record_of
from gramophone.errors import GramophoneError
from gramophone.record import read_record, write_record

MEMORY = "there is not enough memory for this; ask for a shorter sound, or give shorter recordings"


def found(name: str) -> Make:
    """The function that `item.name_of` named."""
    module, _, function = name.partition(":")
    made: Make = getattr(importlib.import_module(module), function)
    return made


def do(item: Item, make: Make) -> Outcome:
    """Makes an item; whatever goes wrong becomes its error."""
    began_s = time.perf_counter()
    try:
        made = _made(item, make)
        outcome = Outcome.of(item, "made", notes=made.notes, figures=made.figures)
        outcome.as_json()  # a figure that is not finite fails its item and nothing else
    except GramophoneError as error:
        outcome = Outcome.of(item, "failed", error=str(error), exit_code=error.exit_code)
    except MemoryError:
        outcome = Outcome.of(item, "failed", error=MEMORY, exit_code=4)
    except Exception as error:  # noqa: BLE001 - one failing item never stops the others
        is_memory = "allocate memory" in str(error) or type(error).__name__ == "OutOfMemoryError"
        said = MEMORY if is_memory else f"an unexpected {type(error).__name__} ({str(error)[:300]}); please report it"
        outcome = Outcome.of(item, "failed", error=said, exit_code=4 if is_memory else 1)
    return replace(outcome, seconds=round(time.perf_counter() - began_s, 6))


def _made(item: Item, make: Make) -> Made:
    if not any(is_url(one) for one in (*item.inputs, item.output)):
        Path(item.output).parent.mkdir(parents=True, exist_ok=True)
        return make(item, tuple(map(Path, item.inputs)), Path(item.output))
    with tempfile.TemporaryDirectory() as folder:
        inputs = tuple(fetched(one, Path(folder), f"input-{place}") for place, one in enumerate(item.inputs))
        here = Path(folder) / Path(item.output).name if is_url(item.output) else Path(item.output)
        here.parent.mkdir(parents=True, exist_ok=True)
        made = make(item, inputs, here)
        _name_places(item, Path(record_of(str(here))))
        if is_url(item.output):
            # The record comes last: where it stands, the output is whole.
            published(here, item.output)
            published(Path(record_of(str(here))), record_of(item.output))
    return made


def _name_places(item: Item, path: Path) -> None:
    """The record names the URLs and not the copies that were read and written."""
    if not path.exists():
        return
    record = read_record(path)
    for source, place in zip(record["inputs"], item.inputs, strict=True):
        source["path"] = place
    record["output"]["path"] = item.output
    write_record(path, record, overwrite=True)


def measured(record_path: Path, measures: dict[str, float]) -> dict[str, float]:
    """Writes measures of a result into its record; gives all figures.

    Raises:
        GramophoneError: the record cannot be read or written.
    """
    record = read_record(record_path)
    if measures:
        record["measures"] = measures
        write_record(record_path, record, overwrite=True)
    return figures_of(record)
