"""Where a worker works, and how it tells of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gramophone.web.config import Config
from gramophone.web.jobs import Job, Jobs

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
        """Tells of something that happened; gives the job with what is wished by now."""
        found = self.jobs.note(job.id, self.worker, kind, data)
        self.tell()
        return found

    def clear(self, job: Job) -> None:
        """Removes what a job without a result has written."""
        for path in self.config.job(job.id).glob("*"):
            path.unlink(missing_ok=True)

    def draw(self, job: Job, picture: Callable[[], bytes]) -> None:
        """Shows a picture of what forms, unless the last one is fresh."""
        now_s = time.monotonic()
        if now_s - self._pictured_s < 1 / PICTURES_PER_S:
            return
        self._pictured_s = now_s
        self.jobs.show(job.id, self.worker, picture())
        self.tell()
