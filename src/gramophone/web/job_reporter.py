"""Events, pictures and results of jobs, as a worker reports them."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gramophone.web.config import StudioFolder
from gramophone.web.jobs import Job, JobResult, Jobs, LeaseLostError, State

PICTURES_PER_S = 4.0


@dataclass
class JobReporter:
    """Reports the progress of a worker's jobs.

    Attributes:
        jobs: queue of jobs, where events and results are stored.
        worker: name of the worker.
        paths: folders of sounds and jobs.
        device: `cpu` or `cuda`; None for the best available.
        tell: called after every change, to announce it.
    """

    jobs: Jobs
    worker: str
    paths: StudioFolder
    device: str | None
    tell: Callable[[], object]
    _pictured_s: float = field(default=0.0)

    def note(self, job: Job, kind: str, data: dict[str, Any]) -> Job:
        """Stores an event; returns the job with what is requested of it by now."""
        found = self.jobs.note(job.id, self.worker, kind, data)
        self.tell()
        return found

    def end(
        self, job: Job, state: State, *, reason: str = "", result: JobResult | None = None, size_bytes: int = 0
    ) -> None:
        """Ends a job, and removes the files of one without a result; a job of another worker is left alone."""
        if result is None:
            for path in self.paths.job(job.id).glob("*"):
                path.unlink(missing_ok=True)
        with contextlib.suppress(LeaseLostError):
            self.jobs.end(job.id, self.worker, state, reason=reason, result=result, size_bytes=size_bytes)
            self.tell()

    def draw(self, job: Job, picture: Callable[[], bytes]) -> None:
        """Stores a picture of the result so far, at most four times a second."""
        now_s = time.monotonic()
        if now_s - self._pictured_s < 1 / PICTURES_PER_S:
            return
        self._pictured_s = now_s
        self.jobs.show(job.id, self.worker, picture())
        self.tell()
