"""A worker process: `python -m gramophone.web.worker FOLDER NAME [DEVICE]`. It takes jobs until the server ends."""

import contextlib
import os
import signal
import sys
from pathlib import Path

from gramophone.web.jobs import Jobs
from gramophone.web.pulse import Pulse
from gramophone.web.store import Store

REST_S = 1.0
NICE = 5


def main(words: list[str]) -> None:
    """Works; ends with the server, or with a signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers itself
    pulse = Pulse.over_standard_streams()
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)  # what is listened to comes first
    folder, name, device = Path(words[0]), words[1], words[2] if len(words) > 2 else None
    from gramophone.web.job_reporter import JobReporter
    from gramophone.web.work import carry_out, warm_up

    warm_up(device)
    pulse.tell()
    jobs = Jobs(Store(folder / "studio.sqlite"))
    while True:
        job = jobs.claim(name)
        if job is None:
            pulse.rest(REST_S)
            continue
        pulse.busy(True)
        carry_out(job, JobReporter(jobs, name, folder, device, pulse.tell))
        pulse.busy(False)


if __name__ == "__main__":
    main(sys.argv[1:])
