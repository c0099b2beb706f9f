"""Items of the tests that crash, fail, sleep or write a file; worker processes run this module."""

import json
import os
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gramophone.batch.completed import figures_of
from gramophone.batch.item import ItemResult
from gramophone.batch.worker import serve_computations
from gramophone.errors import InputError
from gramophone.files import atomic_write, sha256_of


def run_fake_jobs(staged):
    """Does what the settings of each item say."""
    return [partial(run_fake_job, one.item, one.inputs, one.output) for one in staged]


def run_fake_job(item, inputs, output):
    """Logs that the item was started, and does what its settings say."""
    if log := item.settings.get("log"):
        with Path(log).open("a") as file:
            file.write(f"{item.place}\n")
    # Items that differ only in their strength come in one group.
    match item.settings.get("job", item.settings.get("strength", "write")):
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "memory":
            raise MemoryError
        case "refuse":
            raise InputError(f"{output} is not wanted; leave it out")
        case "fault":
            raise ZeroDivisionError("of nothing")
        case "sleep":
            time.sleep(float(item.settings.get("seconds", "0.1")))
    return write(item, inputs, output)


def write(item, inputs, output):
    """A file and its record."""
    with atomic_write(output, overwrite=True) as path:
        path.write_text(json.dumps([item.place, item.settings]))
    record = {
        "format": 1,
        "task": item.task,
        "parameters": {},
        "settings": {},
        "seed": 0,
        "versions": {},
        "stopped": "finished",
        "stages_s": {"spectrogram": 0.25, "phase": 0.5},
        "losses": [{"total": 2.0, "terms": {"style": 1.5}}],
        "created": datetime.now(UTC).isoformat(),
        "command": list(item.command),
        "inputs": [{"path": str(one), "sha256": sha256_of(one)} for one in inputs],
        "output": {
            "path": str(output),
            "sha256": sha256_of(output),
            "duration_s": 1.0,
            "rate_hz": 8000,
            "gain_db": 0.0,
            "peak": 0.5,
        },
    }
    with atomic_write(output.with_suffix(".json"), overwrite=True) as path:
        path.write_text(json.dumps(record))
    return ItemResult((), figures_of(record))


def unserved(staged):
    """A function that workers do not serve."""


if __name__ == "__main__":
    serve_computations(run_fake_jobs)
