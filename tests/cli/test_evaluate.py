"""`gramophone evaluate`."""

import json
from xml.etree import ElementTree

import pytest
import soundfile

from gramophone.demo.textures import fire

RATE_HZ = 22050


@pytest.fixture
def recordings(folder):
    """Two takes of fire, long enough to be judged."""
    for name, seed in (("one", 0), ("two", 1)):
        soundfile.write(folder / f"{name}.wav", fire(RATE_HZ, 2.0, seed).T, RATE_HZ, subtype="FLOAT")
    return folder


class TestEvaluate:
    def test_the_table_has_a_reading_beside_each_figure(self, gramophone, recordings, names):
        outcome = gramophone("evaluate", "one.wav", "two.wav", "--quiet")
        assert outcome.code == 0, outcome.err
        lines = outcome.out.splitlines()
        assert lines[0].split() == ["measure", "value", "beside", "reading"]
        assert any(line.startswith("auditory statistics, above natural variation") for line in lines)
        assert "no more than the recording repeats itself" in outcome.out

    def test_json_is_one_object(self, gramophone, recordings):
        outcome = gramophone("evaluate", "one.wav", "two.wav", "--content", "voice.wav", "--json", "--quiet")
        figures = {figure["key"]: figure for figure in json.loads(outcome.out)["figures"]}
        assert {"gain_over_mixing", "purity", "structure", "copy_mean"} <= set(figures)
        assert {"identity", "style", "melody", "harmony", "words", "spectral_shape", "onsets", "leak"} <= set(figures)
        assert list(figures)[:2] == ["identity", "style"]
        assert figures["chroma"]["value"] is None or -1 <= figures["chroma"]["value"] <= 1


class TestSweep:
    def test_a_sweep_prints_a_table_and_draws_a_picture(self, gramophone, recordings):
        words = ["evaluate", "--sweep", "voice.wav", "one.wav", "--iterations", "1", "-o", "sweep.svg", "--quiet"]
        outcome = gramophone(*words)
        assert outcome.code == 0, outcome.err
        assert outcome.out.splitlines()[0].split()[:4] == ["preset", "strength", "structure", "purity"]
        assert ElementTree.parse(recordings / "sweep.svg").getroot().tag.endswith("svg")
        assert gramophone(*words).code == 2
        assert "plain mix" in outcome.out

    def test_a_sweep_as_json(self, gramophone, recordings):
        outcome = gramophone("evaluate", "--sweep", "voice.wav", "one.wav", "--iterations", "1", "--json", "--quiet")
        found = json.loads(outcome.out)
        points = [(point["preset"], point["strength"]) for point in found["points"]]
        assert len(points) == 5 + 1 + 1 + 5 + 5
        assert {("driedger2015", None), ("tralie2024", None), ("vocoder", 0.3), ("cross", 0.9)} <= set(points)
        assert all(0 <= point["identity"] <= 1 for point in found["points"])
        assert len(found["heard_mixes"]) == 5
        assert len(found["mixes"]) == 21


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "code", "sentence"),
        [
            (("rain.wav", "missing.wav"), 3, "missing.wav"),
            (("rain.wav", "fire.wav", "-o", "picture.svg"), 2, "only --sweep draws a picture"),
            (("rain.wav", "fire.wav", "--sweep", "--content", "voice.wav"), 2, "leave out --content"),
            (("rain.wav", "fire.wav", "--sweep", "-o", "picture.png"), 2, "ends in .svg"),
            (("rain.wav", "fire.wav", "--sweep", "--preset", "infinite,none"), 2, "no preset 'none'"),
        ],
    )
    def test_what_cannot_be_is_refused(self, refused, words, code, sentence):
        assert sentence in refused(code, "evaluate", *words)
