"""Sounds, jobs, events and streams over HTTP, with a real worker."""

import io
import json
import socket

import numpy as np
import pytest
import soundfile
from PIL import Image

from gramophone.audio.loudness import loudness_lufs
from gramophone.web.serve import listen

FEW = {"iterations": 3}
MANY = {"iterations": 2000}


@pytest.fixture(scope="module")
def sounds(studio, clips):
    return {name: studio.upload(path) for name, path in clips.items()}


def events_of(studio, job, after=None):
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    text = studio.client.get(f"/api/jobs/{job}/events", headers=headers).text
    blocks = [
        dict(line.split(": ", 1) for line in part.splitlines()) for part in text.split("\n\n") if "event" in part
    ]
    return [(int(one.get("id", 0)), one["event"], json.loads(one["data"])) for one in blocks]


class TestSounds:
    def test_an_uploaded_sound_is_heard_and_seen(self, studio, sounds, clips):
        about = studio.client.get(f"/api/sounds/{sounds['voice']}").json()
        assert (about["name"], about["rate_hz"], about["channels"]) == ("voice.wav", 22050, 1)
        assert about["duration_s"] == pytest.approx(1.0, abs=0.01)
        given, _ = soundfile.read(clips["voice"], dtype="float32")
        found, rate_hz = soundfile.read(
            io.BytesIO(studio.client.get(f"/api/sounds/{sounds['voice']}/audio").content), dtype="float32"
        )
        assert rate_hz == 22050
        assert np.abs(given - found).max() < 1e-6
        picture = Image.open(io.BytesIO(studio.client.get(f"/api/sounds/{sounds['voice']}/picture").content))
        assert picture.mode == "L"
        assert np.asarray(picture).max() == 255
        peaks = studio.client.get(f"/api/sounds/{sounds['voice']}/peaks").json()
        assert max(map(abs, peaks)) == pytest.approx(float(np.abs(given).max()), abs=1e-3)

    def test_part_of_a_sound(self, studio, sounds):
        answer = studio.client.get(f"/api/sounds/{sounds['rain']}/audio", headers={"Range": "bytes=0-3"})
        assert (answer.status_code, answer.content) == (206, b"RIFF")

    def test_built_in_sounds_are_made_once(self, studio):
        first, second = (studio.client.post("/api/sounds/built-in/rhythm") for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["id"] == second.json()["id"]
        assert studio.client.post("/api/sounds/built-in/cake").status_code == 404

    def test_a_sound_that_a_job_waits_for_stays(self, studio, clips):
        sound = studio.upload(clips["rain"])
        job = studio.order(task="texture", styles=[sound], **MANY)
        assert studio.client.delete(f"/api/sounds/{sound}").status_code == 409
        studio.client.post(f"/api/jobs/{job}/cancel")
        studio.until(job, "cancelled")
        assert studio.client.delete(f"/api/sounds/{sound}").status_code == 204


class TestJobs:
    def test_a_transfer_tells_every_step_and_leaves_every_file(self, studio, sounds):
        job = studio.order(task="transfer", content=sounds["voice"], styles=[sounds["fire"]], strength=0.7, **FEW)
        told = events_of(studio, job)
        kinds = [kind for _, kind, _ in told]
        assert [data["state"] for _, kind, data in told if kind == "state"] == ["queued", "running", "done"]
        steps = [data["index"] for _, kind, data in told if kind == "step"]
        assert steps == list(range(1, len(steps) + 1))
        assert [data["text"][:7] for _, kind, data in told if kind == "note"] == ["keeping"]
        assert "picture" in kinds
        assert kinds[-1] == "end"
        done = studio.job(job)
        name = f"{done['title']}.wav"
        assert done["title"].startswith("voice-in-fire-0.7")
        assert done["result"]["command"] == [
            *("gramophone", "transfer", "voice.wav", "fire.wav", "-o", name),
            *("--iterations", "3", "--strength", "0.7"),
        ]
        wav, flac = (
            soundfile.read(io.BytesIO(studio.client.get(f"/api/jobs/{job}/{what}").content))
            for what in ("wav", "flac")
        )
        assert np.abs(wav[0] - flac[0]).max() < 1e-6
        assert len(wav[0]) == pytest.approx(22050, abs=1)
        record = studio.client.get(f"/api/jobs/{job}/record").json()
        assert [one["path"] for one in record["inputs"]] == ["voice.wav", "fire.wav"]
        assert record["parameters"]["strength"] == 0.7
        assert record["output"]["path"] == name
        for what, suffix in (("wav", ".wav"), ("flac", ".flac"), ("record", ".json")):
            found = studio.client.get(f"/api/jobs/{job}/{what}").headers["content-disposition"]
            assert found == f'inline; filename="{name[:-4]}{suffix}"'
        report = studio.client.get(f"/api/jobs/{job}/report")
        assert report.headers["content-disposition"] == f'attachment; filename="{name[:-4]}.html"'
        assert "voice made of fire" in report.text

    def test_events_go_on_after_the_last_that_was_seen(self, studio, sounds):
        job = studio.order(task="texture", styles=[sounds["rain"]], **FEW)
        every = events_of(studio, job)[:-1]
        middle = every[len(every) // 2][0]
        assert events_of(studio, job, middle)[:-1] == [one for one in every if one[0] > middle]
        assert events_of(studio, job, every[-1][0]) == [(0, "end", {})]
        refused = studio.client.get(f"/api/jobs/{job}/events", headers={"Last-Event-ID": "x"})
        assert refused.status_code == 422

    def test_the_sound_so_far_while_it_goes_on(self, studio, sounds):
        job = studio.order(task="texture", styles=[sounds["rain"]], **MANY)
        assert studio.client.get(f"/api/jobs/{job}/wav").status_code == 404
        studio.stepping(job)
        studio.client.post(f"/api/jobs/{job}/listen")
        with studio.client.stream("GET", f"/api/jobs/{job}/events") as response:
            assert any(line == "event: heard" for line in response.iter_lines())
        heard, _ = soundfile.read(io.BytesIO(studio.client.get(f"/api/jobs/{job}/so-far").content))
        assert len(heard) == 22050
        assert studio.job(job)["state"] == "running"
        assert studio.client.get(f"/api/jobs/{job}/forming").content.startswith(b"\x89PNG")
        assert studio.client.get(f"/api/jobs/{job}/wav").status_code == 404
        studio.client.post(f"/api/jobs/{job}/stop")
        kept = studio.until(job, "done", "failed")
        assert kept["result"]["stopped"] == "interrupted"
        assert 0 < kept["result"]["steps"] < 2000
        assert studio.client.get(f"/api/jobs/{job}/wav").status_code == 200
        assert studio.client.post(f"/api/jobs/{job}/stop").status_code == 409

    def test_a_result_is_gone_on_from(self, studio, sounds):
        order = {"task": "transfer", "content": sounds["voice"], "styles": [sounds["rain"]]}
        order["preset"] = "infinite-deep"  # begins with noise
        first = studio.order(**order, iterations=12)
        again = studio.order(**order, iterations=1, begun=first, strength=0.55)
        cold = studio.order(**order, iterations=1, strength=0.55)
        for job in (first, again, cold):
            studio.until(job, "done")
        warm, new = (
            next(data["total"] for _, kind, data in events_of(studio, job) if kind == "step") for job in (again, cold)
        )
        assert warm < 0.5 * new

    @pytest.mark.parametrize("weights", [None, ["random"]])
    def test_a_transfer_through_a_trained_network(self, studio, sounds, weights):
        order = {"task": "transfer", "content": sounds["voice"], "styles": [sounds["fire"]], "network": "verma2018"}
        done = studio.until(studio.order(**order, weights=weights, iterations=1), "done", "failed")
        assert done["state"] == "done", done["reason"]
        record = studio.client.get(f"/api/jobs/{done['id']}/record").json()
        used = record["settings"]["network"]
        assert (used["kind"], used["weights"]) == ("verma2018", "random" if weights else "trained")
        words = ["--iterations", "1", "--network", "verma2018", *(["--weights", "random"] if weights else [])]
        assert record["command"][6:] == words

    def test_cancelling_leaves_nothing(self, studio, sounds):
        running = studio.order(task="texture", styles=[sounds["fire"]], **MANY)
        waiting = studio.order(task="texture", styles=[sounds["fire"]], **MANY)
        studio.stepping(running)
        assert studio.client.delete(f"/api/jobs/{running}").status_code == 409
        assert studio.client.post(f"/api/jobs/{waiting}/cancel").json()["state"] == "cancelled"
        studio.client.post(f"/api/jobs/{running}/cancel")
        assert studio.until(running, "cancelled")["result"] is None
        assert studio.client.get(f"/api/jobs/{running}/wav").status_code == 404
        assert studio.client.delete(f"/api/jobs/{running}").status_code == 204
        assert studio.client.get(f"/api/jobs/{running}").status_code == 404

    def test_a_job_that_cannot_be_says_why(self, studio, sounds):
        job = studio.order(task="texture", styles=[sounds["rain"]], span_ms=[5000])
        assert "a span of 5000 ms is too long" in studio.until(job, "failed")["reason"]


class TestStreams:
    def test_an_endless_texture_block_by_block(self, studio, sounds):
        styles = [sounds["rain"], sounds["fire"]]
        stream = studio.client.post(
            "/api/streams", json={"task": "stream", "styles": styles, "weights": [1, 0], "seed": 3}
        )
        path = f"/api/streams/{stream.json()['id']}"
        first = studio.client.get(f"{path}/block")
        second = studio.client.get(f"{path}/block")
        assert (first.headers["x-start"], second.headers["x-start"]) == ("0", first.headers["x-samples"])
        assert len(first.content) == 4 * int(first.headers["x-samples"])
        at = int(first.headers["x-samples"]) + 2000
        for weights in ([-1, 1], [1e308, 1e308], [0, 0], [1] * 5000):
            refused = studio.client.post(f"{path}/weights", json={"weights": weights, "at": at})
            assert (refused.status_code, "weights" in refused.json()["error"]) == (422, True)
        wrong = studio.client.post(f"{path}/weights", json={"weights": [1], "at": at})
        assert wrong.status_code == 422
        assert studio.client.post(f"{path}/weights", json={"weights": [0, 1], "at": at}).status_code == 204
        changed = studio.client.get(f"{path}/block")
        assert int(changed.headers["x-start"]) == at
        samples = np.frombuffer(changed.content, "<f4")
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() > 0
        assert studio.client.delete(path).status_code == 204
        assert studio.client.get(f"{path}/block").status_code == 404


class TestStyleFiles:
    def test_a_style_file_stands_for_a_recording(self, studio, style_file):
        path, style = style_file
        about = studio.client.post("/api/sounds", params={"name": path.name}, content=path.read_bytes()).json()
        assert (about["kind"], about["name"], about["rate_hz"]) == ("style", "rain.style.safetensors", style.rate_hz)
        assert about["id"] in [one["id"] for one in studio.client.get("/api/sounds").json() if one["kind"] == "style"]
        heard, _ = soundfile.read(
            io.BytesIO(studio.client.get(f"/api/sounds/{about['id']}/audio").content), dtype="float32"
        )
        assert np.array_equal(heard, style.samples[0])
        job = studio.until(
            studio.order(task="texture", styles=[about["id"]], duration_s=0.5, **FEW), "done", "failed"
        )
        assert job["result"]["command"][2] == "rain.style.safetensors"
        again = studio.order(task="transfer", content=about["id"], styles=[about["id"]], iterations=1)
        assert studio.until(again, "done", "failed")["state"] == "done"
        stream = studio.client.post("/api/streams", json={"task": "stream", "styles": [about["id"]], "iterations": 1})
        assert stream.status_code == 201
        assert len(studio.client.get(f"/api/streams/{stream.json()['id']}/block").content) > 4 * style.rate_hz
        studio.client.delete(f"/api/streams/{stream.json()['id']}")

    def test_a_broken_style_file_is_refused(self, studio, style_file):
        data = style_file[0].read_bytes()
        for wrong in (data[:-4], data[:200], data.replace(b"gramophone_style", b"gramophone_stile")):
            answer = studio.client.post("/api/sounds", params={"name": "x.safetensors"}, content=wrong)
            assert answer.status_code == 415
            assert "x.safetensors" in answer.json()["error"]


class TestLoudness:
    def test_loudness_is_that_of_the_files(self, studio, sounds):
        job = studio.order(task="texture", styles=[sounds["rain"]], **FEW)
        result = studio.until(job, "done")["result"]
        for about, path in (
            (studio.client.get(f"/api/sounds/{sounds['rain']}").json(), f"sounds/{sounds['rain']}/audio"),
            (result, f"jobs/{job}/wav"),
        ):
            samples, rate_hz = soundfile.read(
                io.BytesIO(studio.client.get(f"/api/{path}").content), dtype="float32", always_2d=True
            )
            heard = loudness_lufs(np.ascontiguousarray(samples.T), rate_hz)
            assert about["loudness_lufs"] + about.get("gain_db", 0) == pytest.approx(heard, abs=0.01)


class TestServer:
    def test_the_status(self, studio):
        status = studio.client.get("/api/status").json()
        assert status["workers"][0]["pid"] > 0
        assert status["stored_bytes"] > 0

    def test_small_answers_are_sent_at_once(self):
        """asyncio asks for that where a socket says that it is one of TCP; else each answer waits for the last."""
        with listen("127.0.0.1", 0) as listener:
            assert listener.proto == socket.IPPROTO_TCP
