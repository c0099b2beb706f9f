"""Running a batch: completed items are kept, an engine computes the others, and every outcome is written at once."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, TextIO, runtime_checkable

from gramophone.batch.completed import CompletedItems
from gramophone.batch.item import Compute, Item, ItemOutcome
from gramophone.batch.results import NAME, PARQUET_NAME, Results
from gramophone.batch.storage import is_url, join, upload
from gramophone.errors import UsageError
from gramophone.files import remove_abandoned

LOCK_NAME = ".batch"


@runtime_checkable
class Engine(Protocol):
    """Computes items, somewhere."""

    @property
    def label(self) -> str:
        """What the progress line says."""
        ...

    def run(
        self, items: Iterator[Item], compute: Compute, stop_requested: Callable[[], bool]
    ) -> Iterator[ItemOutcome]:
        """Yields an outcome for every item that it takes; takes no more once a stop is requested."""
        ...


@dataclass
class BatchProgress:
    """Counts of a running batch.

    Attributes:
        of: number of items in the plan.
        made: number of items computed by this run.
        kept: number of items that were complete before.
        failed: number of items that failed in this run.
        sound_s: total length of the computed results, in seconds.
        began_s: start of the run, on the performance counter.
        first_failures: outcomes of the first failures.
    """

    of: int
    made: int = 0
    kept: int = 0
    failed: int = 0
    sound_s: float = 0.0
    began_s: float = field(default_factory=time.perf_counter)
    first_failures: list[ItemOutcome] = field(default_factory=list)
    MOST_SHOWN: ClassVar[int] = 10

    @property
    def done(self) -> int:
        """Number of items with an outcome."""
        return self.made + self.kept + self.failed

    @property
    def elapsed_s(self) -> float:
        """Time since the start of the run, in seconds."""
        return time.perf_counter() - self.began_s

    @property
    def rate(self) -> float:
        """Computed items per second."""
        return (self.made + self.failed) / max(self.elapsed_s, 1e-9)

    @property
    def remaining_s(self) -> float | None:
        """Estimated time to the end in seconds; None before the first computed item."""
        return (self.of - self.done) / self.rate if self.made + self.failed else None

    def count(self, outcome: ItemOutcome) -> None:
        """Counts an outcome."""
        setattr(self, outcome.status, getattr(self, outcome.status) + 1)
        if outcome.status == "made":
            self.sound_s += outcome.figures.get("duration_s", 0.0)
        if outcome.status == "failed" and len(self.first_failures) < self.MOST_SHOWN:
            self.first_failures.append(outcome)


@dataclass(frozen=True)
class Batch:
    """Items, and how and where they are computed.

    Attributes:
        items: items of the plan.
        folder: path or URL of the results.
        engine: engine that computes them.
        compute: computes groups of items.
        resumes: whether completed items are kept.
    """

    items: Sequence[Item]
    folder: str
    engine: Engine
    compute: Compute
    resumes: bool = True


@dataclass(frozen=True)
class BatchResult:
    """What a batch left.

    Attributes:
        progress: final counts.
        results: path or URL of the results.
        parquet: path or URL of the results as Parquet; None without pyarrow.
    """

    progress: BatchProgress
    results: str
    parquet: str | None


def run(
    batch: Batch, stop_requested: Callable[[], bool], on_progress: Callable[[BatchProgress], object]
) -> BatchResult:
    """Runs a batch to its end, or until a stop is requested: items that were started are completed then.

    Args:
        batch: the batch.
        stop_requested: polled several times a second.
        on_progress: called after every item.

    Raises:
        UsageError: another batch runs in the folder, or it cannot be written.
    """
    with _results_folder(batch.folder) as folder, Results(folder, batch.items) as results:
        progress = BatchProgress(len(batch.items))

        def record(outcome: ItemOutcome) -> None:
            results.add(outcome)
            progress.count(outcome)
            on_progress(progress)

        for outcome in batch.engine.run(_incomplete(batch, stop_requested, record), batch.compute, stop_requested):
            record(outcome)
        if not is_url(batch.folder):
            # Workers of a killed batch may have kept writing for a moment after this one started.
            remove_abandoned(Path(item.output) for item in batch.items)
        parquet = results.finish()
        if is_url(batch.folder):
            for path in (results.path, *([parquet] if parquet else [])):
                upload(path, join(batch.folder, path.name))
    return BatchResult(progress, join(batch.folder, NAME), join(batch.folder, PARQUET_NAME) if parquet else None)


def _incomplete(
    batch: Batch, stop_requested: Callable[[], bool], record: Callable[[ItemOutcome], object]
) -> Iterator[Item]:
    """Yields items that are not complete, alike ones in a row, long ones first so that none is left to run alone."""
    completed = CompletedItems()
    for item in sorted(batch.items, key=lambda item: (-item.expected_s, item.group_key)):
        if stop_requested():
            return
        outcome = completed.outcome(item) if batch.resumes else None
        if outcome is None:
            yield item
        else:
            record(outcome)


def is_batch_folder(folder: str) -> bool:
    """Whether a batch has written to the folder, so that another may replace its files."""
    return is_url(folder) or (Path(folder) / LOCK_NAME).exists()


@contextmanager
def _results_folder(folder: str) -> Iterator[Path]:
    """Local folder of the results while the batch runs, locked if it is their final one."""
    if is_url(folder):
        with tempfile.TemporaryDirectory() as local:
            yield Path(local)
        return
    with _open_lock(Path(folder)) as file:
        _lock(file.fileno(), folder)
        yield Path(folder)


def _open_lock(folder: Path) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / LOCK_NAME).open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}; choose another folder") from error


def _lock(handle: int, folder: str) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"another batch is running in {folder}; wait for it, or choose another folder") from None
    except OSError:
        return  # a file system without locks
