"""Results that were not named, of several recordings, of several takes; standard streams; sampler packs."""

import io
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from gramophone.audio.loop_points import loop_of
from gramophone.cli import main
from gramophone.runs.run_record import read_record

QUICK = ("--iterations", "1", "--duration", "0.3", "--quiet")


class TestNames:
    def test_results_are_named_after_recordings_and_replace_nothing(self, folder, gramophone, names):
        for _ in range(2):
            assert gramophone("texture", "rain.wav", *QUICK).code == 0
        (folder / "rain-fire-texture.json").write_text("mine")
        assert gramophone("texture", "rain.wav", "fire.wav", *QUICK).code == 0
        assert gramophone("texture", "rain.wav", "--loop", *QUICK).code == 0
        assert gramophone("transfer", "voice.wav", "fire.wav", "--fast", "--quiet").code == 0
        assert names() == [
            *("rain-fire-texture-2.json", "rain-fire-texture-2.wav", "rain-fire-texture.json"),
            *("rain-loop.json", "rain-loop.wav"),
            *("rain-texture-2.json", "rain-texture-2.wav", "rain-texture.json", "rain-texture.wav"),
            *("voice-in-fire.json", "voice-in-fire.wav"),
        ]
        assert (folder / "rain-fire-texture.json").read_text() == "mine"

    def test_a_folder_takes_results_and_overwrite_keeps_the_name(self, folder, gramophone, names):
        (folder / "out").mkdir()
        for _ in range(2):
            assert gramophone("texture", "rain.wav", "-o", "out", "--overwrite", *QUICK).code == 0
        assert sorted(path.name for path in (folder / "out").iterdir()) == ["rain-texture.json", "rain-texture.wav"]

    def test_a_loop_says_so_to_samplers(self, folder, gramophone):
        assert gramophone("texture", "rain.wav", "-o", "a.wav", "--loop", *QUICK).code == 0
        frames = soundfile.info("a.wav").frames
        assert loop_of(folder / "a.wav") == (0, frames - 1)
        assert (folder / "a.wav").stat().st_size == 8 + int.from_bytes((folder / "a.wav").read_bytes()[4:8], "little")
        assert gramophone("info", "a.wav").err == ""
        assert gramophone("texture", "rain.wav", "-o", "b.wav", *QUICK).code == 0
        assert loop_of(folder / "b.wav") is None


class TestSeveral:
    def test_a_folder_and_each_make_a_result_of_every_recording(self, folder, gramophone):
        (folder / "in").mkdir()
        for name in ("rain", "fire"):
            (folder / f"{name}.wav").rename(folder / "in" / f"{name}.wav")
        (folder / "in" / "notes.txt").write_text("no sound")
        assert gramophone("texture", "in", "-o", "out", *QUICK).code == 0
        made = sorted(path.name for path in (folder / "out").iterdir())
        assert made == ["fire-texture.json", "fire-texture.wav", "rain-texture.json", "rain-texture.wav"]
        command = read_record(folder / "out" / "rain-texture.json")["command"]
        assert command[:5] == ["gramophone", "texture", "in/rain.wav", "-o", "out/rain-texture.wav"]
        words = ["texture", "in/rain.wav", "in/fire.wav", "--each", "-o", "out", "--json", *QUICK]
        found = [json.loads(line) for line in gramophone(*words).out.splitlines()]
        assert [one["output"] for one in found] == ["out/rain-texture-2.wav", "out/fire-texture-2.wav"]
        assert gramophone("transfer", "voice.wav", "in", "--fast", "--quiet", "-o", "out").code == 0
        assert {"voice-in-rain.wav", "voice-in-fire.wav"} <= {path.name for path in (folder / "out").iterdir()}

    def test_takes_have_seeds_that_follow_one_another(self, folder, gramophone, names):
        assert gramophone("texture", "rain.wav", "-o", "a.flac", "--takes", 2, "--seed", 5, *QUICK).code == 0
        assert names() == ["a-take1.flac", "a-take1.json", "a-take2.flac", "a-take2.json"]
        assert [read_record(folder / f"a-take{take}.json")["seed"] for take in (1, 2)] == [5, 6]
        assert gramophone("texture", "rain.wav", "-o", "b.flac", "--seed", 6, *QUICK).code == 0
        assert (folder / "b.flac").read_bytes() == (folder / "a-take2.flac").read_bytes()

    def test_one_that_fails_stops_no_other(self, folder, gramophone, names):
        soundfile.write("silent.wav", np.zeros(22050), 22050)
        outcome = gramophone("texture", "silent.wav", "rain.wav", "--each", *QUICK)
        assert outcome.code == 1
        assert "silent-texture.wav: silent.wav is silent" in outcome.err
        assert "rain-texture.wav" in names()

    @pytest.mark.parametrize(
        ("code", "words", "said"),
        [
            (2, ["texture", "rain.wav", "--takes", "0"], "takes must be from 1 to 1000, not 0"),
            (2, ["texture", "rain.wav", "fire.wav", "--each", "-o", "a.wav"], "2 results do not fit into the file"),
            (2, ["texture", "rain.wav", "fire.wav", "--each", "--weights", "1,2"], "leave them out"),
            (2, ["transfer", "voice.wav", "fire.wav", "--preset", "vocoder", "--takes", "2"], "would be the same"),
            (2, ["transfer", "voice.wav", "fire.wav", "--best"], "say how many with --takes"),
            (2, ["texture", "-", "-"], "2 recordings are '-'"),
            (2, ["texture", "rain.wav", "-o", "-", "--json"], "--json cannot go there"),
            (3, ["texture", "none"], "none does not exist"),
        ],
    )
    def test_refusals(self, refused, code, words, said):
        assert said in refused(code, *words)


class TestBestTake:
    def test_the_best_of_several_is_kept_and_said(self, folder, gramophone, names):
        for name in ("voice", "rain"):  # what is evaluated lasts half a second at the least
            samples, rate_hz = soundfile.read(f"{name}.wav")
            soundfile.write(f"{name}.wav", np.tile(samples, 2), rate_hz)
        words = ["transfer", "voice.wav", "rain.wav", "--takes", 2, "--best", "--iterations", 1, "--json", "--quiet"]
        outcome = gramophone(*words)
        assert outcome.code == 0, outcome.err
        found = json.loads(outcome.out)
        assert names() == ["voice-in-rain.json", "voice-in-rain.wav"]
        score = {one["take"]: np.mean([one["identity"] or 0, one["style"] or 0]) for one in found["takes"]}
        assert found["best"] == max(score, key=score.get)
        record = read_record(folder / "voice-in-rain.json")
        assert record["seed"] == found["best"] - 1
        assert record["output"]["path"] == "voice-in-rain.wav"
        assert record["command"][-1] != "--best"


class TestStandardStreams:
    def test_sounds_come_and_go_by_standard_streams(self, folder, monkeypatch, capsysbinary, names):
        data = io.BytesIO((folder / "rain.wav").read_bytes())
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=data))
        code = main(["texture", "-", "-o", "-", *QUICK])
        out, err = capsysbinary.readouterr()
        assert (code, err) == (0, b"")
        samples, rate_hz = soundfile.read(io.BytesIO(out))
        assert (rate_hz, len(samples)) == (22050, round(0.3 * 22050))
        assert names() == []


class TestPlay:
    def test_a_result_is_played_when_it_is_made(self, folder, gramophone, monkeypatch):
        played = []

        class OutputStream:
            def __init__(self, **form):
                self.form = form

            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def write(self, samples):
                played.append((self.form["samplerate"], samples))

        card = SimpleNamespace(OutputStream=OutputStream, PortAudioError=OSError)
        monkeypatch.setitem(sys.modules, "sounddevice", card)
        assert gramophone("texture", "rain.wav", "-o", "a.wav", "--play", *QUICK).code == 0
        assert {rate_hz for rate_hz, _ in played} == {22050}
        heard = np.concatenate([samples for _, samples in played])
        np.testing.assert_allclose(heard[:, 0], soundfile.read("a.wav")[0], atol=1e-7)

    def test_without_a_sound_card_nothing_is_computed(self, refused, monkeypatch):
        monkeypatch.setitem(sys.modules, "sounddevice", None)
        assert "leave out --play" in refused(2, "texture", "rain.wav", "-o", "a.wav", "--play", "--iterations", "1")


class TestPack:
    def test_takes_loop_and_an_instrument_plays_them_in_turn(self, folder, gramophone):
        outcome = gramophone("pack", "rain.wav", "-o", "drops", "--takes", 2, *QUICK)
        assert outcome.code == 0, outcome.err
        made = sorted(path.name for path in (folder / "drops").iterdir())
        takes = ["rain-loop-take1.wav", "rain-loop-take2.wav"]
        assert made == sorted([*takes, "drops.sfz", *(name.replace(".wav", ".json") for name in takes)])
        assert all(loop_of(folder / "drops" / name) for name in takes)
        text = (folder / "drops" / "drops.sfz").read_text()
        assert [line.split("sample=")[1] for line in text.splitlines() if line.startswith("<region>")] == takes
        assert "seq_length=2" in text
