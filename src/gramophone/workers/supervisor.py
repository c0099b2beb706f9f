"""Keeps one worker alive: starts it, replaces it when it ends or hangs, and reports why."""

import secrets
import threading
import time
from collections.abc import Callable
from types import ModuleType

from gramophone.workers.process import WorkerEndedError, WorkerProcess
from gramophone.workers.protocol import Kind

LONGEST_PAUSE_S = 30.0
STABLE_S = 10.0


class WorkerSupervisor(threading.Thread):
    """One worker, and the next one when it ends; each has a request at its start, and whenever `wake` is called.

    Args:
        entry: module of the worker, see `WorkerProcess`.
        words: arguments of its command line; after them comes the name of the worker, new for each process.
        on_reply: called, from this thread, when the worker is ready or has replied.
        on_end: called, from this thread, with the name of a worker that ended and the reason; again after a second if
            it returns False.
    """

    def __init__(
        self, entry: ModuleType, *words: str, on_reply: Callable[[], object], on_end: Callable[[str, str], bool]
    ) -> None:
        super().__init__(name=f"supervisor of {entry.__name__}", daemon=True)
        self._entry = entry
        self._words = words
        self._on_reply = on_reply
        self._on_end = on_end
        self._worker: WorkerProcess | None = None
        self._is_ending = threading.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the worker."""
        return self._worker.pid if self._worker else None

    @property
    def is_ready(self) -> bool:
        """Whether the worker takes requests."""
        return self._worker is not None and self._worker.is_ready

    def wake(self) -> None:
        """Tells the worker that there may be something to do."""
        if self._worker:
            self._worker.send(Kind.REQUEST, {})

    def end(self) -> None:
        """Ends the worker at once, and this thread."""
        self._is_ending.set()
        if self._worker:
            self._worker.kill()
        self.join()

    def run(self) -> None:
        """Keeps workers until `end`."""
        pause_s = 0.0
        while not self._is_ending.wait(pause_s):
            began_s, name = time.monotonic(), secrets.token_hex(8)
            reason = self._watch(WorkerProcess(self._entry, *self._words, name))
            while not self._is_ending.is_set() and not self._on_end(name, reason):
                self._is_ending.wait(1.0)
            is_stable = time.monotonic() - began_s > STABLE_S
            pause_s = 0.0 if is_stable else min(LONGEST_PAUSE_S, 2 * pause_s + 0.5)

    def _watch(self, worker: WorkerProcess) -> str:
        """Stays with a worker; returns why it ended."""
        self._worker = worker
        self.wake()
        try:
            while not self._is_ending.is_set():
                worker.receive()
                self._on_reply()
        except WorkerEndedError as error:
            return str(error)
        finally:
            worker.is_ready = False
            worker.end()
        return "the supervisor ended"
