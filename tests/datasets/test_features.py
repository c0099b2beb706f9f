"""Features are computed once, kept whole, and damaged recordings are named."""

import json

import numpy as np
import pytest
import soundfile
import torch

from gramophone.audio import load
from gramophone.datasets.clips import Clip, Collection
from gramophone.datasets.features import prepare
from gramophone.errors import InputError
from gramophone.networks.pretrained.log_spectrogram import LogSpectrogramFrontend

SEEN = LogSpectrogramFrontend(8000, 64, 32, 20, gain=10.0)


@pytest.fixture
def collection(tmp_path):
    clips = []
    for place in range(6):
        path = tmp_path / f"{place}.wav"
        rate = 8000 if place else 16000
        soundfile.write(path, np.random.default_rng(place).normal(0, 0.1, rate // 10), rate)
        clips.append(Clip(path, place % 2, "a"))
    clips.append(Clip(tmp_path / "5.wav", 1, "a", start=200, samples=400))
    return Collection("made", ("one", "two"), tuple(clips), 0.1, "none")


def last(events):
    *_, end = events
    return end.features


def damage(path, kind):
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:-200])
    elif kind == "noise":
        path.write_bytes(b"\x00" * 1000)
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        path.mkdir()


class TestFeatureValues:
    def test_features_are_those_of_the_representation(self, collection, tmp_path):
        found = last(prepare(collection, SEEN, tmp_path / "cache"))
        assert found.values.shape == (7, 33, 26)
        assert found.values.dtype == np.float16
        assert found.damaged == ()
        for place in (0, 3):
            sound = load(collection.clips[place].path, rate_hz=8000)
            expected = SEEN.log_spectrogram(torch.from_numpy(sound.samples[0, :800]))
            np.testing.assert_allclose(found.values[place], expected.numpy(), atol=0.01)
        piece = np.zeros(800, dtype=np.float32)
        piece[:400] = load(collection.clips[5].path).samples[0, 200:600]
        np.testing.assert_allclose(found.values[6], SEEN.log_spectrogram(torch.from_numpy(piece)).numpy(), atol=0.01)

    @pytest.mark.parametrize("workers", [1, 3])
    def test_any_number_of_threads_gives_the_same(self, collection, tmp_path, workers):
        one = last(prepare(collection, SEEN, tmp_path / "a", workers=1)).values
        assert np.array_equal(one, last(prepare(collection, SEEN, tmp_path / "b", workers=workers)).values)


class TestCache:
    def test_they_are_computed_once_and_again_when_something_changes(self, collection, tmp_path, monkeypatch):
        cache = tmp_path / "cache"
        first = list(prepare(collection, SEEN, cache))
        assert [event.done for event in first][-1] == 7
        assert len(first) > 1
        assert len(list(prepare(collection, SEEN, cache))) == 1
        assert len(list(prepare(collection, LogSpectrogramFrontend(8000, 64, 32, 20, gain=11.0), cache))) > 1
        soundfile.write(collection.clips[0].path, np.full(800, 0.25), 8000)
        assert len(list(prepare(collection, SEEN, cache))) > 1

    def test_a_run_that_is_stopped_leaves_nothing_half_written(self, collection, tmp_path):
        cache = tmp_path / "cache"
        events = prepare(collection, SEEN, cache)
        next(events)
        events.close()
        assert not list(cache.iterdir())
        last(prepare(collection, SEEN, cache))
        assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".npy"]

    def test_the_note_beside_the_file_says_what_was_damaged(self, collection, tmp_path):
        last(prepare(collection, SEEN, tmp_path / "cache"))
        (note,) = (tmp_path / "cache").glob("*.json")
        assert json.loads(note.read_text())["damaged"] == []


class TestDamagedClips:
    @pytest.mark.parametrize("kind", ["cut", "noise", "empty", "folder"])
    def test_damaged_files_are_counted_and_named_and_refused_unless_skipped(self, collection, tmp_path, kind):
        damage(collection.clips[2].path, kind)
        cache = tmp_path / "cache"
        with pytest.raises(
            InputError, match=r"1 of 7 clips cannot be read or are cut short: 2\.wav; .*--skip-damaged"
        ):
            last(prepare(collection, SEEN, cache))
        assert not list(cache.glob("*.npy"))
        for _ in range(2):  # the second time from the file
            told = []
            found = last(prepare(collection, SEEN, cache, skip_damaged=told.append))
            assert found.damaged == (2,)
            assert "they are left out" in told[-1]
        with pytest.raises(InputError, match="cannot be read"):
            last(prepare(collection, SEEN, cache))

    def test_a_piece_beyond_the_end_is_damaged(self, collection, tmp_path):
        clips = (*collection.clips, Clip(collection.clips[0].path, 0, "a", start=10**6, samples=10))
        beyond = Collection("made", collection.classes, clips, 0.1, "none")
        with pytest.raises(InputError, match=r"1 of 8 clips"):
            last(prepare(beyond, SEEN, tmp_path / "cache"))
