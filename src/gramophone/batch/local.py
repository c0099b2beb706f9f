"""The local engine: worker processes, an item at a time on a core each, or groups of items on GPUs."""

import os
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from gramophone.batch import worker
from gramophone.batch.item import Item, Make, Outcome, as_line, name_of
from gramophone.batch.waiting import TOGETHER_ON_GPU, ItemQueue
from gramophone.workers.process import WorkerEndedError, WorkerProcess
from gramophone.workers.subprocess_env import cores, environment

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
STARTS = 3
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
            make: makes groups; a function of a module.
            is_stopping: looked at several times a second; nothing new is begun once it is true.

        Raises:
            RuntimeError: workers end before they are ready.
        """
        news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        slots = [_Slot(name_of(make), self._environment(place), news) for place in range(self.jobs)]
        with ThreadPoolExecutor(self.jobs) as threads:
            try:
                yield from _share_out(ItemQueue(items, is_stopping, self.together), slots, news, threads)
            finally:
                for slot in slots:
                    slot.close()

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
    """A place for one worker at a time, with an environment of its own; a thread waits for the worker."""

    def __init__(self, make: str, variables: Mapping[str, str], news: "queue.SimpleQueue[_News]") -> None:
        self._make = make
        self._variables = variables
        self._news = news
        self._worker: WorkerProcess | None = None
        self._is_closed = False

    def carry_out(self, group: Sequence[Item]) -> None:
        """Has the worker make a group; puts the outcomes into the news, and at last None or what went wrong."""
        try:
            for frame in self._ready_worker().ask({"items": as_line(group)}):
                self._news.put((self, Outcome.from_json(frame.data["outcome"])))
            self._news.put((self, None))
        except Exception as error:  # noqa: BLE001 - raised where the news are read
            self.end()
            self._news.put((self, error))

    def end(self) -> None:
        """Ends the worker; the next group has another one."""
        if self._worker is not None:
            self._worker.end()

    def close(self) -> None:
        """Ends the worker, and no other one follows."""
        self._is_closed = True
        self.end()

    def _ready_worker(self) -> WorkerProcess:
        reason = ""
        for _ in range(STARTS):
            if self._worker is None or self._worker.has_ended:
                self._worker = WorkerProcess(
                    worker,
                    self._make,
                    variables=self._variables,
                    silence_limit_s=SILENCE_LIMIT_S,
                    is_quiet=True,
                )
            if self._is_closed:
                break
            try:
                while not self._worker.is_ready:
                    self._worker.receive()
            except WorkerEndedError as error:
                reason = str(error)
                self.end()
            else:
                return self._worker
        raise RuntimeError(f"workers end before they begin: {reason}")


_News = tuple[_Slot, Outcome | Exception | None]


def _share_out(
    waiting: ItemQueue, slots: Sequence[_Slot], news: "queue.SimpleQueue[_News]", threads: ThreadPoolExecutor
) -> Iterator[Outcome]:
    idle, groups = list(reversed(slots)), dict[_Slot, tuple[Item, ...]]()
    settled, again = set[int](), set[int]()
    while True:
        while idle and waiting.has(1):
            group = waiting.take(len(idle))
            groups[idle[-1]] = group
            threads.submit(idle.pop().carry_out, group)
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
            yield found.again(1 + (found.place in again))
            continue
        group = groups.pop(slot)
        idle.append(slot)
        if isinstance(found, WorkerEndedError):
            left = [item for item in group if item.place not in settled]
            if len(group) > 1:
                again.update(item.place for item in left)
                waiting.give_back(left)
                continue
            for item in left:
                failed = Outcome.of(item, "failed", error=str(found), exit_code=1)
                yield failed.again(1 + (item.place in again))
        elif found is not None:
            raise found
