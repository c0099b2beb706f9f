"""A module of a worker, and processes of it that end with the test."""

import time

import pytest

from gramophone.workers.process import WorkerProcess


@pytest.fixture
def faulty_worker(module_beside):
    """The module, as workers find it."""
    return module_beside("faulty_worker")


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
