"""Killed workers, killed servers, hung workers, Ctrl-C: jobs run, are queued again, or failed with their reason."""

import os
import signal
import time
from pathlib import Path

import pytest

from gramophone.errors import UsageError
from gramophone.web.serve import taken

MANY = {"iterations": 2000}
FEW = {"iterations": 2}


def stepping(studio, job):
    with studio.client.stream("GET", f"/api/jobs/{job}/events") as response:
        for line in response.iter_lines():
            if line == "event: step":
                return


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, "ended by SIGKILL"), (signal.SIGSTOP, "did not answer")],
    ids=["killed", "hung"],
)
def test_a_worker_that_dies_or_hangs(studio, clips, number, reason):
    sound = studio.upload(clips["rain"])
    pid = studio.worker()
    job = studio.order(task="texture", styles=[sound], **MANY)
    after = studio.order(task="texture", styles=[sound], **FEW)
    stepping(studio, job)
    os.kill(pid, number)
    began_s = time.monotonic()
    failed = studio.until(job, "failed")
    assert time.monotonic() - began_s < (2 if number == signal.SIGKILL else 6)
    assert reason in failed["reason"]
    assert studio.until(after, "done", "failed")["state"] == "done"
    assert not is_alive(pid)
    assert studio.worker() != pid


def test_a_killed_server_loses_nothing(start, tmp_path, clips):
    first = start(tmp_path / "s")
    sound = first.upload(clips["rain"])
    pid = first.worker()
    running = first.order(task="texture", styles=[sound], iterations=30)
    waiting = first.order(task="texture", styles=[sound], **FEW)
    stepping(first, running)
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


def test_ctrl_c_ends_everything_at_once(start, tmp_path, clips):
    studio = start(tmp_path / "s", "--api-only")
    sound = studio.upload(clips["rain"])
    pid = studio.worker()
    stepping(studio, studio.order(task="texture", styles=[sound], **MANY))
    began_s = time.monotonic()
    studio.process.send_signal(signal.SIGINT)
    assert studio.process.wait(timeout=20) == 130
    assert time.monotonic() - began_s < 5
    assert not is_alive(pid)
    assert "begins again" in studio.process.stderr.read()


def test_one_folder_has_one_studio(tmp_path):
    with taken(tmp_path) as token:
        assert len(token) >= 32
        assert (tmp_path / "token").stat().st_mode & 0o077 == 0
        with pytest.raises(UsageError, match="another studio runs in"), taken(tmp_path):
            pass
    with taken(tmp_path) as again:
        assert again == token
