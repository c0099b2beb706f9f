"""Streams of causal models over HTTP: which there are, their blocks, and conditions that change."""

import numpy as np
import pytest

from gramophone.raw import Condition, LruConfig
from gramophone.raw.model_file import ModelFile
from gramophone.raw.models import model_of
from gramophone.synthesis.raw_texture import RawStream
from gramophone.web.steered_model import SteeredModel

CONDITIONS = (Condition("sort", ("calm", "wild")), Condition("level", low=1.0, high=3.0))
CONFIG = LruConfig(conditions=CONDITIONS, channels=4, skip=8)


class TestRoutes:
    def test_models_of_the_folder_are_offered_and_other_files_are_not(self, studio):
        found = {one["name"]: one for one in studio.client.get("/api/models").json()}
        assert "other" not in found
        assert found["small"]["network"] == "lru"
        assert found["small"]["conditions"] == [
            {"name": "sort", "classes": ["calm", "wild"], "low": 0.0, "high": 0.0},
            {"name": "level", "classes": [], "low": 1.0, "high": 3.0},
        ]

    def test_a_stream_and_its_conditions(self, studio):
        started = studio.client.post("/api/models/small/streams", json={"seed": 3, "values": {"level": 2}})
        assert started.status_code == 201, started.text
        path = f"/api/streams/{started.json()['id']}"
        first = studio.client.get(f"{path}/block")
        assert (first.headers["x-start"], first.headers["x-rate-hz"], first.headers["x-channels"]) == (
            "0",
            "16000",
            "1",
        )
        assert len(first.content) == 4 * int(first.headers["x-samples"])
        change = {"values": {"level": 3, "sort": "wild"}, "at": 5000}
        assert studio.client.post(f"{path}/conditions", json=change).status_code == 204
        second = studio.client.get(f"{path}/block")
        assert (second.headers["x-start"], second.headers["x-changes"]) == ("5000", "1")
        for body, said in (
            ({"values": {"level": 4}, "at": 0}, "level was trained from 1 to 3, not at 4"),
            ({"values": {"pitch": 1}, "at": 0}, "not pitch"),
            ({"values": {"sort": "odd"}, "at": 0}, "must be one of calm, wild"),
            ({"values": {"level": 2}}, "at is invalid"),
        ):
            refused = studio.client.post(f"{path}/conditions", json=body)
            assert (refused.status_code, said in refused.json()["error"]) == (422, True), refused.text
        weights = studio.client.post(f"{path}/weights", json={"weights": [1], "at": 0})
        assert (weights.status_code, "has conditions, not weights" in weights.json()["error"]) == (422, True)
        assert studio.client.delete(path).status_code == 204

    @pytest.mark.parametrize(
        ("name", "body", "status", "said"),
        [
            ("none", {}, 404, "there is no such model"),
            ("other", {}, 404, "there is no such model"),
            ("small", {"values": {"level": 9}}, 422, "level was trained from 1 to 3"),
            ("small", {"weights": "/etc/passwd"}, 422, "weights is invalid"),
            ("small", {"seed": -1}, 422, "seed is invalid"),
        ],
    )
    def test_refusals(self, studio, name, body, status, said):
        answer = studio.client.post(f"/api/models/{name}/streams", json=body)
        assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


class TestSteering:
    def test_what_is_ahead_is_made_again_and_what_was_heard_is_not(self):
        file = ModelFile(CONFIG, {}, dict(model_of(CONFIG, 1).state_dict()))
        plain, steered = RawStream(file, seed=2), SteeredModel(RawStream(file, seed=2))
        wanted = np.concatenate([next(plain).samples[0] for _ in range(3)])
        heard = {}
        for _ in range(3):
            start, sound = steered.block()
            heard[start] = sound.samples[0]
        assert np.concatenate(list(heard.values())).tobytes() == wanted.tobytes()
        steered.change({"values": {"level": 1}, "at": 9001})
        start, sound = steered.block()
        assert (start, steered.applied) == (9001, 1)
        length = len(sound.samples[0])
        assert sound.samples[0].tobytes() != wanted[9001 : 9001 + length].tobytes()
        other = RawStream(file, seed=2)
        other.draw(9001)
        other.steer({"level": 1})
        assert other.draw(length).samples.tobytes() == sound.samples.tobytes()

    def test_nothing_is_taken_back_beyond_what_is_remembered(self):
        file = ModelFile(CONFIG, {}, dict(model_of(CONFIG, 1).state_dict()))
        stream = RawStream(file)
        assert stream.take_back(5) == 0
        for _ in range(30):
            stream.draw(100)
        assert stream.take_back(10**6) == 2400
        assert stream.samples == 600
        assert stream.take_back(0) == 0
