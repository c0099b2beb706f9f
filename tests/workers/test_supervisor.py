"""Supervisor and sandbox: workers that end are replaced, and why they ended is known."""

import asyncio
import os
import signal
import threading

import pytest

from gramophone.workers.process import WorkerEndedError, WorkerFailedError
from gramophone.workers.sandbox import Sandbox
from gramophone.workers.supervisor import WorkerSupervisor


class TestSupervisor:
    @pytest.fixture
    def supervise(self, faulty_worker):
        """Starts supervisors; what they report is in their lists."""
        supervisors = []

        def begin(*words, accepts=lambda: True):
            replies, ends = threading.Semaphore(0), []

            def on_end(name, reason):
                ends.append((name, reason))
                return accepts()

            supervisor = WorkerSupervisor(faulty_worker, *words, on_reply=replies.release, on_end=on_end)
            supervisors.append(supervisor)
            supervisor.start()
            return supervisor, replies, ends

        yield begin
        for supervisor in supervisors:
            supervisor.end()
            assert not supervisor.is_alive()

    def test_a_killed_worker_is_replaced(self, supervise, eventually, tmp_path):
        supervisor, replies, ends = supervise("leaves its name", str(tmp_path))
        assert replies.acquire(timeout=60)
        eventually(lambda: supervisor.is_ready)
        pid = supervisor.pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: supervisor.is_ready and supervisor.pid != pid)
        ((name, reason),) = ends
        assert "ended by SIGKILL" in reason
        assert name in {path.name for path in tmp_path.iterdir()}
        assert len(list(tmp_path.iterdir())) == 2  # each process has a name of its own

    def test_an_end_that_could_not_be_noted_is_told_again(self, supervise, eventually):
        answers = iter([False, True])
        supervisor, _, ends = supervise(accepts=lambda: next(answers))
        pid = eventually(lambda: supervisor.is_ready and supervisor.pid)
        os.kill(pid, signal.SIGSEGV)
        eventually(lambda: supervisor.is_ready and supervisor.pid != pid)
        assert len(ends) == 2
        assert ends[0] == ends[1]

    def test_what_wakes_a_worker_is_answered(self, supervise, eventually):
        supervisor, replies, _ = supervise()
        eventually(lambda: supervisor.is_ready)
        while replies.acquire(timeout=1.0):
            pass
        supervisor.wake()
        assert replies.acquire(timeout=60)

    def test_the_end_comes_at_once_and_is_no_loss(self, supervise, eventually, is_alive):
        supervisor, _, ends = supervise()
        pid = eventually(lambda: supervisor.is_ready and supervisor.pid)
        supervisor.end()
        assert not is_alive(pid)
        assert not supervisor.is_ready
        assert ends == []


class TestSandbox:
    def ask(self, module, limit_s=60.0, **data):
        return asyncio.run(Sandbox(module).ask(data, limit_s=limit_s))

    def test_an_answer(self, faulty_worker):
        assert self.ask(faulty_worker, text="x")["text"] == "x"

    @pytest.mark.parametrize(
        ("data", "kind", "sentence"),
        [
            ({"do": "refuse"}, WorkerFailedError, "not a readable audio file"),
            ({"do": "die", "signal": "SIGSEGV"}, WorkerEndedError, "SIGSEGV"),
        ],
    )
    def test_faults(self, faulty_worker, data, kind, sentence):
        with pytest.raises(kind, match=sentence):
            self.ask(faulty_worker, **data)

    def test_a_deadline(self, faulty_worker):
        with pytest.raises(TimeoutError):
            self.ask(faulty_worker, limit_s=0.3, do="sleep", seconds=60)

    def test_a_request_that_is_given_up_ends_its_process(self, faulty_worker, tmp_path, is_alive):
        place = tmp_path / "pid"

        async def give_up():
            ask = Sandbox(faulty_worker).ask({"do": "sleep", "seconds": 60, "place": str(place)}, limit_s=60.0)
            task = asyncio.create_task(ask)
            while not place.exists():
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(give_up())
        assert not is_alive(int(place.read_text()))
