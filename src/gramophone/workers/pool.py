"""Workers that share out requests: one for each environment, started as they are needed."""

import selectors
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType, TracebackType

from gramophone.workers.process import POLL_S, WorkerEndedError, WorkerProcess
from gramophone.workers.protocol import Frame

FAILED_STARTS = 3
SILENCE_LIMIT_S = 60.0


class WorkerPool:
    """Up to one worker for each environment; all are ended with the pool.

    Args:
        entry: module of the workers, see `WorkerProcess`.
        words: arguments of its command line.
        environments: variables of each worker.
    """

    def __init__(self, entry: ModuleType, words: Sequence[str], environments: Sequence[Mapping[str, str]]) -> None:
        self._entry = entry
        self._words = words
        self._environments = environments
        self._slots: dict[WorkerProcess, int] = {}
        self._failed_starts = 0
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._slots:
            worker.kill()
        for worker in tuple(self._slots):
            self.end(worker)
        self._selector.close()

    def __len__(self) -> int:
        """The number of workers that run."""
        return len(self._slots)

    @property
    def idle(self) -> list[WorkerProcess]:
        """Workers that are ready and have nothing to do."""
        return [worker for worker in self._slots if worker.is_ready and not worker.unanswered]

    @property
    def idle_count(self) -> int:
        """How many have nothing to do, or start at the moment."""
        return sum(not worker.unanswered for worker in self._slots)

    def start(self) -> bool:
        """Starts a worker, unless there is one for each environment already; tells whether it did."""
        free = set(range(len(self._environments))) - set(self._slots.values())
        if not free:
            return False
        slot = min(free)
        worker = WorkerProcess(
            self._entry,
            *self._words,
            variables=self._environments[slot],
            silence_limit_s=SILENCE_LIMIT_S,
            is_quiet=True,
        )
        self._slots[worker] = slot
        self._selector.register(worker, selectors.EVENT_READ)
        return True

    def receive(self) -> Iterator[tuple[WorkerProcess, list[Frame] | WorkerEndedError]]:
        """Yields what workers sent, or why one ended, after a short wait at most; a worker that ended is gone.

        Raises:
            RuntimeError: workers end before they are ready.
        """
        self._selector.select(POLL_S)
        for worker in tuple(self._slots):
            try:
                frames = worker.receive()
            except WorkerEndedError as error:
                self.end(worker)
                self._failed_starts += not worker.is_ready
                if self._failed_starts >= FAILED_STARTS:
                    raise RuntimeError(f"workers end before they are ready: {error}") from None
                yield worker, error
            else:
                self._failed_starts *= not worker.is_ready
                yield worker, frames

    def end(self, worker: WorkerProcess) -> None:
        """Ends a worker; its environment is free for another one."""
        self._selector.unregister(worker)
        del self._slots[worker]
        worker.end()
