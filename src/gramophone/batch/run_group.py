"""Running a group of items in the present process: inputs are staged, results uploaded, and no exception escapes."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from gramophone.batch.completed import figures_of
from gramophone.batch.item import Completion, Compute, Item, ItemOutcome, StagedItem
from gramophone.batch.storage import is_url, local_copy, record_of, upload
from gramophone.errors import describe_error
from gramophone.runs.run_record import read_record, write_record


def run_group(items: Sequence[Item], compute: Compute) -> Iterator[ItemOutcome]:
    """Computes the items of a group; an exception becomes the error of its item."""
    start_s = time.perf_counter()
    with ExitStack() as stack:
        staged: list[StagedItem] = []
        for item in items:
            try:
                staged.append(stack.enter_context(_stage(item)))
            except Exception as error:  # noqa: BLE001 - one failing item never stops the others
                yield _timed(_failed(item, error), start_s)
        try:
            completions = compute(staged)
        except Exception as error:  # noqa: BLE001
            yield from (_timed(_failed(one.item, error), start_s) for one in staged)
            return
        shared_s = (time.perf_counter() - start_s) / max(1, len(staged))
        for one, completion in zip(staged, completions, strict=True):
            start_s = time.perf_counter() - shared_s
            yield _timed(_completed(one, completion), start_s)


def _completed(staged: StagedItem, completion: Completion) -> ItemOutcome:
    try:
        result = completion()
        _upload(staged)
        outcome = ItemOutcome.of(staged.item, "made", notes=result.notes, figures=result.figures)
        outcome.as_json()  # a figure that is not finite fails its item and nothing else
    except Exception as error:  # noqa: BLE001
        return _failed(staged.item, error)
    return outcome


def _failed(item: Item, error: Exception) -> ItemOutcome:
    sentence, exit_code = describe_error(error)
    return ItemOutcome.of(item, "failed", error=sentence, exit_code=exit_code)


def _timed(outcome: ItemOutcome, start_s: float) -> ItemOutcome:
    return replace(outcome, seconds=round(time.perf_counter() - start_s, 6))


@contextmanager
def _stage(item: Item) -> Iterator[StagedItem]:
    """Copies inputs at URLs to a temporary folder for the `with` block."""
    if not any(is_url(one) for one in (*item.inputs, item.output)):
        Path(item.output).parent.mkdir(parents=True, exist_ok=True)
        yield StagedItem(item, tuple(map(Path, item.inputs)), Path(item.output))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        inputs = tuple(local_copy(one, Path(folder), f"input-{index}") for index, one in enumerate(item.inputs))
        output = Path(folder) / Path(item.output).name if is_url(item.output) else Path(item.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        yield StagedItem(item, inputs, output)


def _upload(staged: StagedItem) -> None:
    """Copies the result to the URL of its item; its record names URLs in place of the temporary files."""
    item, record = staged.item, Path(record_of(str(staged.output)))
    if not any(is_url(one) for one in (*item.inputs, item.output)):
        return
    _name_locations(item, record)
    if is_url(item.output):
        # The record comes last: if it exists, the output is complete.
        upload(staged.output, item.output)
        upload(record, record_of(item.output))


def _name_locations(item: Item, path: Path) -> None:
    if not path.exists():
        return
    record = read_record(path)
    for source, location in zip(record["inputs"], item.inputs, strict=True):
        source["path"] = location
    record["output"]["path"] = item.output
    write_record(path, record, overwrite=True)


def add_measures(record_path: Path, measures: dict[str, float]) -> dict[str, float]:
    """Writes measures of a result into its run record; returns all figures of the record.

    Raises:
        GramophoneError: the record cannot be read or written.
    """
    record = read_record(record_path)
    if measures:
        record["measures"] = measures
        write_record(record_path, record, overwrite=True)
    return figures_of(record)
