"""What is too large, too slow, too much or no sound is refused, and leaves nothing behind."""

import asyncio
import concurrent.futures
import io
import socket
import sys
import time
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
import soundfile

from gramophone.web.config import Config, Limits
from gramophone.web.errors import status_of
from gramophone.web.jobs import Jobs
from gramophone.web.store import Store
from gramophone.web.studio import open_studio
from gramophone.workers.process import WorkerFailedError
from gramophone.workers.sandbox import Sandbox

LIMIT = 200_000


def left(running):
    return [path.name for path in (running.folder / "sounds").iterdir()]


def parts(total, size=10_000):
    for _ in range(total // size):
        yield b"\0" * size


def flac(seconds, rate_hz=48000, level=0.0):
    out = io.BytesIO()
    samples = np.full(int(seconds * rate_hz), level, dtype=np.float32)
    soundfile.write(out, samples, rate_hz, format="FLAC")
    return out.getvalue()


NO_SOUNDS = (
    (b"", 415, "empty"),
    (b"R", 415, "not a readable audio file"),
    (b"<html><body>no sound</body></html>" * 50, 415, "not a readable audio file"),
    (b"ffconcat version 1.0\nfile /etc/passwd\n", 415, "not a readable audio file"),
    (b"#EXTM3U\nhttp://127.0.0.1/x.wav\n", 415, "not a readable audio file"),
    (flac(2.0), 415, "silent"),
    (flac(30.0, level=0.1), 413, "the limit is"),  # a small file, a large sound
)


def full_disk(monkeypatch):
    """From now on, whatever is opened to be written anew has no room."""
    opened = Path.open

    def without_room(self, mode="r", *rest, **more):
        return opened(Path("/dev/full"), "wb", 0) if "x" in mode else opened(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", without_room)


async def tidied(config):
    async with open_studio(config) as studio:
        studio.tidy()


@pytest.mark.survives("uploads")
class TestClients:
    @pytest.mark.parametrize("path", ["/api/sounds", "/api/jobs", "/api/streams"])
    def test_a_client_that_sends_nothing(self, small, path):
        running = small(silence_s=0.3)
        host, port = running.address.removeprefix("http://").split(":")
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {running.token}\r\n"
        with socket.create_connection((host, int(port))) as line:
            line.sendall(f"{head}Content-Length: 1000\r\n\r\nRIFF".encode())
            line.settimeout(20)
            assert b" 408 " in line.recv(1000).splitlines()[0]
        assert left(running) == []

    def test_a_client_that_leaves(self, small):
        running = small()
        host, port = running.address.removeprefix("http://").split(":")
        head = f"POST /api/sounds HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {running.token}\r\n"
        with socket.create_connection((host, int(port))) as line:
            line.sendall(f"{head}Content-Length: 1000\r\n\r\nRIFF".encode())
        end_s = time.monotonic() + 20
        while left(running) or running.client.get("/api/status").json()["uploads"]:
            assert time.monotonic() < end_s

    def test_many_uploads_at_once(self, small):
        running = small(uploads=2)
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda _: running.client.post("/api/sounds", content=b"no sound"), range(24)))
        statuses = {answer.status_code for answer in answers}
        assert statuses <= {415, 503}
        assert 415 in statuses
        assert left(running) == []
        assert running.client.get("/api/status").json()["uploads"] == 0


@pytest.mark.survives("uploads")
class TestQueue:
    def test_the_queue_is_bounded(self, small, clips):
        running = small(jobs_waiting=3)
        sound = running.upload(clips["rain"])
        order = {"task": "texture", "styles": [sound]}
        answers = [running.client.post("/api/jobs", json=order) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 503, 503]
        assert int(answers[-1].headers["retry-after"]) > 0
        assert len(list((running.folder / "jobs").iterdir())) == 3


@pytest.mark.survives("full studio")
class TestStorage:
    def test_a_full_disk_refuses_an_upload(self, small, monkeypatch, clips):
        running = small()
        with monkeypatch.context() as patched:
            full_disk(patched)
            answer = running.client.post("/api/sounds", content=clips["rain"].read_bytes())
        assert answer.status_code == 507
        assert "the disk is full" in answer.json()["error"]
        assert left(running) == []
        assert running.client.get("/api/status").json()["uploads"] == 0
        running.upload(clips["rain"])

    def test_a_full_database_refuses_a_job(self, small, clips):
        running = small(jobs_waiting=500)
        sound = running.upload(clips["rain"])
        store = Store(running.folder / "studio.sqlite")
        (pages,) = store.row("PRAGMA page_count")
        store.close()
        # A limit holds for the connection that sets it, and that is the server's.
        running.studio.notifier._loop.call_soon_threadsafe(
            running.studio.store.rows, f"PRAGMA max_page_count = {pages}"
        )
        order = {"task": "texture", "styles": [sound], "span_ms": [20.5] * 32}
        statuses = [running.client.post("/api/jobs", json=order).status_code for _ in range(60)]
        assert set(statuses) == {201, 507}
        jobs = {job["id"] for job in running.client.get("/api/jobs").json()}
        assert jobs == {path.name for path in (running.folder / "jobs").iterdir()}

    def test_the_disk_quota(self, small, clips):
        running = small(stored_bytes=100_000)
        answer = running.client.post("/api/sounds", content=clips["rain"].read_bytes())
        assert answer.status_code == 507
        assert left(running) == []

    def test_old_things_expire(self, small, clips):
        running = small(keep_s=3600.0)
        old, of_kept, fresh = (running.upload(clips[name]) for name in ("rain", "voice", "fire"))
        kept = running.order(task="texture", styles=[of_kept])
        done, waiting = (running.order(task="texture", styles=[fresh]) for _ in range(2))
        store = Store(running.folder / "studio.sqlite")
        jobs = Jobs(store)
        for name in (kept, done):
            jobs.claim("w")
            jobs.end(name, "w", "done")
        assert running.client.patch(f"/api/jobs/{kept}", json={"kept": True}).json()["kept"]
        steered = {"styles": [of_kept], "begun": kept, "steered": True}
        steps = running.order(task="texture", **steered), running.order(task="texture", **{**steered, "begun": done})
        assert [running.job(one)["kept"] for one in steps] == [True, False]
        with store.writing() as database:
            database.execute("UPDATE sounds SET used_s = used_s - 4000 WHERE id != ?", (fresh,))
            database.execute("UPDATE jobs SET used_s = used_s - 4000")
        store.close()
        asyncio.run(tidied(Config(running.folder, "", frozenset(), devices=(), limits=Limits(keep_s=3600.0))))
        assert set(left(running)) == {of_kept, fresh}
        assert running.client.get(f"/api/sounds/{old}").status_code == 404
        assert running.client.get(f"/api/jobs/{done}").status_code == 404
        assert {path.name for path in (running.folder / "jobs").iterdir()} == {kept, waiting, *steps}


@pytest.mark.survives("bombs")
class TestDecoder:
    @pytest.mark.parametrize(
        ("does", "status", "said"),
        [
            ("kill -SEGV $$", 415, "crashed"),
            ("exec sleep 1000", 422, "longer than 0.5 s"),
            ("echo nonsense", 415, "crashed"),
        ],
        ids=["crashes", "hangs", "babbles"],
    )
    def test_a_decoder_that_fails_is_survived(self, small, monkeypatch, tmp_path, does, status, said):
        fake = tmp_path / "python"
        running = small(decode_s=0.5)
        monkeypatch.setattr(sys, "executable", str(fake))
        fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{does}\n")
        fake.chmod(0o755)
        answer = running.client.post("/api/sounds", content=b"RIFF")
        assert answer.status_code == status
        assert said in answer.json()["error"]
        assert running.client.get("/api/status").json()["uploads"] == 0
        assert left(running) == []
        assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()

    def test_a_decoder_without_memory_says_so(self, tmp_path, module_beside):
        """In a process of its own, with room for the program and little more."""
        source = tmp_path / "upload"
        source.write_bytes(flac(300.0, level=0.1))
        request = {"verb": "decode", "words": [str(source), str(tmp_path), "600"]}
        with pytest.raises(WorkerFailedError, match="more memory than a sound may take") as caught:
            asyncio.run(Sandbox(module_beside("cramped_sound_worker")).ask(request, limit_s=60.0))
        assert status_of(caught.value.exit_code) == 413
        assert not (tmp_path / "sound.wav").exists()


@pytest.mark.survives("uploads")
class TestUploadRefusals:
    @pytest.mark.parametrize("body", [b"\0" * (LIMIT + 1), parts(3 * LIMIT)], ids=["announced", "counted"])
    def test_too_large(self, small, body):
        running = small(upload_bytes=LIMIT)
        try:
            answer = running.client.post("/api/sounds", content=body)
        except httpx.WriteError:  # the rest is not read
            pass
        else:
            assert answer.status_code == 413
            assert "0.2 MB" in answer.json()["error"]
        assert left(running) == []

    def test_no_sound(self, small):
        running = small(decoded_s=5.0)
        for body, status, said in NO_SOUNDS:
            answer = running.client.post("/api/sounds", params={"name": "../../x\n\x1b[1m.wav"}, content=body)
            assert answer.status_code == status
            assert said in answer.json()["error"]
            assert str(running.folder) not in answer.text
            assert left(running) == []
