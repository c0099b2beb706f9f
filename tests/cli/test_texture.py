"""`gramophone texture` makes what it says."""

import hashlib
import json

import numpy as np
import pytest
import soundfile

from gramophone.runs.run_record import read_record


def samples_of(path, rate_hz=22050):
    samples, found_hz = soundfile.read(path, always_2d=True)
    assert found_hz == rate_hz
    assert np.isfinite(samples).all()
    assert 0 < np.abs(samples).max() <= 1
    return samples


class TestOutcome:
    def test_file_record_and_summary(self, folder, gramophone, names):
        words = ["texture", "rain.wav", "-o", "out.wav", "--iterations", "2", "--duration", "0.4", "--seed", "7"]
        outcome = gramophone(*words)
        assert outcome.code == 0
        assert names() == ["out.json", "out.wav"]
        assert samples_of("out.wav").shape == (round(0.4 * 22050), 1)
        lines = outcome.out.splitlines()
        assert 2 <= len(lines) <= 4
        assert lines[0] == "out.wav: 0.40 s at 22050 Hz"
        assert "run record: out.json" in lines
        record = read_record(folder / "out.json")
        assert record["command"] == ["gramophone", *words]
        assert record["seed"] == 7
        assert record["stopped"] == "finished"
        assert record["parameters"]["duration_s"] == 0.4
        (source,) = record["inputs"]
        assert source["path"] == "rain.wav"
        assert source["sha256"] == hashlib.sha256((folder / "rain.wav").read_bytes()).hexdigest()
        assert record["output"]["sha256"] == hashlib.sha256((folder / "out.wav").read_bytes()).hexdigest()

    def test_progress_is_sparse_and_says_first_what_takes_long(self, folder, gramophone):
        outcome = gramophone("texture", "rain.wav", "-o", "out.wav", "--iterations", "30")
        lines = outcome.err.splitlines()
        assert lines[:2] == ["reading rain.wav", "loading torch"]
        steps = [line for line in lines if " step " in line]
        assert 9 <= len(steps) <= 12
        assert all("style" in line and "left" in line and "%" in line for line in steps)

    def test_quiet_json(self, folder, gramophone):
        outcome = gramophone(
            "texture", "rain.wav", "fire.wav", "-o", "a.flac", "--iterations", 1, "--json", "--quiet"
        )
        assert (outcome.code, outcome.err) == (0, "")
        found = json.loads(outcome.out)
        assert outcome.out.count("\n") == 1
        assert found["output"] == "a.flac"
        assert found["record"] == "a.json"
        assert found["rate_hz"] == 22050
        assert found["duration_s"] == pytest.approx(0.5, abs=1e-3)
        assert found["stopped"] == "finished"
        assert found["gain_db"] <= 0 < found["peak"] <= 1
        assert found["seconds"] > 0
        assert set(found["losses"]) == {"total", "style"}
        record = read_record(folder / "a.json")
        assert [source["path"] for source in record["inputs"]] == ["rain.wav", "fire.wav"]
        assert record["losses"][-1]["total"] == found["losses"]["total"]

    def test_a_loud_result_is_turned_down_and_said(self, folder, gramophone):
        rate_hz = 22050
        noise = np.random.default_rng(0).standard_normal(rate_hz // 2)
        soundfile.write("loud.wav", noise, rate_hz, subtype="FLOAT")
        outcome = gramophone("texture", "loud.wav", "-o", "a.wav", "--iterations", 1)
        assert outcome.code == 0
        gain_db = read_record(folder / "a.json")["output"]["gain_db"]
        assert gain_db < -3
        assert f"turned down by {-gain_db:.1f} dB so that it does not clip" in outcome.out
        assert len(outcome.out.splitlines()) == 4
        assert np.abs(samples_of("a.wav")).max() <= 0.9991


class TestInputs:
    def test_any_rate_and_channels(self, folder, gramophone):
        sound = 0.1 * np.random.default_rng(0).standard_normal((24000, 2))
        soundfile.write("stereo.wav", sound, 48000)
        assert gramophone("texture", "stereo.wav", "-o", "a.ogg", "--iterations", 1).code == 0
        (source,) = read_record(folder / "a.json")["inputs"]
        assert (source["rate_hz"], source["channels"], source["duration_s"]) == (48000, 2, 0.5)

    @pytest.mark.parametrize("name", ["-rain.wav", "ra in.wav", "🎻\n.wav", "\udcff.wav"])
    def test_odd_file_names(self, folder, gramophone, name):
        (folder / "rain.wav").rename(folder / name)
        outcome = gramophone("texture", "-o", f"out-{name}", "--iterations", "1", "--", name)
        assert outcome.code == 0
        assert len(outcome.out.splitlines()) == 3
        assert read_record(folder / f"out-{name}".replace(".wav", ".json"))["inputs"][0]["path"] == name

    def test_a_truncated_recording_is_used_and_said(self, folder, gramophone):
        content = (folder / "rain.wav").read_bytes()
        (folder / "cut.wav").write_bytes(content[: len(content) * 3 // 4])
        outcome = gramophone("texture", "cut.wav", "-o", "a.wav", "--iterations", 1, "--quiet")
        assert outcome.code == 0
        assert outcome.err.count("\n") == 1
        assert outcome.err.startswith("gramophone: warning: cut.wav declares 0.500 s")


class TestWeights:
    def test_weights_with_commas_or_repeated(self, folder, gramophone):
        for words in (["--weights", "3,1"], ["--weights", "3", "--weights", "1"], ["--weights=3,1"]):
            outcome = gramophone(
                "texture", "rain.wav", *words, "fire.wav", "-o", "a.wav", "--iterations", 1, "--overwrite"
            )
            assert outcome.code == 0
            assert read_record(folder / "a.json")["parameters"]["weights"] == [0.75, 0.25]


class TestSeeds:
    def test_same_seed_same_bytes_and_overwrite(self, folder, gramophone):
        command = ["texture", "rain.wav", "--iterations", 1, "--overwrite", "-o", "a.wav"]
        made = []
        for seed in (1, 1, 2):
            assert gramophone(*command, "--seed", seed).code == 0
            made.append((folder / "a.wav").read_bytes())
        assert made[0] == made[1] != made[2]


class TestScales:
    @pytest.mark.parametrize("scale", ["linear", "mel", "erb", "constant-q"])
    def test_another_scale_is_in_the_record(self, folder, gramophone, scale):
        words = ["texture", "rain.wav", "-o", "out.wav", "--iterations", "1", "--quiet", "--scale", scale]
        assert gramophone(*words).code == 0
        settings = read_record(folder / "out.json")["settings"]
        views = [settings["resolution"], *settings["waveform"]["resolutions"]]
        assert {view["scale"] for view in views} == {scale}

    def test_an_unknown_scale_is_refused_with_the_known_ones(self, folder, gramophone, names):
        outcome = gramophone("texture", "rain.wav", "-o", "out.wav", "--scale", "bark")
        assert outcome.code == 2
        assert "constant-q" in outcome.err
        assert names() == []
