"""The local engine: worker processes, an item at a time on a core each, or lots of items on GPUs."""

import contextlib
import os
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, cast

from gramophone.batch.item import Item, Make, Outcome, as_line, name_of
from gramophone.batch.waiting import TOGETHER_ON_GPU, ItemQueue
from gramophone.workers.subprocess_env import cores, environment, how_it_ended

LOOK_S = 0.25
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
STILLBORN = 3
JOBS_PER_GPU = 2  # one reads and writes while the other computes
VISIBLE = "CUDA_VISIBLE_DEVICES"


class Local:
    """Processes on this machine.

    Args:
        jobs: how many; by default as many as there are cores, or two for each GPU.
        together: items of a lot, which a process computes side by side as far as they are alike; 1 by default, 64 on
            GPUs.
        gpus: how many there are to be used.
    """

    def __init__(self, jobs: int | None = None, *, together: int | None = None, gpus: int = 0) -> None:
        self.jobs = (JOBS_PER_GPU * gpus if gpus else cores()) if jobs is None else jobs
        self.together = (TOGETHER_ON_GPU if gpus else 1) if together is None else together
        self.gpus = gpus

    @property
    def label(self) -> str:
        """What the progress line says."""
        on_gpus = f" on {self.gpus} GPU(s)" if self.gpus else ""
        return f"{self.jobs} process(es){on_gpus}"

    def run(self, items: Iterator[Item], make: Make, is_stopping: Callable[[], bool]) -> Iterator[Outcome]:
        """Yields outcomes as they come; a worker that dies fails its item only, and another takes its place.

        Where it had a lot of them, each that it had not finished is begun again by itself.

        Args:
            items: taken as workers become free.
            make: makes lots; a function of a module.
            is_stopping: looked at several times a second; nothing new is begun once it is true.

        Raises:
            RuntimeError: workers end before they begin.
        """
        waiting = ItemQueue(items, is_stopping, self.together)
        with _Pool(make, [self._environment(place) for place in range(self.jobs)], waiting) as pool:
            while pool.grow():
                for worker in pool.heard():
                    yield from pool.outcomes(worker)
                pool.hand_out()

    def _environment(self, place: int) -> dict[str, str]:
        """That of the process at a place.

        A process with one thread keeps a core busier than two threads that wait for each other.
        """
        threads = max(1, cores() // self.jobs) if self.gpus else 1
        changed = dict.fromkeys(THREADS, str(threads))
        if self.gpus:
            listed = os.environ.get(VISIBLE, "")
            names = listed.split(",") if listed else [str(number) for number in range(self.gpus)]
            changed[VISIBLE] = names[place % self.gpus]
        return {**environment(), **changed}


@dataclass(eq=False)
class _Worker:
    """A process and what it is doing.

    Attributes:
        process: itself.
        place: of its environment among those there are.
        lot: items that it has not finished, by their place in the plan.
        was_alone: whether it was given a single one.
        is_ready: whether it has begun.
    """

    process: subprocess.Popen[bytes]
    place: int
    lot: dict[int, Item] = field(default_factory=dict)
    was_alone: bool = True
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

    def begin(self, lot: Sequence[Item]) -> None:
        """Gives it a lot."""
        self.lot = {item.place: item for item in lot}
        self.was_alone = len(lot) == 1
        with contextlib.suppress(OSError):  # it has just died; its end is heard of next
            _write(cast("BinaryIO", self.process.stdin), f"{as_line(lot)}\n".encode())

    def end(self) -> int:
        """Ends it at once, if it has not ended; returns its exit code."""
        with self.process:
            self.process.kill()
        return self.process.returncode


class _Pool:
    """A worker for each environment, at most."""

    def __init__(self, make: Make, environments: Sequence[Mapping[str, str]], waiting: ItemQueue) -> None:
        self._make = make
        self._environments = environments
        self._waiting = waiting
        self._again: set[int] = set()
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

    def grow(self) -> bool:
        """Starts workers for what is waiting; tells whether there are any."""
        while (free := self._free_places()) and self._waiting.has(1 + sum(not one.lot for one in self._workers)):
            worker = _Worker(_started(self._make, self._environments[free[0]]), free[0])
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
                    outcome = Outcome.from_json(line.decode("utf-8"))
                    worker.lot.pop(outcome.place)
                    yield outcome.again(1 + (outcome.place in self._again))
                worker.is_ready, self._stillborn = True, 0
        except EOFError:
            worker.process.wait()
            reason = how_it_ended(self._bury(worker))
            self._stillborn += not worker.is_ready
            if worker.lot and not worker.was_alone:
                self._again.update(worker.lot)
                self._waiting.give_back(worker.lot.values())
            elif worker.lot:
                (item,) = worker.lot.values()
                failed = Outcome.of(item, "failed", error=reason, exit_code=1)
                yield failed.again(1 + (item.place in self._again))
            elif self._stillborn >= STILLBORN:
                raise RuntimeError(f"workers end before they begin: {reason}") from None

    def hand_out(self) -> None:
        """Gives items to those that are free, and ends those for whom there is none."""
        for worker in tuple(self._workers):
            if worker.is_ready and not worker.lot:
                if self._waiting.has(1):
                    worker.begin(self._waiting.take(sum(not one.lot for one in self._workers)))
                else:
                    self._bury(worker)

    def _free_places(self) -> list[int]:
        taken = {worker.place for worker in self._workers}
        return [place for place in range(len(self._environments)) if place not in taken]

    def _bury(self, worker: _Worker) -> int:
        self._selector.unregister(worker.out)
        self._workers.discard(worker)
        return worker.end()


def _write(stream: BinaryIO, line: bytes) -> None:
    """All of it: an unbuffered pipe may take less than it is given."""
    rest = memoryview(line)
    while rest:
        rest = rest[stream.write(rest) :]


def _started(make: Make, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gramophone.batch.worker", name_of(make)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=variables,
        start_new_session=True,
    )
