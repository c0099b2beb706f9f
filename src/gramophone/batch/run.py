"""A batch from its plan to its results: what is complete is kept, the rest is shared out."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, TextIO, runtime_checkable

from gramophone.batch.complete import Complete
from gramophone.batch.item import Item, Make, Outcome
from gramophone.batch.results import NAME, PARQUET_NAME, Results
from gramophone.batch.storage import is_url, joined, published
from gramophone.errors import UsageError
from gramophone.files import remove_abandoned

MARK = ".batch"


@runtime_checkable
class Engine(Protocol):
    """Whatever makes items."""

    @property
    def label(self) -> str:
        """What the progress line says."""
        ...

    def run(self, items: Iterator[Item], make: Make, is_stopping: Callable[[], bool]) -> Iterator[Outcome]:
        """Yields an outcome for every item that it takes; stops taking them when asked."""
        ...


@dataclass
class BatchProgress:
    """How far a batch is.

    Attributes:
        of: items of the plan.
        made: now.
        kept: were complete already.
        failed: now.
        sound_s: length of what was made.
        began_s: when, on the monotonic clock.
        first_failures: some outcomes to show.
    """

    of: int
    made: int = 0
    kept: int = 0
    failed: int = 0
    sound_s: float = 0.0
    began_s: float = field(default_factory=time.perf_counter)
    first_failures: list[Outcome] = field(default_factory=list)
    MOST_SHOWN: ClassVar[int] = 10

    @property
    def done(self) -> int:
        """Items that are settled."""
        return self.made + self.kept + self.failed

    @property
    def elapsed_s(self) -> float:
        """Since the batch began."""
        return time.perf_counter() - self.began_s

    @property
    def rate(self) -> float:
        """Items a second, those that were kept left out."""
        return (self.made + self.failed) / max(self.elapsed_s, 1e-9)

    @property
    def remaining_s(self) -> float | None:
        """An estimate, once there is something to go by."""
        return (self.of - self.done) / self.rate if self.made + self.failed else None

    def count(self, outcome: Outcome) -> None:
        """Adds an outcome."""
        setattr(self, outcome.status, getattr(self, outcome.status) + 1)
        if outcome.status == "made":
            self.sound_s += outcome.figures.get("duration_s", 0.0)
        if outcome.status == "failed" and len(self.first_failures) < self.MOST_SHOWN:
            self.first_failures.append(outcome)


@dataclass(frozen=True)
class Batch:
    """What is to be run.

    Attributes:
        items: of the plan.
        folder: path or URL of the results.
        engine: who makes them.
        make: how.
        resumes: whether what is complete is kept.
    """

    items: Sequence[Item]
    folder: str
    engine: Engine
    make: Make
    resumes: bool = True


@dataclass(frozen=True)
class Ended:
    """What a batch left.

    Attributes:
        tally: the counts.
        results: place of the file of results.
        parquet: the same in Parquet, where pyarrow is installed.
    """

    tally: BatchProgress
    results: str
    parquet: str | None


def run(batch: Batch, is_stopping: Callable[[], bool], tell: Callable[[BatchProgress], object]) -> Ended:
    """Runs a batch to its end, or until it is to stop: what is under way is finished then.

    Args:
        batch: what is to be run.
        is_stopping: looked at several times a second.
        tell: called after every item.

    Raises:
        UsageError: another batch works in the folder, or it cannot be written.
    """
    with _place(batch.folder) as here, Results(here, batch.items) as results:
        tally = BatchProgress(len(batch.items))

        def settle(outcome: Outcome) -> None:
            results.add(outcome)
            tally.count(outcome)
            tell(tally)

        for outcome in batch.engine.run(_to_make(batch, is_stopping, settle), batch.make, is_stopping):
            settle(outcome)
        if not is_url(batch.folder):
            # Workers of a batch that was killed may have been at work for a moment after this one began.
            remove_abandoned(Path(item.output) for item in batch.items)
        parquet = results.finish()
        if is_url(batch.folder):
            for path in (results.path, *([parquet] if parquet else [])):
                published(path, joined(batch.folder, path.name))
    return Ended(tally, joined(batch.folder, NAME), joined(batch.folder, PARQUET_NAME) if parquet else None)


def _to_make(batch: Batch, is_stopping: Callable[[], bool], settle: Callable[[Outcome], object]) -> Iterator[Item]:
    """What is not complete, in rows of alike items, the longest first: one that comes last would be alone."""
    complete = Complete()
    for item in sorted(batch.items, key=lambda item: (-item.expected_s, item.likeness)):
        if is_stopping():
            return
        outcome = complete(item) if batch.resumes else None
        if outcome is None:
            yield item
        else:
            settle(outcome)


def is_ours(folder: str) -> bool:
    """Whether a batch has worked in the folder: what stands there may be made again."""
    return is_url(folder) or (Path(folder) / MARK).exists()


@contextmanager
def _place(folder: str) -> Iterator[Path]:
    """Where the results are written while the batch runs; a path is ours alone for that time."""
    if is_url(folder):
        with tempfile.TemporaryDirectory() as here:
            yield Path(here)
        return
    with _marked(Path(folder)) as mark:
        _lock(mark.fileno(), folder)
        yield Path(folder)


def _marked(folder: Path) -> TextIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / MARK).open("a", encoding="utf-8")
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
        raise UsageError(f"another batch is at work in {folder}; wait for it, or choose another folder") from None
    except OSError:
        return  # a file system without locks
