"""A worker for the jobs of a studio: `python -m gramophone.web.job_worker FOLDER DEVICE NAME`."""

import sys
from pathlib import Path

from gramophone.web.config import StudioFolder
from gramophone.web.jobs import Jobs
from gramophone.web.store import Store
from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Handler, Reply, serve


def set_up(paths: StudioFolder, device: str | None, name: str) -> Handler:
    """Loads the models before the first job needs them, and returns the handler, which runs all queued jobs."""
    from gramophone.web.job_reporter import JobReporter
    from gramophone.web.run_job import run_job, warm_up

    warm_up(device)
    jobs = Jobs(Store(paths.database))

    def handle(_: Frame, reply: Reply) -> None:
        while (job := jobs.claim(name)) is not None:
            run_job(job, JobReporter(jobs, name, paths, device, lambda: reply({})))

    return handle


if __name__ == "__main__":
    folder, device, name = sys.argv[1:]
    # What is listened to has priority.
    serve(lambda: set_up(StudioFolder(Path(folder)), device or None, name), step_limit_s=300.0, niceness=5)
