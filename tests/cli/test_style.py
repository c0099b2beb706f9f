"""`gramophone style`, and its file in place of a recording."""

import hashlib
import json

import numpy as np
import pytest
import soundfile

from gramophone.audio import Style, load
from gramophone.runs.run_record import read_record

RATE_HZ = 22050


@pytest.fixture
def recordings(folder):
    """Three seconds of two kinds, and one of one kind at another rate."""
    rng = np.random.default_rng(0)
    kinds = [rng.standard_normal(3 * RATE_HZ), np.sin(np.arange(3 * RATE_HZ) / 10)]
    soundfile.write(folder / "long.wav", 0.1 * np.concatenate(kinds), RATE_HZ, subtype="FLOAT")
    soundfile.write(folder / "high.flac", 0.1 * np.tile(kinds[0][:44100, None], 2), 44100)
    return folder


class TestStyleCommand:
    def test_a_style_is_learned_and_said(self, recordings, gramophone, names):
        outcome = gramophone("style", "long.wav", "high.flac", "-o", "a.style.safetensors", "--keep", "2")
        assert outcome.code == 0, outcome.err
        assert names() == ["a.style.safetensors"]
        assert outcome.err.splitlines() == [
            "loading torch",
            "reading long.wav",
            "reading high.flac",
            "choosing",
            "writing a.style.safetensors",
        ]
        (line,) = outcome.out.splitlines()
        assert line.startswith("a.style.safetensors: 2.0 s of 7.0 s in ")
        assert "2 recording(s); style distance to the whole " in line
        assert " of random pieces " in line
        style = load("a.style.safetensors")
        assert isinstance(style, Style)
        assert (style.rate_hz, style.channels) == (44100, 2)
        one, other = style.provenance.sources
        assert (one.name, one.duration_s) == ("long.wav", 6.0)
        assert other.sha256 == hashlib.sha256((recordings / "high.flac").read_bytes()).hexdigest()

    def test_quiet_json(self, recordings, gramophone):
        outcome = gramophone("style", "long.wav", "-o", "a.safetensors", "--keep", "2.5", "--json", "--quiet")
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert found["output"] == "a.safetensors"
        assert 1.5 < found["duration_s"] <= 2.5
        assert (found["of_s"], found["rate_hz"], found["channels"], found["recordings"]) == (6.0, RATE_HZ, 1, 1)
        assert 0 < found["distance"] < found["random_distance"]

    def test_what_is_short_is_kept_whole_and_said(self, folder, gramophone):
        outcome = gramophone("style", "rain.wav", "-o", "a.safetensors")
        assert outcome.out == "a.safetensors: all 0.5 s of 1 recording(s)\n"
        assert load("a.safetensors").samples.tobytes() == load("rain.wav").samples.tobytes()

    def test_a_truncated_recording_is_used_and_said(self, folder, gramophone):
        content = (folder / "rain.wav").read_bytes()
        (folder / "cut.wav").write_bytes(content[: len(content) * 3 // 4])
        outcome = gramophone("style", "cut.wav", "-o", "a.safetensors", "--quiet")
        assert outcome.code == 0
        assert outcome.err.startswith("gramophone: warning: cut.wav declares 0.500 s")
        assert load("a.safetensors").duration_s == pytest.approx(0.375, abs=0.01)


class TestStyleAsInput:
    def test_it_takes_the_place_of_a_recording(self, folder, gramophone):
        assert gramophone("style", "rain.wav", "-o", "a.safetensors").code == 0
        made = {}
        for style in ("rain.wav", "a.safetensors"):
            words = ["texture", style, "-o", "out.wav", "--iterations", "1", "--overwrite", "--quiet"]
            assert gramophone(*words).code == 0
            made[style] = (folder / "out.wav").read_bytes()
            (used,) = read_record(folder / "out.json")["inputs"]
            assert (used["path"], used["duration_s"]) == (style, 0.5)
            assert used["sha256"] == hashlib.sha256((folder / style).read_bytes()).hexdigest()
        assert made["rain.wav"] == made["a.safetensors"]

    @pytest.mark.parametrize(
        "words",
        [
            ["stream", "a.safetensors", "-o", "b.wav", "--duration", "0.3", "--iterations", "1"],
            ["transfer", "a.safetensors", "fire.wav", "-o", "b.wav", "--iterations", "1"],
            ["invert", "a.safetensors", "-o", "b.wav", "--iterations", "1"],
            ["style", "a.safetensors", "fire.wav", "-o", "b.safetensors"],
        ],
    )
    def test_in_every_command(self, folder, gramophone, names, words):
        assert gramophone("style", "rain.wav", "-o", "a.safetensors").code == 0
        outcome = gramophone(*words, "--quiet")
        assert outcome.code == 0, outcome.err
        assert any(name.startswith("b") for name in names())


class TestInfo:
    def test_info(self, recordings, gramophone):
        assert gramophone("style", "long.wav", "high.flac", "-o", "a.safetensors", "--keep", "2").code == 0
        outcome = gramophone("info", "a.safetensors")
        assert (outcome.code, outcome.err) == (0, "")
        rows = [line.split(maxsplit=1) for line in outcome.out.splitlines()]
        told = dict(rows)
        assert told["style"] == "a.safetensors"
        assert (told["rate"], told["channels"]) == ("44100 Hz", "2")
        assert told["kept"].startswith("chosen from ")
        assert [text.split(",")[0] for name, text in rows if name == "source"] == ["long.wav", "high.flac"]
        assert len([name for name, _ in rows if name == "excerpt"]) >= 2

    def test_info_of_all_there_was(self, folder, gramophone):
        assert gramophone("style", "rain.wav", "-o", "a.safetensors").code == 0
        assert "everything there was" in gramophone("info", "a.safetensors").out


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (
                ["rain.wav", "-o", "a.wav"],
                2,
                "end the name of a style file in .style.safetensors",
            ),
            (["rain.wav", "-o", "none/a.safetensors"], 2, "the folder none does not exist; create it first"),
            (["rain.wav", "-o", "old.safetensors"], 2, "exists already; choose another name or add --overwrite"),
            (["rain.wav", "-o", "a.safetensors", "--keep", "0.5"], 2, "0.5 s cannot be kept; give 1 to 300 s"),
            (["rain.wav", "-o", "a.safetensors", "--keep", "301"], 2, "301 s cannot be kept; give 1 to 300 s"),
            (["rain.wav", "-o", "a.safetensors", "--keep", "nan"], 2, "give 1 to 300 s"),
            (["rain.wav", "missing.wav", "-o", "a.safetensors"], 3, "missing.wav does not exist; check the name"),
            (["text.wav", "-o", "a.safetensors"], 3, "text.wav is not a readable audio file"),
            (
                ["rain.wav", "silent.wav", "-o", "a.safetensors"],
                3,
                "silent.wav is silent; give a recording with sound",
            ),
            (["short.wav", "-o", "a.safetensors"], 3, "short.wav lasts 0.100 s; at least 0.2 s are needed"),
            (["old.safetensors", "-o", "a.safetensors"], 3, "old.safetensors is not a readable style file"),
        ],
    )
    def test_what_is_refused(self, folder, refused, words, code, said):
        (folder / "old.safetensors").write_bytes(b"old")
        (folder / "text.wav").write_text("this is no sound\n" * 100)
        soundfile.write("silent.wav", np.zeros(RATE_HZ), RATE_HZ)
        soundfile.write("short.wav", 0.1 * np.ones(RATE_HZ // 10), RATE_HZ)
        assert said in refused(code, "style", *words)

    def test_the_output_may_not_be_an_input(self, folder, gramophone, refused):
        assert gramophone("style", "rain.wav", "-o", "a.safetensors").code == 0
        assert "is the same file as the input" in refused(
            2, "style", "a.safetensors", "-o", "a.safetensors", "--overwrite"
        )
