"""The local engine: worker processes, an item at a time on a core each, or groups of items on GPUs."""

import os
import queue
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from gramophone.batch.item import Item, Make, Outcome, as_line
from gramophone.batch.waiting import TOGETHER_ON_GPU, ItemQueue
from gramophone.workers.process import WorkerEndedError, WorkerProcess
from gramophone.workers.subprocess_env import cores, environment

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
FAILED_STARTS = 3
POLL_S = 0.25
SILENCE_LIMIT_S = 60.0
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

        Where it had a group of items, each that it had not finished is begun again by itself.

        Args:
            items: taken as workers become free.
            make: makes groups.
            is_stopping: looked at several times a second; nothing new is begun once it is true.

        Raises:
            RuntimeError: workers end before they are ready.
        """
        slots = [_Slot(make, self._environment(place)) for place in range(self.jobs)]
        with ThreadPoolExecutor(self.jobs) as threads:
            try:
                yield from _share_out(ItemQueue(items, is_stopping, self.together), slots, threads)
            finally:
                for slot in slots:
                    slot.end()

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


class _Slot:
    """A place for one worker at a time, with an environment of its own."""

    def __init__(self, make: Make, variables: Mapping[str, str]) -> None:
        self._make = make
        self._variables = variables
        self.worker: WorkerProcess | None = None

    def start(self) -> WorkerProcess:
        """Starts the worker, unless it runs."""
        if self.worker is None or self.worker.has_ended:
            self.worker = WorkerProcess(
                sys.modules[self._make.__module__],
                self._make.__name__,
                variables=self._variables,
                silence_limit_s=SILENCE_LIMIT_S,
                is_quiet=True,
            )
        return self.worker

    def end(self) -> None:
        """Ends the worker, if there is one."""
        if self.worker is not None:
            self.worker.end()


_News = tuple[_Slot, Outcome | Exception | None]


def _carry_out(group: Sequence[Item], slot: _Slot, worker: WorkerProcess, news: "queue.SimpleQueue[_News]") -> None:
    """Has a worker make a group; puts the outcomes into the news, and at last None or what went wrong."""
    try:
        for frame in worker.ask({"items": as_line(group)}):
            news.put((slot, Outcome.from_json(frame.data["outcome"])))
        news.put((slot, None))
    except Exception as error:  # noqa: BLE001 - raised where the news are read
        news.put((slot, error))


def _share_out(waiting: ItemQueue, slots: Sequence[_Slot], threads: ThreadPoolExecutor) -> Iterator[Outcome]:
    news: queue.SimpleQueue[_News] = queue.SimpleQueue()
    idle, groups = list(reversed(slots)), dict[_Slot, tuple[Item, ...]]()
    settled, begun, failed_starts = set[int](), Counter[int](), 0
    while True:
        while idle and waiting.has(1):
            group, slot = waiting.take(len(idle)), idle.pop()
            groups[slot] = group
            begun.update(item.place for item in group)
            threads.submit(_carry_out, group, slot, slot.start(), news)
        if not groups:
            return
        if not waiting.has(1):
            for slot in idle:
                slot.end()  # its memory may be needed
        try:
            slot, found = news.get(timeout=POLL_S)
        except queue.Empty:
            continue
        if isinstance(found, Outcome):
            settled.add(found.place)
            yield found.again(begun[found.place])
            continue
        group = groups.pop(slot)
        idle.append(slot)
        is_start = slot.worker is not None and not slot.worker.is_ready
        failed_starts = failed_starts + 1 if is_start else 0
        if found is not None and not isinstance(found, WorkerEndedError):
            raise found
        if failed_starts >= FAILED_STARTS:
            raise RuntimeError(f"workers end before they begin: {found}")
        left = [item for item in group if item.place not in settled]
        if is_start or len(group) > 1:
            begun.subtract(item.place for item in left if is_start)
            waiting.give_back(left)
            continue
        for item in left:
            yield Outcome.of(item, "failed", error=str(found), exit_code=1).again(begun[item.place])
