"""The local engine: worker processes, one thread each, an item at a time."""

import contextlib
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, cast

from gramophone.batch.item import Item, Make, Outcome, name_of
from gramophone.batch.waiting import Waiting
from gramophone.processes import cores, environment, how_it_ended

LOOK_S = 0.25
# A process with one thread keeps a core busier than two threads that wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
STILLBORN = 3


class Local:
    """Processes on this machine.

    Args:
        jobs: how many; as many as there are cores by default.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.jobs = cores() if jobs is None else jobs

    @property
    def label(self) -> str:
        """What the progress line says."""
        return f"{self.jobs} process(es)"

    def run(self, items: Iterator[Item], make: Make, is_stopping: Callable[[], bool]) -> Iterator[Outcome]:
        """Yields outcomes as they come; a worker that dies fails its item only, and another takes its place.

        Args:
            items: taken one by one, as workers become free.
            make: makes an item; a function of a module.
            is_stopping: looked at several times a second; nothing new is begun once it is true.

        Raises:
            RuntimeError: workers end before they begin.
        """
        waiting = Waiting(items, is_stopping)
        with _Pool(make, self.jobs) as pool:
            while pool.grow(waiting):
                for worker in pool.heard():
                    yield from pool.outcomes(worker)
                pool.hand_out(waiting)


@dataclass(eq=False)
class _Worker:
    """A process and what it is doing."""

    process: subprocess.Popen[bytes]
    item: Item | None = None
    is_ready: bool = False
    _rest: bytes = field(default=b"")

    @property
    def out(self) -> BinaryIO:
        """What it says."""
        return cast("BinaryIO", self.process.stdout)

    def lines(self) -> list[bytes]:
        """What it said since the last time, whole lines only; raises EOFError when it has ended."""
        found = self.out.read(1 << 16)
        if not found:
            raise EOFError
        *lines, self._rest = (self._rest + found).split(b"\n")
        return lines

    def begin(self, item: Item) -> None:
        """Gives it an item."""
        self.item = item
        with contextlib.suppress(OSError):  # it has just died; its end is heard of next
            cast("BinaryIO", self.process.stdin).write(f"{item.as_json()}\n".encode())

    def end(self) -> int:
        """Ends it at once, if it has not ended; returns its exit code."""
        with self.process:
            self.process.kill()
        return self.process.returncode


class _Pool:
    """At most so many workers."""

    def __init__(self, make: Make, most: int) -> None:
        self._make = make
        self._most = most
        self._workers: set[_Worker] = set()
        self._stillborn = 0
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in tuple(self._workers):
            self._bury(worker)
        self._selector.close()

    def grow(self, waiting: Waiting) -> bool:
        """Starts workers for what is waiting; tells whether there are any."""
        while len(self._workers) < self._most and waiting.has(1 + sum(one.item is None for one in self._workers)):
            worker = _Worker(_started(self._make))
            self._workers.add(worker)
            self._selector.register(worker.out, selectors.EVENT_READ, worker)
        return bool(self._workers)

    def heard(self) -> list[_Worker]:
        """Who has something to say, after a short while at the latest."""
        return [key.data for key, _ in self._selector.select(LOOK_S)]

    def outcomes(self, worker: _Worker) -> Iterator[Outcome]:
        """What a worker has done since, its death included."""
        try:
            for line in worker.lines():
                if worker.is_ready:
                    worker.item = None
                    yield Outcome.from_json(line.decode("utf-8"))
                worker.is_ready, self._stillborn = True, 0
        except EOFError:
            worker.process.wait()
            reason = how_it_ended(self._bury(worker))
            self._stillborn += not worker.is_ready
            if worker.item is not None:
                yield Outcome.of(worker.item, "failed", error=reason, exit_code=1)
            elif self._stillborn >= STILLBORN:
                raise RuntimeError(f"workers end before they begin: {reason}") from None

    def hand_out(self, waiting: Waiting) -> None:
        """Gives items to those that are free, and ends those for whom there is none."""
        for worker in tuple(self._workers):
            if worker.is_ready and worker.item is None:
                if waiting.has(1):
                    worker.begin(waiting.take())
                else:
                    self._bury(worker)

    def _bury(self, worker: _Worker) -> int:
        self._selector.unregister(worker.out)
        self._workers.discard(worker)
        return worker.end()


def _started(make: Make) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gramophone.batch.worker", name_of(make)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**environment(), **ONE_THREAD},
        start_new_session=True,
    )
