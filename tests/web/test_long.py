"""Textures in blocks: what the command line makes, seen, heard, stopped and cancelled on the way."""

import errno
import io
import sqlite3
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
import soundfile
from PIL import Image

from gramophone.web.config import StudioFolder
from gramophone.web.errors import DISK_FULL
from gramophone.web.job_reporter import JobReporter
from gramophone.web.jobs import Jobs
from gramophone.web.run_job import run_job
from gramophone.web.store import Store
from gramophone.workers.subprocess_env import environment

MORPH = "0:1,0 2:0,1"


@pytest.fixture(scope="module")
def styles(studio, clips):
    return [studio.upload(clips[name]) for name in ("rain", "fire")]


def events(studio, job, kind):
    """Waits for one."""
    with studio.client.stream("GET", f"/api/jobs/{job}/events") as response:
        assert any(line == f"event: {kind}" for line in response.iter_lines())


class TestLongTextures:
    def test_a_morph_is_that_of_the_command_line(self, studio, styles, clips, tmp_path):
        job = studio.order(task="texture", styles=styles, morph=MORPH, iterations=2, seed=5)
        done = studio.until(job, "done", "failed")
        assert done["state"] == "done", done["reason"]
        assert done["result"]["command"][-6:] == ["--iterations", "2", "--morph", MORPH, "--seed", "5"]
        # In a process of its own, like the job: another number of threads gives other bytes.
        words = [*(str(clips[name]) for name in ("rain", "fire")), "-o", str(tmp_path / "out.wav"), "--quiet"]
        asked = ["--morph", MORPH, "--seed", "5", "--iterations", "2", "--device", "cpu"]
        command = [sys.executable, "-m", "gramophone", "texture", *words, *asked]
        subprocess.run(command, check=True, env={**environment(), "OMP_NUM_THREADS": "1"})
        wav = studio.client.get(f"/api/jobs/{job}/wav").content
        assert sha256(wav).digest() == sha256((tmp_path / "out.wav").read_bytes()).digest()
        flac, _ = soundfile.read(io.BytesIO(studio.client.get(f"/api/jobs/{job}/flac").content))
        assert np.abs(flac - soundfile.read(io.BytesIO(wav))[0]).max() < 3e-7  # a step of 24 bits
        record = studio.client.get(f"/api/jobs/{job}/record").json()
        assert record["parameters"]["morph"] == [[0.0, [1.0, 0.0]], [2.0, [0.0, 1.0]]]
        assert np.asarray(Image.open(io.BytesIO(studio.client.get(f"/api/jobs/{job}/picture").content))).max() == 255
        assert done["result"]["steps"] == 2
        assert "morph" in studio.client.get(f"/api/jobs/{job}/report").text

    def test_a_long_texture_is_heard_and_stopped(self, studio, styles):
        job = studio.order(task="texture", styles=styles[:1], duration_s=90, iterations=1)
        studio.client.post(f"/api/jobs/{job}/listen")
        events(studio, job, "heard")
        heard = soundfile.info(io.BytesIO(studio.client.get(f"/api/jobs/{job}/so-far").content))
        assert studio.client.get(f"/api/jobs/{job}/forming").content.startswith(b"\x89PNG")
        studio.client.post(f"/api/jobs/{job}/stop")
        kept = studio.until(job, "done", "failed")["result"]
        assert kept["stopped"] == "interrupted"
        assert 0 < heard.duration <= kept["duration_s"] < 90
        found = soundfile.info(io.BytesIO(studio.client.get(f"/api/jobs/{job}/wav").content))
        assert found.duration == pytest.approx(kept["duration_s"])

    def test_it_begins_anew(self, studio, styles):
        first = studio.order(task="texture", styles=styles[:1], iterations=1)
        answer = studio.client.post(
            "/api/jobs", json={"task": "texture", "styles": styles[:1], "duration_s": 40, "begun": first}
        )
        assert answer.status_code == 422
        assert "starts from noise" in answer.json()["error"]

    def test_a_cancelled_one_leaves_nothing(self, small, clips):
        """The worker's part, here, so that its folder can be looked into."""
        running = small()
        sound = running.upload(clips["rain"])
        name = running.order(task="texture", styles=[sound], duration_s=90, iterations=1)
        jobs = Jobs(Store(running.folder / "studio.sqlite"))
        job = jobs.claim("w")
        jobs.request_control(name, "cancel")
        run_job(job, JobReporter(jobs, "w", StudioFolder(running.folder), "cpu", lambda: None))
        assert jobs.get(name).state == "cancelled"
        jobs.store.close()
        assert list((running.folder / "jobs" / name).iterdir()) == []

    @pytest.mark.survives("full studio")
    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (sqlite3.OperationalError("database or disk is full"), DISK_FULL),
            (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
            (
                PermissionError(errno.EACCES, "Permission denied"),
                "the studio's folder cannot be used: Permission denied",
            ),
        ],
    )
    def test_what_the_system_refuses_on_the_way_is_its_reason(self, small, clips, monkeypatch, error, reason):
        running = small()
        sound = running.upload(clips["rain"])
        name = running.order(task="texture", styles=[sound], iterations=1)
        jobs = Jobs(Store(running.folder / "studio.sqlite"))

        def refuse(*_):
            raise error

        monkeypatch.setattr(JobReporter, "draw", refuse)
        run_job(jobs.claim("w"), JobReporter(jobs, "w", StudioFolder(running.folder), "cpu", lambda: None))
        found = jobs.get(name)
        jobs.store.close()
        assert found.state == "failed"
        assert found.reason.startswith(reason)


class TestRefusals:
    def test_what_has_no_room_is_refused_before(self, small, clips):
        running = small(stored_bytes=20_000_000)
        sound = running.upload(clips["rain"])
        order = {"task": "texture", "styles": [sound]}
        assert running.client.post("/api/jobs", json={**order, "duration_s": 600}).status_code == 507
        assert running.client.post("/api/jobs", json={**order, "duration_s": 60}).status_code == 201
        assert running.client.post("/api/jobs", json={**order, "duration_s": 601}).status_code == 422
