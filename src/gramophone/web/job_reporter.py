"""Where a worker works, and how it tells of it."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gramophone.web.config import Config
from gramophone.web.jobs import Job, JobResult, Jobs, LeaseLostError, State

PICTURES_PER_S = 4.0


@dataclass
class JobReporter:
    """Where a worker works.

    Attributes:
        jobs: to tell about it.
        worker: who works.
        folder: of the studio.
        device: `cpu`, `cuda`; None for the best.
        tell: says that there is news.
    """

    jobs: Jobs
    worker: str
    folder: Path
    device: str | None
    tell: Callable[[], object]
    _pictured_s: float = field(default=0.0)

    @property
    def config(self) -> Config:
        """Where the files are."""
        return Config(self.folder, "", frozenset())

    def note(self, job: Job, kind: str, data: dict[str, Any]) -> Job:
        """Tells of something that happened; returns the job with what is asked of it by now."""
        found = self.jobs.note(job.id, self.worker, kind, data)
        self.tell()
        return found

    def end(
        self, job: Job, state: State, *, reason: str = "", result: JobResult | None = None, size_bytes: int = 0
    ) -> None:
        """Ends a job, and removes what one without a result has written; a job of another worker is left alone."""
        if result is None:
            for path in self.config.job(job.id).glob("*"):
                path.unlink(missing_ok=True)
        with contextlib.suppress(LeaseLostError):
            self.jobs.end(job.id, self.worker, state, reason=reason, result=result, size_bytes=size_bytes)
            self.tell()

    def draw(self, job: Job, picture: Callable[[], bytes]) -> None:
        """Shows a picture of what forms, unless the last one is fresh."""
        now_s = time.monotonic()
        if now_s - self._pictured_s < 1 / PICTURES_PER_S:
            return
        self._pictured_s = now_s
        self.jobs.show(job.id, self.worker, picture())
        self.tell()
