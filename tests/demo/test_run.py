"""The demonstration runs, leaves what it says, and never touches what was there."""

import hashlib
import json

import pytest

from gramophone.audio import load
from gramophone.cli import main
from gramophone.demo import run
from gramophone.demo.run import run_demo
from gramophone.errors import UsageError
from gramophone.runs.observer import Observer
from gramophone.runs.run_record import read_record

SOUNDS = ["flute.wav", "melody.wav", "phrase.wav", "rain.wav", "rhythm.wav", "water.wav"]
RUNS = ["melody-by-flute", "more-rain", "more-rhythm", "phrase-in-rain", "rhythm-in-water"]
FILES = sorted(
    ["report.html", *SOUNDS, *(f"{name}{suffix}" for name in RUNS for suffix in (".json", ".png", ".wav"))]
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def quick(monkeypatch):
    def shorter(folder, **options):
        return run_demo(folder, duration_s=0.5, iterations=1, **options)

    monkeypatch.setattr(run, "run_demo", shorter)


class TestRunDemo:
    def test_everything_is_there(self, tmp_path):
        folder = tmp_path / "new" / "demo"
        said, steps = [], []

        class Steps(Observer):
            def on_step(self, step):
                steps.append(step)

        report = run_demo(folder, duration_s=0.6, iterations=2, announce=said.append, observer=Steps())
        assert names(folder) == FILES
        assert said == [
            "1/5 new rain",
            "2/5 a new rhythm",
            "3/5 the phrase in rain",
            "4/5 the melody by a flute",
            "5/5 the rhythm in water",
            "the report",
        ]
        assert len(steps) > 4
        assert report.folder == folder
        assert sorted(path.name for path in report.sounds) == SOUNDS
        assert sorted(one.audio.stem for one in report.runs) == RUNS
        assert 0 < sum(one.seconds for one in report.runs) < report.seconds
        for one in report.runs:
            sound = load(one.audio)
            assert (sound.rate_hz, sound.channels) == (22050, 1)
            assert sound.duration_s == pytest.approx(0.6, abs=1e-3)
            assert not sound.is_silent
            assert one.picture.read_bytes().startswith(b"\x89PNG")
            record = read_record(one.record)
            assert record["stopped"] == "finished"
            assert record["output"]["path"] == str(one.audio)
            for source in record["inputs"]:
                content = (folder / source["path"].rsplit("/", 1)[-1]).read_bytes()
                assert source["sha256"] == hashlib.sha256(content).hexdigest()


class TestCommand:
    def test_the_command(self, tmp_path, quick, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert main(["demo"]) == 0
        out, err = capsys.readouterr()
        assert names(tmp_path / "demo-output") == FILES
        assert out.startswith("the demo is in demo-output, made in ")
        assert all(f"{name}.wav" in out and f"{name}.png" in out for name in RUNS)
        assert all(name in out for name in SOUNDS)
        assert err.startswith("loading torch\n1/5 new rain\n")
        assert "open demo-output/report.html in a browser" in out
        assert main(["demo", "--quiet"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("gramophone: demo-output/report.html exists already")
        assert main(["demo", "--quiet", "--json", "--overwrite"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        found = json.loads(out)
        assert found["folder"] == "demo-output"
        assert len(found["sounds"]) == 6
        assert found["report"] == "demo-output/report.html"
        assert {"name", "output", "picture", "record", "gain_db", "seconds"} == set(found["runs"][0])

    def test_interrupted(self, tmp_path, capsys, monkeypatch):
        import os
        import signal

        def interrupt(*args):
            os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(run, "SOUNDS", {"rain": interrupt})
        assert main(["demo", "-o", str(tmp_path), "--quiet"]) == 143
        said = f"gramophone: interrupted; the files that were complete by then are in {tmp_path}\n"
        assert capsys.readouterr() == ("", said)


class TestRefusals:
    @pytest.mark.parametrize(
        "name", ["rain.wav", "more-rain.wav", "phrase-in-rain.png", "melody-by-flute.json", "report.html"]
    )
    def test_an_existing_file_is_refused_before_any_work(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"old")
        with pytest.raises(UsageError, match=f"{name} exists already"):
            run_demo(tmp_path)
        assert names(tmp_path) == [name]
        assert (tmp_path / name).read_bytes() == b"old"

    def test_a_folder_that_cannot_be(self, tmp_path):
        (tmp_path / "file").touch()
        for folder in (tmp_path / "file", tmp_path / "file" / "demo"):
            with pytest.raises(UsageError, match="cannot be created"):
                run_demo(folder)
