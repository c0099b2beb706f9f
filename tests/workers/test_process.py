"""One worker: what it answers, and what its parent learns when it fails, dies, hangs or babbles."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gramophone.workers.process import WorkerEndedError, WorkerFailedError
from gramophone.workers.protocol import Kind
from gramophone.workers.subprocess_env import environment


def ask(worker, **data):
    return list(worker.ask(data))


PARENT = """
import sys
sys.path.insert(0, sys.argv[1])
import faulty_worker
from gramophone.workers.process import WorkerProcess
from gramophone.workers.protocol import Kind
worker = WorkerProcess(faulty_worker)
worker.send(Kind.REQUEST, {"do": "sleep", "seconds": 60})
print([worker.receive() for _ in range(2)][1].data["pid"], flush=True)
sys.stdin.read()
"""


class TestCleanup:
    def test_a_worker_ends_with_its_parent(self, is_alive, eventually):
        """In the middle of a request, although its parent was killed and could not say anything."""
        words = [sys.executable, "-c", PARENT, str(Path(__file__).parent)]
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        ) as parent:
            pid = int(parent.stdout.readline())
            assert is_alive(pid)
            parent.kill()
        eventually(lambda: not is_alive(pid))

    def test_processes_leave_no_descriptors(self, start):
        def descriptors():
            return len(list(Path("/proc/self/fd").iterdir()))

        before = descriptors()
        for _ in range(3):
            worker = start()
            ask(worker)
            worker.end()
        assert descriptors() == before


class TestAWorkerAnswers:
    def test_requests_in_their_order(self, start):
        worker = start()
        assert [frame.data for frame in ask(worker, do="count", to=3)] == [{"number": n} for n in range(3)]
        (reply,) = ask(worker, repeat=1_000_000)
        assert reply.body == b"\0\1\n" * 1_000_000
        assert ask(worker, do="count", to=0) == []

    def test_a_request_larger_than_a_pipe(self, start):
        text = "x" * 1_000_000
        (reply,) = ask(start(), text=text)
        assert reply.data["text"] == text

    def test_what_libraries_print_is_no_answer(self, start):
        (reply,) = ask(start(is_quiet=True), do="print")
        assert reply.data == {"input": ""}

    def test_what_libraries_print_goes_to_standard_error(self, start, capfd):
        ask(start(), do="print")
        printed = capfd.readouterr()
        assert "a library that prints" in printed.err
        assert printed.out == ""

    def test_control_takes_effect_in_the_middle_of_a_request(self, start):
        worker = start()
        replies = worker.ask({"do": "controlled"})
        assert next(replies).data == {"controls": []}
        worker.send(Kind.CONTROL, {"weights": [1, 0]})
        assert next(replies).data == {"controls": [{"weights": [1, 0]}]}

    def test_a_slow_start_is_no_silence(self, start):
        assert ask(start("slow", start_limit_s=1.0))[0].data == {}

    def test_its_priority_is_lower_than_that_of_its_parent(self, start):
        worker = start()
        ask(worker)
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0) + 1

    def test_ctrl_c_is_for_the_parent(self, start):
        worker = start()
        ask(worker)
        os.kill(worker.pid, signal.SIGINT)
        assert len(ask(worker)) == 1


class TestWhatRaisesHasLastWords:
    @pytest.mark.parametrize(
        ("do", "code", "sentence"),
        [
            ("refuse", 3, "a.wav is not a readable audio file; convert it to WAV or FLAC"),
            ("fault", 1, r"an unexpected ZeroDivisionError \(division by zero\); please report it"),
            ("not finite", 1, "an unexpected ValueError .*JSON"),
            ("exit", 1, "the device has failed"),
        ],
    )
    def test_in_a_handler(self, start, do, code, sentence):
        worker = start()
        with pytest.raises(WorkerFailedError, match=sentence) as caught:
            ask(worker, do=do)
        assert caught.value.exit_code == code
        assert worker.has_ended

    def test_before_it_is_ready(self, start):
        with pytest.raises(WorkerFailedError, match="no model; download it"):
            ask(start("fails to start"))

    def test_replies_before_it_are_not_lost(self, start, eventually):
        worker = start()
        worker.send(Kind.REQUEST, {"do": "fault"})
        assert eventually(lambda: worker.has_ended)
        assert [worker.receive().kind for _ in range(2)] == [Kind.READY, Kind.REPLY]
        with pytest.raises(WorkerFailedError):
            worker.receive()

    def test_a_memory_limit(self, start):
        with pytest.raises(WorkerFailedError, match="there is not enough memory for this") as caught:
            ask(start(), do="memory", bytes=2**31)
        assert caught.value.exit_code == 4


class TestWhatDiesIsNoticed:
    @pytest.mark.parametrize(
        ("name", "sentence"),
        [("SIGKILL", "ended by SIGKILL; the system may have run out of memory"), ("SIGSEGV", "ended by SIGSEGV")],
    )
    def test_by_a_signal(self, start, name, sentence):
        with pytest.raises(WorkerEndedError, match=sentence):
            ask(start(), do="die", signal=name)

    def test_while_nothing_was_asked(self, start):
        worker = start()
        ask(worker)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerEndedError, match="SIGKILL"):
            ask(worker)

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            ("garbage", "sent invalid data .*Traceback"),
            ("oversized", "sent invalid data .*over the limits"),
            ("no kind", "sent invalid data"),
            ("half a frame", "ended with code 0 in the middle of it"),
        ],
    )
    def test_what_babbles(self, start, eventually, fault, sentence):
        worker = start(fault)
        with pytest.raises(WorkerEndedError, match=sentence):
            ask(worker)
        assert eventually(lambda: worker.has_ended)

    def test_what_cannot_be_started(self, start, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(WorkerEndedError, match="ended with code 1"):
            ask(start())

    def test_what_was_ended_answers_no_more(self, start):
        worker = start()
        worker.end()
        worker.send(Kind.CONTROL, {})
        with pytest.raises(WorkerEndedError):
            ask(worker)
        assert worker.end() == -signal.SIGKILL


class TestWhatIsSilentIsEnded:
    def test_from_the_start(self, start):
        with pytest.raises(WorkerEndedError, match=r"did not answer for 0\.5 s"):
            ask(start("silent", start_limit_s=0.5))

    def test_when_the_process_is_stopped(self, start, eventually):
        worker = start(silence_limit_s=1.0)
        ask(worker)
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(WorkerEndedError, match="did not answer for 1 s"):
            ask(worker)
        assert eventually(lambda: worker.has_ended)

    def test_when_it_makes_no_progress(self, start):
        with pytest.raises(WorkerEndedError, match="did not answer for 1 s"):
            ask(start("hung", silence_limit_s=1.0), do="sleep", seconds=60)

    def test_but_not_when_it_is_slow(self, start):
        assert len(ask(start(silence_limit_s=2.0), do="sleep", seconds=3.0)) == 1

    def test_a_deadline(self, start, eventually):
        worker = start()
        with pytest.raises(TimeoutError):
            asyncio.run(worker.ask_async({"do": "sleep", "seconds": 60}, limit_s=0.5))
        assert eventually(lambda: worker.has_ended)

    def test_when_it_takes_no_request(self, start):
        worker = start(silence_limit_s=1.0)
        ask(worker)
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(WorkerEndedError, match="did not answer"):
            ask(worker, text="x" * 4_000_000)
