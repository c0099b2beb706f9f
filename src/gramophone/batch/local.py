"""The local engine: worker processes that take one item each on a core, or groups of items on GPUs."""

import os
import queue
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from gramophone.batch.item import Compute, Item, ItemOutcome, items_to_json
from gramophone.batch.item_queue import ItemQueue, checked_group_size
from gramophone.bounds import check_bounds
from gramophone.workers.process import WorkerEndedError, WorkerProcess
from gramophone.workers.subprocess_env import cores, environment

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
FAILED_STARTS = 3
POLL_S = 0.25
SILENCE_LIMIT_S = 60.0
MOST_JOBS = 1024
JOBS_PER_GPU = 2  # one reads and writes while the other computes
VISIBLE_GPUS = "CUDA_VISIBLE_DEVICES"


class Local:
    """Processes on this machine.

    Args:
        jobs: number of processes; by default the number of cores, or two for each GPU.
        group_size: largest number of items in a group; 1 by default, 64 on GPUs.
        gpus: number of GPUs to be used.
        core_count: number of cores to be used; all that this process may use by default.

    Raises:
        UsageError: a number is out of its bounds.
    """

    def __init__(
        self,
        jobs: int | None = None,
        *,
        group_size: int | None = None,
        gpus: int = 0,
        core_count: int | None = None,
    ) -> None:
        self._cores = cores() if core_count is None else core_count
        self.jobs = (JOBS_PER_GPU * gpus if gpus else self._cores) if jobs is None else jobs
        check_bounds("jobs", self.jobs, 1, MOST_JOBS)
        self.group_size = checked_group_size(group_size, on_gpus=gpus > 0)
        self.gpus = gpus

    @property
    def label(self) -> str:
        """What the progress line says."""
        on_gpus = f" on {self.gpus} GPU(s)" if self.gpus else ""
        return f"{self.jobs} process(es){on_gpus}"

    def run(
        self, items: Iterator[Item], compute: Compute, stop_requested: Callable[[], bool]
    ) -> Iterator[ItemOutcome]:
        """Yields outcomes as they arrive; a worker that dies fails only its item, and is replaced.

        If it died with a group of items, those without an outcome are started again one by one.

        Args:
            items: items, taken as workers become free.
            compute: computes groups.
            stop_requested: polled several times a second; no group is started once it is true.

        Raises:
            RuntimeError: workers end before they are ready.
        """
        slots = [_Slot(compute, self._environment(index)) for index in range(self.jobs)]
        with ThreadPoolExecutor(self.jobs) as threads:
            try:
                yield from _dispatch(ItemQueue(items, stop_requested, self.group_size), slots, threads)
            finally:
                for slot in slots:
                    slot.end()

    def _environment(self, index: int) -> dict[str, str]:
        """Environment variables of a process.

        A process with one thread keeps a core busier than two threads that wait for each other.
        """
        threads = max(1, self._cores // self.jobs) if self.gpus else 1
        changed = dict.fromkeys(THREADS, str(threads))
        if self.gpus:
            listed = os.environ.get(VISIBLE_GPUS, "")
            names = listed.split(",") if listed else [str(number) for number in range(self.gpus)]
            changed[VISIBLE_GPUS] = names[index % self.gpus]
        return {**environment(), **changed}


class _Slot:
    """Runs one worker process at a time, with its own environment."""

    def __init__(self, compute: Compute, variables: Mapping[str, str]) -> None:
        self._compute = compute
        self._variables = variables
        self.worker: WorkerProcess | None = None

    def start(self) -> WorkerProcess:
        """Starts the worker, unless it runs."""
        if self.worker is None or self.worker.has_ended:
            self.worker = WorkerProcess(
                sys.modules[self._compute.__module__],
                self._compute.__name__,
                variables=self._variables,
                silence_limit_s=SILENCE_LIMIT_S,
                is_quiet=True,
            )
        return self.worker

    def end(self) -> None:
        """Ends the worker, if there is one."""
        if self.worker is not None:
            self.worker.end()


_Event = tuple[_Slot, ItemOutcome | Exception | None]
_Events = queue.SimpleQueue[_Event]


def _run_in_worker(group: Sequence[Item], slot: _Slot, worker: WorkerProcess, events: _Events) -> None:
    """Has a worker compute a group; reports every outcome, and at the end None or an exception."""
    try:
        for frame in worker.ask({"items": items_to_json(group)}):
            events.put((slot, ItemOutcome.from_json(frame.data["outcome"])))
        events.put((slot, None))
    except Exception as error:  # noqa: BLE001 - raised where the events are read
        events.put((slot, error))


def _dispatch(waiting: ItemQueue, slots: Sequence[_Slot], threads: ThreadPoolExecutor) -> Iterator[ItemOutcome]:
    """Keeps all slots busy until no item is left, and yields an outcome for every item that was started."""
    events: _Events = queue.SimpleQueue()
    idle, groups = list(reversed(slots)), dict[_Slot, tuple[Item, ...]]()
    reported, starts, failed_starts = set[int](), Counter[int](), 0
    while True:
        while idle and waiting.has(1):
            group, slot = waiting.take(len(idle)), idle.pop()
            groups[slot] = group
            starts.update(item.place for item in group)
            threads.submit(_run_in_worker, group, slot, slot.start(), events)
        if not groups:
            return
        if not waiting.has(1):
            for slot in idle:
                slot.end()  # its memory may be needed
        try:
            slot, event = events.get(timeout=POLL_S)
        except queue.Empty:
            continue
        if isinstance(event, ItemOutcome):
            reported.add(event.place)
            yield event.with_tries(starts[event.place])
            continue
        group = groups.pop(slot)
        idle.append(slot)
        never_ready = slot.worker is not None and not slot.worker.is_ready
        failed_starts = failed_starts + 1 if never_ready else 0
        if event is not None and not isinstance(event, WorkerEndedError):
            raise event
        if failed_starts >= FAILED_STARTS:
            raise RuntimeError(f"workers end before they are ready: {event}")
        left = [item for item in group if item.place not in reported]
        if never_ready or len(group) > 1:
            starts.subtract(item.place for item in left if never_ready)
            waiting.retry(left)
            continue
        for item in left:
            yield ItemOutcome.of(item, "failed", error=str(event), exit_code=1).with_tries(starts[item.place])
