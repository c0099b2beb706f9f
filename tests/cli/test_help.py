"""Help, versions and the small commands: quick, complete, within 80 columns."""

import json
import subprocess
import sys

import pytest
import soundfile

from gramophone import __version__
from gramophone.presets import PRESETS

COMMANDS = [
    *("texture", "stream", "transfer", "live", "style", "invert", "batch", "serve"),
    *("evaluate", "study", "report", "demo", "presets", "info"),
]
LOADED = """
import sys
from gramophone.cli import main
code = main(sys.argv[1:])
heavy = {"torch", "numpy", "scipy", "soundfile", "soxr", "safetensors", "PIL", "jaxtyping"}
sys.exit(code or f"loaded {heavy & set(sys.modules)}" if heavy & set(sys.modules) else code)
"""


class TestHelp:
    @pytest.mark.parametrize("words", [[], ["--help"], *([command, "--help"] for command in COMMANDS)])
    def test_help_fits_80_columns(self, gramophone, monkeypatch, words):
        monkeypatch.setenv("COLUMNS", "80")
        outcome = gramophone(*words)
        assert (outcome.code, outcome.err) == (0, "")
        assert max(map(len, outcome.out.splitlines())) <= 80
        if "--help" in words and words[0] in COMMANDS:
            assert outcome.out.startswith(f"Usage: gramophone {words[0]}")
        else:
            assert all(command in outcome.out for command in COMMANDS)

    def test_version(self, gramophone):
        assert gramophone("--version").out == f"{__version__}\n"

    def test_presets(self, gramophone):
        out = gramophone("presets").out
        assert all(f"\n{name} " in f"\n{out}" for name in PRESETS)
        assert max(map(len, out.splitlines())) < 80


class TestInfo:
    @pytest.mark.parametrize(
        ("suffix", "said"), [(".wav", "WAV"), (".flac", "FLAC"), (".ogg", "Vorbis"), (".aiff", "AIFF")]
    )
    def test_info_of_a_sound(self, folder, gramophone, suffix, said):
        samples, rate_hz = soundfile.read("rain.wav")
        soundfile.write(f"a{suffix}", samples, rate_hz)
        outcome = gramophone("info", f"a{suffix}")
        assert (outcome.code, outcome.err) == (0, "")
        rows = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
        assert said in rows["format"]
        assert rows["rate"] == "22050 Hz"
        assert rows["channels"] == "1"
        assert rows["duration"] == "0.500 s"
        assert "dB at the peak" in rows["level"]

    def test_features_of_a_sound(self, folder, gramophone):
        outcome = gramophone("info", "rain.wav", "--features")
        assert (outcome.code, outcome.err) == (0, "")
        lines = outcome.out.splitlines()
        assert lines[0].split() == ["feature", "mean", "deviation", "least", "largest", "unit"]
        assert [line.split("  ")[0] for line in lines[1:4]] == [
            "spectral centroid", "spectral spread", "spectral skewness",
        ]  # fmt: skip
        assert len(lines) == 1 + 8 + 3 * 13

    def test_info_of_a_run_record(self, folder, gramophone):
        words = ["texture", "rain.wav", "-o", "a.wav", "--iterations", "2", "--seed", "5", "--quiet"]
        assert gramophone(*words).code == 0
        outcome = gramophone("info", "a.json")
        assert (outcome.code, outcome.err) == (0, "")
        for said in ("texture", "duration_s 0.5", "rain.wav, 0.500 s at 22050 Hz", "finished after", *words[1:]):
            assert said in outcome.out

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("no.json", None, "no.json is not a file"),
            ("a.json", "{", "a.json is not JSON"),
            ("a.json", json.dumps([1]), "a.json is not a run record"),
            ("a.txt", "text", "a.txt is not a readable audio file"),
            ("rain", None, "rain does not exist"),
        ],
    )
    def test_info_of_nothing_known(self, folder, gramophone, name, content, said):
        if content is not None:
            (folder / name).write_text(content)
        outcome = gramophone("info", name)
        assert (outcome.code, outcome.out) == (3, "")
        assert outcome.err.startswith(f"gramophone: {said}")
        assert outcome.err.count("\n") == 1


class TestLazyImports:
    @pytest.mark.parametrize(
        "words",
        [
            ["--help"],
            ["--version"],
            ["presets"],
            *([command, "--help"] for command in COMMANDS),
            ["texture", "a.wav", "-o", "b.wav", "--preset", "none"],
        ],
    )
    def test_nothing_heavy_is_loaded(self, words):
        done = subprocess.run([sys.executable, "-c", LOADED, *words], check=False, capture_output=True, text=True)
        assert "loaded" not in done.stderr
        assert done.returncode == (2 if "none" in words else 0)

    def test_refusals_of_outputs_do_not_load_torch(self, folder):
        script = "import sys; from gramophone.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
        words = ["texture", "missing.wav", "-o", "none/out.wav"]
        done = subprocess.run([sys.executable, "-c", script, *words], check=False, capture_output=True)
        assert done.returncode == 0
