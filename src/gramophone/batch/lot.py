"""A lot of items, in whatever process: fetched, made, published, and never an exception."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from gramophone.batch.complete import figures_of
from gramophone.batch.item import Finish, Item, Make, Outcome, Work
from gramophone.batch.storage import fetched, is_url, published, record_of
from gramophone.errors import describe_error
from gramophone.runs.run_record import read_record, write_record


def do(items: Sequence[Item], make: Make) -> Iterator[Outcome]:
    """Makes the items of a lot; whatever goes wrong with one becomes its error."""
    began_s = time.perf_counter()
    with ExitStack() as stack:
        works: list[Work] = []
        for item in items:
            try:
                works.append(stack.enter_context(_at_hand(item)))
            except Exception as error:  # noqa: BLE001 - one failing item never stops the others
                yield _timed(_failed(item, error), began_s)
        try:
            finishes = make(works)
        except Exception as error:  # noqa: BLE001
            yield from (_timed(_failed(work.item, error), began_s) for work in works)
            return
        shared_s = (time.perf_counter() - began_s) / max(1, len(works))
        for work, finish in zip(works, finishes, strict=True):
            began_s = time.perf_counter() - shared_s
            yield _timed(_finished(work, finish), began_s)


def _finished(work: Work, finish: Finish) -> Outcome:
    try:
        made = finish()
        _publish(work)
        outcome = Outcome.of(work.item, "made", notes=made.notes, figures=made.figures)
        outcome.as_json()  # a figure that is not finite fails its item and nothing else
    except Exception as error:  # noqa: BLE001
        return _failed(work.item, error)
    return outcome


def _failed(item: Item, error: Exception) -> Outcome:
    sentence, exit_code = describe_error(error)
    return Outcome.of(item, "failed", error=sentence, exit_code=exit_code)


def _timed(outcome: Outcome, began_s: float) -> Outcome:
    return replace(outcome, seconds=round(time.perf_counter() - began_s, 6))


@contextmanager
def _at_hand(item: Item) -> Iterator[Work]:
    """Fetches what lies elsewhere, for as long as the work takes."""
    if not any(is_url(one) for one in (*item.inputs, item.output)):
        Path(item.output).parent.mkdir(parents=True, exist_ok=True)
        yield Work(item, tuple(map(Path, item.inputs)), Path(item.output))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        inputs = tuple(fetched(one, Path(folder), f"input-{place}") for place, one in enumerate(item.inputs))
        here = Path(folder) / Path(item.output).name if is_url(item.output) else Path(item.output)
        here.parent.mkdir(parents=True, exist_ok=True)
        yield Work(item, inputs, here)


def _publish(work: Work) -> None:
    """Sends what was made to where it belongs."""
    item, here = work.item, work.output
    if not any(is_url(one) for one in (*item.inputs, item.output)):
        return
    _name_places(item, Path(record_of(str(here))))
    if is_url(item.output):
        # The record comes last: where it stands, the output is whole.
        published(here, item.output)
        published(Path(record_of(str(here))), record_of(item.output))


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
