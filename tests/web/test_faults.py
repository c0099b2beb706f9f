"""Killed workers, killed servers, hung workers, Ctrl-C: jobs run, are queued again, or failed with their reason."""

import os
import resource
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gramophone.errors import UsageError
from gramophone.web.serve import studio_lock

MANY = {"iterations": 2000}
FEW = {"iterations": 2}


def footprint(pid, is_alive):
    """Descriptors, threads, and children that nobody has waited for."""
    process = Path(f"/proc/{pid}")
    children = [int(one) for task in process.glob("task/*/children") for one in task.read_text().split()]
    zombies = [one for one in children if not is_alive(one)]
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir())), zombies


@pytest.mark.survives("workers")
class TestWorkers:
    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            (signal.SIGKILL, "ended by SIGKILL; the system may have run out of memory"),
            (signal.SIGSEGV, "ended by SIGSEGV"),
            (signal.SIGSTOP, "did not answer"),
        ],
        ids=["killed", "crashed", "hung"],
    )
    def test_a_worker_that_dies_or_hangs(self, studio, clips, is_alive, number, reason):
        sound = studio.upload(clips["rain"])
        pid = studio.worker()
        job = studio.order(task="texture", styles=[sound], **MANY)
        after = studio.order(task="texture", styles=[sound], **FEW)
        studio.stepping(job)
        os.kill(pid, number)
        began_s = time.monotonic()
        failed = studio.until(job, "failed")
        assert time.monotonic() - began_s < (6 if number == signal.SIGSTOP else 2)
        assert reason in failed["reason"]
        assert studio.until(after, "done", "failed")["state"] == "done"
        assert not is_alive(pid)
        assert studio.worker() != pid

    @pytest.mark.survives("memory")
    def test_too_little_memory_fails_the_job_and_replaces_the_worker(self, studio, clips):
        """The worker's address space is closed while it works; what it asks for then is not there."""
        sound = studio.upload(clips["rain"])
        # Without a job before it, what loads libraries may end the process.
        before = studio.order(task="texture", styles=[sound], duration_s=0.5, **FEW)
        assert studio.until(before, "done", "failed")["state"] == "done"
        pid = studio.worker()
        soft, hard = resource.prlimit(pid, resource.RLIMIT_AS)
        used = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (used + 30_000_000, hard))
        try:
            failed = studio.until(
                studio.order(task="texture", styles=[sound], duration_s=30, **FEW), "done", "failed"
            )
        finally:
            with suppress(ProcessLookupError):  # it has ended itself
                resource.prlimit(pid, resource.RLIMIT_AS, (soft, hard))
        assert failed["state"] == "failed"
        assert "memory" in failed["reason"]
        assert "ask for a shorter sound" in failed["reason"]
        assert studio.client.get(f"/api/jobs/{failed['id']}/wav").status_code == 404
        after = studio.order(task="texture", styles=[sound], **FEW)
        assert studio.until(after, "done", "failed")["state"] == "done"
        assert studio.worker() != pid


@pytest.mark.survives("lives of jobs")
class TestServerShutdown:
    def test_a_killed_server_loses_nothing(self, start, tmp_path, clips, is_alive):
        first = start(tmp_path / "s")
        sound = first.upload(clips["rain"])
        pid = first.worker()
        running = first.order(task="texture", styles=[sound], iterations=30)
        waiting = first.order(task="texture", styles=[sound], **FEW)
        first.stepping(running)
        first.process.kill()
        first.process.wait()
        first.client.close()
        end_s = time.monotonic() + 10
        while is_alive(pid):
            assert time.monotonic() < end_s, "the worker outlived its server"
        second = start(tmp_path / "s")
        assert second.token == first.token
        told = second.until(running, "done", "failed")
        assert told["state"] == "done"
        with second.client.stream("GET", f"/api/jobs/{running}/events") as response:
            text = "".join(response.iter_text())
        assert "the studio ended while it ran; it begins again" in text
        assert second.until(waiting, "done", "failed")["state"] == "done"

    def test_ctrl_c_ends_everything_at_once(self, start, tmp_path, clips, is_alive):
        studio = start(tmp_path / "s", "--api-only")
        sound = studio.upload(clips["rain"])
        pid = studio.worker()
        studio.stepping(studio.order(task="texture", styles=[sound], **MANY))
        began_s = time.monotonic()
        studio.process.send_signal(signal.SIGINT)
        assert studio.process.wait(timeout=20) == 130
        assert time.monotonic() - began_s < 5
        assert not is_alive(pid)
        assert "running jobs start again with the next one" in studio.process.stderr.read()


@pytest.mark.survives("soak")
class TestResources:
    def test_many_jobs_leave_nothing_behind(self, studio, clips, is_alive):
        """Descriptors, threads and children are what they were; `bench.studio soak` has 1,000."""
        sound, pids = studio.upload(clips["rain"]), (studio.process.pid, studio.worker())

        def run(count):
            for _ in range(count):
                job = studio.order(task="texture", styles=[sound], duration_s=0.5, iterations=1)
                assert studio.until(job, "done", "failed")["state"] == "done"
                assert studio.client.delete(f"/api/jobs/{job}").status_code == 204

        run(4)
        before = [footprint(pid, is_alive) for pid in pids]
        run(8)
        assert [footprint(pid, is_alive) for pid in pids] == before
        assert studio.worker() == pids[1]


@pytest.mark.survives("its folder")
class TestStudioFolder:
    def test_one_folder_has_one_studio(self, tmp_path):
        with studio_lock(tmp_path) as token:
            assert len(token) >= 32
            assert (tmp_path / "token").stat().st_mode & 0o077 == 0
            with pytest.raises(UsageError, match="another studio runs in"), studio_lock(tmp_path):
                pass
        with studio_lock(tmp_path) as again:
            assert again == token

    def test_a_folder_that_cannot_be_had(self, tmp_path):
        (tmp_path / "file").write_text("no folder")
        for place in (tmp_path / "file", tmp_path / "file" / "below"):
            with pytest.raises(UsageError, match="cannot be used"), studio_lock(place):
                pass
        assert (tmp_path / "file").read_text() == "no folder"
