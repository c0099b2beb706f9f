"""A full disk under the studio: refusals say so, jobs end, workers stay, and nothing stays "running" for ever."""

import os
import signal

import pytest

from gramophone.web.serve import studio_lock


def fill(folder):
    """Takes the last byte of a disk."""
    handle = os.open(folder / "fill", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(handle, bytes(4096)):
            pass
    except OSError:
        pass
    finally:
        os.close(handle)


@pytest.mark.survives("full studio")
@pytest.mark.usefixtures("unmeasured")
def test_a_disk_that_fills_up(start, clips, tiny_disk):
    disk = tiny_disk(40_000_000)
    running = start(disk)
    sound, pid = running.upload(clips["rain"]), running.worker()
    job = running.order(task="texture", styles=[sound], iterations=30, duration_s=60)
    running.stepping(job)
    fill(disk)
    answer = running.client.post("/api/sounds", content=clips["rain"].read_bytes())
    assert answer.status_code == 507
    assert answer.json()["error"] == "the disk is full; remove sounds or results, or free some space"
    failed = running.until(job, "failed", "done")
    assert failed["state"] == "failed"
    assert failed["reason"] == "the disk is full; remove sounds or results, or free some space"
    assert running.client.get("/api/status").json()["workers"] == [{"pid": pid, "ready": True}]
    (disk / "fill").unlink()
    again = running.order(task="texture", styles=[sound], iterations=1)
    assert running.until(again, "failed", "done")["state"] == "done"


@pytest.mark.survives("full studio")
def test_a_worker_that_dies_on_a_full_disk(start, clips, tiny_disk):
    disk = tiny_disk(40_000_000)
    running = start(disk)
    sound, pid = running.upload(clips["rain"]), running.worker()
    job = running.order(task="texture", styles=[sound], iterations=2000)
    running.stepping(job)
    os.kill(pid, signal.SIGSTOP)
    fill(disk)
    os.kill(pid, signal.SIGKILL)
    assert "SIGKILL" in running.until(job, "failed")["reason"]


@pytest.mark.parametrize("content", [b"\xff" * 500, b"", b"short", bytes(10_000), "ü".encode() * 40, b"a b" * 20])
@pytest.mark.survives("its folder")
def test_a_token_file_of_garbage_is_replaced(tmp_path, content):
    (tmp_path / "token").write_bytes(content)
    with studio_lock(tmp_path) as token:
        assert len(token) >= 32
        assert token.isascii()
        assert (tmp_path / "token").read_text() == token
    with studio_lock(tmp_path) as again:
        assert again == token
