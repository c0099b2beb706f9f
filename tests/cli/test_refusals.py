"""Everything that is refused: exit code, one sentence with the remedy, no file, the old file intact."""

import os

import numpy as np
import pytest
import soundfile

from gramophone.cli import main

RATE_HZ = 22050
DONE = ("-o", "out.wav", "--iterations", "1")


def write(name, samples):
    soundfile.write(name, np.asarray(samples, dtype=np.float32), RATE_HZ, subtype="FLOAT")


def noise(seconds, bad=None):
    samples = 0.1 * np.random.default_rng(0).standard_normal(round(seconds * RATE_HZ))
    if bad is not None:
        samples[100] = bad
    return samples


MADE = {
    "empty.wav": lambda path: path.touch(),
    "text.wav": lambda path: path.write_text("this is no sound\n" * 100),
    "dir.wav": lambda path: path.mkdir(),
    "cut.wav": lambda path: path.write_bytes((path.parent / "rain.wav").read_bytes()[:30]),
    "header.wav": lambda path: write(path, []),
    "nan.wav": lambda path: write(path, noise(0.5, np.nan)),
    "inf.wav": lambda path: write(path, noise(0.5, np.inf)),
    "silent.wav": lambda path: write(path, np.zeros(RATE_HZ)),
    "short.wav": lambda path: write(path, noise(0.02)),
    "line\nbreak.wav": lambda path: path.write_text("no"),
    "missing.wav": lambda path: None,
    "broken.wav": lambda path: path.symlink_to("nowhere"),
}
SAID = {
    "empty.wav": "is empty (0 bytes)",
    "text.wav": "is not a readable audio file",
    "dir.wav": "is a folder",
    "cut.wav": "is not a readable audio file",
    "header.wav": "holds no samples",
    "nan.wav": "not finite numbers; repair it",
    "inf.wav": "not finite numbers; repair it",
    "silent.wav": "is silent; give a recording with sound in it",
    "short.wav": "lasts 0.020 s; at least 0.0",
    "line break.wav": "is not a readable audio file",
    "missing.wav": "does not exist; check the name",
    "broken.wav": "does not exist; check the name",
}


@pytest.mark.survives("usage")
class TestRecordings:
    @pytest.mark.parametrize("name", MADE)
    @pytest.mark.parametrize("place", ["texture", "content", "style"])
    def test_recordings(self, folder, gramophone, capsys, name, place):
        MADE[name](folder / name)
        before = sorted(folder.iterdir())
        words = {
            "texture": ["texture", "rain.wav", name],
            "content": ["transfer", name, "rain.wav"],
            "style": ["transfer", "voice.wav", name],
        }[place]
        outcome = gramophone(*words, *DONE, "--quiet")
        assert outcome.code == 3
        assert outcome.out == ""
        shown = name.replace("\n", " ")
        assert outcome.err.startswith(f"gramophone: {shown} ")
        assert SAID[shown] in outcome.err
        assert outcome.err.count("\n") == 1
        assert sorted(folder.iterdir()) == before

    @pytest.mark.parametrize("header", [b"#!/bin/sh", b"<html>", b"ffconcat version 1.0\nfile 'rain.wav'\n"])
    @pytest.mark.survives("playlists")
    def test_playlists_and_programs_are_no_sound(self, folder, refused, header):
        (folder / "odd.wav").write_bytes(header)
        assert "not a readable audio file" in refused(3, "texture", "odd.wav", *DONE)

    def test_a_recording_over_the_limit(self, folder, refused):
        soundfile.write("wide.wav", np.zeros((100, 40)), RATE_HZ)
        assert "has 40 channels; the limit is 32" in refused(4, "texture", "wide.wav", *DONE)


@pytest.mark.survives("usage")
class TestSettings:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--preset", "loud"], "there is no preset 'loud'; choose one of antognini2018, barry2017"),
            (["--iterations", "0"], "iterations must be at least 1, not 0"),
            (["--iterations", "2.5"], "iterations must be an integer of at least 1, not 2.5"),
            (["--seed", "-1"], "seed must be between 0 and 9223372036854775807, not -1"),
            (["--seed", "x"], "seed must be an integer between 0 and 9223372036854775807, not 'x'"),
            (["--weights", "1,2"], "the weights 1,2 do not fit 1 style(s); give one number for each style"),
            (["--weights", "1,x"], "weights must be numbers of 0 or more, one for each style"),
            (["--weights", "0"], "give numbers of 0 or more, not all 0"),
            (["--weights=-1"], "give numbers of 0 or more, not all 0"),
            (["--weights", "nan"], "weights must be numbers of 0 or more, one for each style"),
            (["--duration", "0"], "duration must be greater than 0, not 0"),
            (["--duration", "nan"], "duration must be a finite number greater than 0, not nan"),
            (["--duration", "1e9"], "the limit of .wav is 4.3 GB"),
            (["--duration", "1e308"], "duration must be at most 1000000000, not 1e308"),
            (["--device", "abacus"], "the device 'abacus' cannot be used"),
            (["--wieghts", "1"], "Unknown option: --wieghts. Did you mean --weights? (see 'gramophone texture"),
            (["--no-overwrite"], "Unknown option"),
            (["-q"], "Unknown option"),
        ],
    )
    def test_settings_are_refused_before_anything_is_read(self, refused, words, said):
        iterations = [] if "--iterations" in words else ["--iterations", "1"]
        assert said in refused(2, "texture", "missing.wav", "-o", "out.wav", *iterations, *words)

    def test_a_wrong_device_and_a_short_duration(self, folder, refused):
        assert "the device 'abacus' cannot be used" in refused(2, "texture", "rain.wav", *DONE, "--device", "abacus")
        assert "ask for 0.046 s or more" in refused(2, "texture", "rain.wav", *DONE, "--duration", "0.01")


@pytest.mark.survives("usage")
class TestCommandLine:
    @pytest.mark.parametrize(
        "words",
        [
            ["texture", "-o", "out.wav"],
            ["texture", "rain.wav", "-o"],
            ["transfer", "-o", "out.wav"],
            ["style", "-o", "out.safetensors"],
            ["style", "rain.wav"],
            ["paint", "rain.wav"],
            ["demo", "rain.wav"],
            ["info"],
        ],
    )
    def test_words_that_make_no_command(self, folder, gramophone, names, words):
        outcome = gramophone(*words)
        assert (outcome.code, outcome.out, names()) == (2, "", [])
        assert outcome.err.startswith("gramophone: ")
        assert outcome.err.count("\n") == 1
        assert "--help')" in outcome.err

    def test_a_transfer_without_a_style(self, refused):
        assert "a transfer needs 'styles'; name one recording or more" in refused(2, "transfer", "voice.wav", *DONE)


@pytest.mark.survives("full disks")
class TestOutputs:
    @pytest.mark.parametrize(
        ("out", "said"),
        [
            ("out.mp3", "no known audio suffix; use .wav, .flac, .ogg"),
            ("out", "no known audio suffix; use .wav, .flac, .ogg"),
            ("out.json", "no known audio suffix; use .wav, .flac, .ogg"),
            ("none/out.wav", "the folder none does not exist; create it first"),
            ("rain.wav/out.wav", "rain.wav is not a folder"),
            ("rain.wav", "is the same file as the input rain.wav"),
            ("link.wav", "is the same file as the input rain.wav"),
            ("old.wav", "old.wav exists already; choose another name or add --overwrite"),
            ("half.wav", "half.json exists already; choose another name or add --overwrite"),
            ("other.wav", "other.json is a folder; name a file in it"),
        ],
    )
    def test_outputs(self, folder, refused, out, said):
        (folder / "old.wav").write_bytes(b"old")
        (folder / "half.json").write_bytes(b"old")
        (folder / "link.wav").symlink_to("rain.wav")
        (folder / "dir.wav").mkdir()
        (folder / "other.json").mkdir()
        words = ["texture", "rain.wav", "-o", out, "--iterations", "1"]
        assert said in refused(2, *words)
        if "exists already" not in said:
            assert said in refused(2, *words, "--overwrite")
        assert (folder / "old.wav").read_bytes() == (folder / "half.json").read_bytes() == b"old"

    def test_outputs_are_refused_before_the_recordings_are_read(self, folder, refused):
        (folder / "old.wav").touch()
        assert "exists already" in refused(2, "texture", "missing.wav", "-o", "old.wav")

    @pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
    @pytest.mark.usefixtures("unmeasured")
    def test_a_folder_that_cannot_be_written(self, folder, start):
        for path in folder.iterdir():
            path.chmod(0o644)
        (folder / "closed").mkdir()
        (folder / "closed").chmod(0o555)
        folder.chmod(0o755)
        words = ["texture", "rain.wav", "-o", "closed/out.wav", "--quiet"]
        out, err = (process := start(*words, env={"AS_NOBODY": "1"}, cwd=folder)).communicate()
        assert (process.returncode, out) == (2, "")
        said = "closed/out.wav cannot be written: the folder closed is read-only; choose another folder"
        assert err == f"gramophone: {said}\n"

    def test_a_full_disk_names_the_file_and_keeps_the_old_one(self, folder, gramophone, names, monkeypatch):
        (folder / "out.wav").write_bytes(b"old")

        def fail(path):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("gramophone.audio.write.make_reproducible", fail)
        outcome = gramophone("texture", "rain.wav", *DONE, "--overwrite", "--quiet")
        assert outcome.code == 2
        assert "out.wav could not be written: No space left on device; free some space" in outcome.err
        assert (folder / "out.wav").read_bytes() == b"old"
        assert names() == ["out.wav"]


class TestUnexpectedErrors:
    def test_an_unexpected_error_is_one_sentence(self, folder, refused, gramophone, monkeypatch):
        def fail(*args, **options):
            raise ZeroDivisionError("by\nzero")

        monkeypatch.setattr("gramophone.synthesis.texture", fail)
        said = refused(1, "texture", "rain.wav", *DONE)
        assert "an unexpected ZeroDivisionError (by zero): a fault of gramophone; please report it" in said
        monkeypatch.setenv("GRAMOPHONE_TRACEBACK", "1")
        assert "Traceback" in gramophone("texture", "rain.wav", *DONE).err

    @pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
    @pytest.mark.survives("memory")
    def test_too_little_memory_is_a_limit(self, folder, refused, monkeypatch, error):
        def fail(*args, **options):
            raise error

        monkeypatch.setattr("gramophone.synthesis.texture", fail)
        assert "not enough memory for this; ask for a shorter sound" in refused(4, "texture", "rain.wav", *DONE)

    def test_exit_of_something_below_is_passed_on(self, monkeypatch):
        monkeypatch.setattr("gramophone.cli.app.dispatch", lambda words: (_ for _ in ()).throw(SystemExit(7)))
        assert main([]) == 7
