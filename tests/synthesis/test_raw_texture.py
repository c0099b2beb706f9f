"""Textures of causal models: conditions over time, steering, and what is decided by what."""

import numpy as np
import pytest

import gramophone as gp
from gramophone.errors import UsageError
from gramophone.raw import Condition, LruConfig
from gramophone.raw.model_file import ModelFile, write
from gramophone.raw.models import model_of
from gramophone.request import StreamRequest, TextureRequest
from gramophone.synthesis.raw_texture import RawStream, RawTexture

CONDITIONS = (Condition("sort", ("a", "b")), Condition("level", low=1.0, high=3.0))


@pytest.fixture
def file():
    config = LruConfig(conditions=CONDITIONS, channels=4, skip=8)
    return ModelFile(config, {"gain": 2.0}, dict(model_of(config, 1).state_dict()))


def asked(stream, *times_s):
    """What the model is given at some times."""
    return stream._given(np.array([round(16000 * time_s / 64) for time_s in times_s]))


class TestConditions:
    def test_a_path_is_passed_through_once_in_the_duration(self, file):
        stream = RawStream(file, {"level": [1, 3, 2], "sort": ["a", "b"]}, duration_s=8.0)
        assert asked(stream, 0, 2, 4, 6, 8, 9) == pytest.approx(
            np.array(
                [[1, 0, -1], [0.75, 0.25, 0], [0.5, 0.5, 1], [0.25, 0.75, 0.5], [0, 1, 0], [0, 1, 0]], np.float32
            )
        )

    def test_a_stream_goes_to_and_fro(self, file):
        stream = RawStream(file, {"level": [1, 3]})
        assert asked(stream, 0, 15, 30, 45, 60, 75)[:, 2] == pytest.approx([-1, 0, 1, 0, -1, 0])

    def test_the_middle_is_taken_where_nothing_is_asked(self, file):
        assert asked(RawStream(file), 0, 100).tolist() == [[1, 0, 0], [1, 0, 0]]

    def test_steering_acts_from_the_next_block_on(self, file):
        steered, plain = RawStream(file, seed=1), RawStream(file, seed=1)
        assert next(steered).samples.tobytes() == next(plain).samples.tobytes()
        steered.steer({"level": 3})
        assert steered.paths == {"sort": ["a"], "level": [3]}
        assert next(steered).samples.tobytes() != next(plain).samples.tobytes()

    def test_steering_beyond_what_was_trained_is_refused(self, file):
        with pytest.raises(UsageError, match="level was trained from 1 to 3, not at 4"):
            RawStream(file).steer({"level": 4})
        clamped = RawStream(file, clamp=True)
        clamped.steer({"level": 4})
        assert clamped.paths["level"] == [3]


class TestStream:
    def test_a_closed_stream_ends(self, file):
        stream = RawStream(file)
        assert next(stream).samples.shape == (1, 8000)
        stream.close()
        assert list(stream) == []
        assert stream.samples == 8000

    def test_the_gain_acts_on_the_level_alone(self, file):
        quiet, plain = RawStream(file), RawStream(file)
        quiet.gain_db = -20.0
        assert 10 * next(quiet).samples == pytest.approx(next(plain).samples, abs=1e-3)

    def test_a_texture_has_its_length_and_record(self, file):
        texture = RawTexture(file, 1.1, {"level": [2]}, seed=3, weights="a.safetensors")
        pieces = list(texture)
        assert [piece.samples.shape[1] for piece in pieces] == [8000, 8000, 1600]
        assert (texture.blocks, texture.samples) == (3, 17600)
        record = texture.made(17600, 0.5, "finished").record()
        assert record["settings"]["weights"] == "a.safetensors"
        assert record["parameters"] == {"duration_s": 1.1, "condition": {"sort": ["a"], "level": [2.0]}}


class TestRequests:
    def test_a_request_is_the_same_as_words_and_as_a_mapping(self):
        values = {"network": "lru", "weights": "a.safetensors", "duration_s": 3, "clamp": True}
        text = TextureRequest(**values, condition="sort=b,level=1:2")
        assert TextureRequest(**values, condition={"sort": "b", "level": [1, 2]}) == text
        assert text.paths == {"sort": ["b"], "level": [1.0, 2.0]}
        assert TextureRequest.from_words(text.to_words()) == text
        assert TextureRequest.model_validate_json(text.to_json()) == text
        assert text.is_long
        assert text.command("o.wav")[:4] == ["gramophone", "texture", "-o", "o.wav"]

    def test_in_python_a_stream_takes_a_network(self, file, tmp_path):
        path = str(tmp_path / "a.safetensors")
        model = model_of(file.config, 1)
        write(tmp_path / "a.safetensors", model, file.card, overwrite=False)
        stream = gp.stream(network="lru", weights=path, condition="level=1", seed=2)
        block = next(stream)
        assert (block.rate_hz, block.channels) == (16000, 1)
        again = StreamRequest(network="lru", weights=path, condition="level=1", seed=2).open_network()
        assert next(again).samples.tobytes() == block.samples.tobytes()
        made = gp.texture(network="lru", weights=path, condition="level=1", seed=2, duration_s=block.duration_s)
        assert made.sound.samples.tobytes() == block.samples.tobytes()
