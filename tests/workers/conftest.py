"""A module of a worker, and processes of it that end with the test."""

import sys
import time
from pathlib import Path

import pytest

from gramophone.workers.process import WorkerProcess


@pytest.fixture
def faulty_worker(monkeypatch):
    """The module, as workers find it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import faulty_worker

    yield faulty_worker
    sys.modules.pop("faulty_worker", None)


@pytest.fixture
def start(faulty_worker):
    """Starts workers."""
    started = []

    def begin(*words, **options):
        started.append(WorkerProcess(faulty_worker, *words, **options))
        return started[-1]

    yield begin
    for worker in started:
        worker.end()


@pytest.fixture
def eventually():
    """Waits until something is true."""

    def wait(found, seconds=20.0):
        end_s = time.monotonic() + seconds
        while not (value := found()):
            assert time.monotonic() < end_s, "nothing happened"
            time.sleep(0.02)
        return value

    return wait


@pytest.fixture
def is_alive():
    """Whether a process runs."""

    def look(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return look
