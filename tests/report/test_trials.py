"""Trials of listening tests: what is rated beside what, the anchor, loudness, and what is refused."""

import json

import numpy as np
import pytest

from gramophone.audio import Sound, load, peak, save
from gramophone.audio.loudness import loudness_lufs
from gramophone.errors import InputError
from gramophone.files import sha256_of
from gramophone.report.trials import ANCHOR, HIDDEN, LONGEST_S, anchor_of, system_of, trials_of
from gramophone.runs.run_record import FORMAT

RATE_HZ = 16000


def noise(seed, level, seconds=1.0):
    rng = np.random.default_rng(seed)
    return Sound((level * rng.standard_normal((1, round(seconds * RATE_HZ)))).astype(np.float32), RATE_HZ)


@pytest.fixture
def made(tmp_path):
    """Writes a run: a result, its recordings and its record."""

    def run(name, flags=(), *, content="voice", styles=("rain",), level=0.1, seconds=1.0, task="transfer"):
        inputs = [content, *styles] if task == "transfer" else list(styles)
        for one in inputs:
            if not (tmp_path / f"{one}.wav").exists():
                save(noise(sum(map(ord, one)), 0.05, seconds), tmp_path / f"{one}.wav")
        save(noise(99 + len(name), level), tmp_path / f"{name}.wav")
        described = [{"path": f"{one}.wav", "sha256": sha256_of(tmp_path / f"{one}.wav")} for one in inputs]
        record = {
            "format": FORMAT,
            "task": task,
            "inputs": described,
            "output": {"path": f"{name}.wav", "sha256": sha256_of(tmp_path / f"{name}.wav")},
            "command": ["gramophone", task, *(f"{one}.wav" for one in inputs), "-o", f"{name}.wav", *flags],
            "parameters": {},
            "settings": {},
            "losses": [],
            "stages_s": {},
            "seed": 0,
            "device": "cpu",
            "created": "2026-01-01T00:00:00+00:00",
            "versions": {},
            "stopped": "finished",
        }
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(record))
        return path

    return run


class TestTrials:
    def test_results_of_the_same_recordings_are_one_trial(self, made):
        one = made("a", ["--preset", "wyse2017"])
        two = made("bb", ["--preset", "ulyanov2016"])
        other = made("ccc", styles=("fire",))
        first, second = trials_of([one, other, two])
        assert [stimulus.system for stimulus in first.stimuli] == [
            "preset wyse2017",
            "preset ulyanov2016",
            HIDDEN,
            ANCHOR,
        ]
        assert [stimulus.system for stimulus in second.stimuli] == ["default", HIDDEN, ANCHOR]
        assert first.name == "voice made of rain"

    def test_all_sounds_of_a_trial_are_equally_loud_and_none_clips(self, made):
        (trial,) = trials_of([made("quiet", level=0.001), made("louder", ["--strength", "1"], level=0.3)])
        loudness = [loudness_lufs(one.sound.samples, RATE_HZ) for one in trial.stimuli]
        assert max(loudness) - min(loudness) < 0.1
        assert loudness[0] == pytest.approx(loudness_lufs(trial.reference.samples, RATE_HZ), abs=0.1)
        assert loudness[0] == pytest.approx(-23, abs=0.2)
        assert max(peak(one.sound.samples) for one in trial.stimuli) <= 1

    def test_a_sound_that_would_clip_lowers_all(self, made, tmp_path):
        path = made("click")
        samples = np.full((1, RATE_HZ), 1e-4, np.float32)
        samples[0, 500] = 0.9
        save(Sound(samples, RATE_HZ), tmp_path / "click.wav", overwrite=True)
        (trial,) = trials_of([path])
        loudness = [loudness_lufs(one.sound.samples, RATE_HZ) for one in trial.stimuli]
        assert max(loudness) - min(loudness) < 0.2
        assert loudness[0] < -24
        assert max(peak(one.sound.samples) for one in trial.stimuli) <= 0.995

    @pytest.mark.parametrize(("of", "name"), [("style", "rain"), ("content", "voice")])
    def test_the_reference_is_the_style_or_the_content(self, made, tmp_path, of, name):
        (trial,) = trials_of([made("a")], of)
        whole = load(tmp_path / f"{name}.wav").samples
        shown = trial.reference.samples
        assert np.corrcoef(whole[0], shown[0])[0, 1] == pytest.approx(1, abs=1e-6)
        assert np.array_equal(shown, next(one.sound.samples for one in trial.stimuli if one.system == HIDDEN))

    def test_long_sounds_are_cut(self, made):
        (trial,) = trials_of([made("a", seconds=LONGEST_S + 3)])
        assert trial.reference.duration_s == pytest.approx(LONGEST_S)


class TestAnchor:
    def test_nothing_above_the_border_and_all_below(self):
        sound = noise(0, 0.1)
        before, after = (np.abs(np.fft.rfft(one.samples[0])) for one in (sound, anchor_of(sound)))
        hz = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)
        level_db = 20 * np.log10(after / before)
        assert np.quantile(np.abs(level_db[hz < 3000]), 0.99) < 0.1
        assert np.median(level_db[hz > 4500]) < -40

    def test_a_low_rate_has_nothing_above(self):
        sound = Sound(np.ones((1, 100), np.float32), 6000)
        assert anchor_of(sound) is sound


class TestSystems:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            (
                ["--preset", "wyse2017", "--noise", "0.5", "--weights", "random"],
                "noise 0.5, preset wyse2017, weights random",
            ),
            (["--seed", "4", "--output", "x.wav", "--quiet", "--device", "cpu"], "default"),
            (["--no-copy", "--strength", "0.3"], "no-copy, strength 0.3"),
        ],
    )
    def test_flags_that_are_about_the_system_name_it(self, words, name):
        assert system_of({"command": ["gramophone", "transfer", "a.wav", "b.wav", *words]}) == name


class TestRefusals:
    def test_several_styles_are_no_reference(self, made):
        with pytest.raises(InputError, match=r"no style to be the reference: it has 2 recordings of that role; give"):
            trials_of([made("a", styles=("rain", "fire"))])

    def test_a_texture_has_no_content(self, made):
        with pytest.raises(InputError, match=r"no content to be the reference: it has 0 recordings"):
            trials_of([made("a", task="texture")], "content")

    def test_a_missing_reference_is_named(self, made, tmp_path):
        path = made("a")
        (tmp_path / "rain.wav").unlink()
        with pytest.raises(InputError, match=r"rain.wav no longer exists"):
            trials_of([path])

    def test_too_many_results(self, made):
        paths = [made("x" * (n + 1), ["--strength", str(n / 10)]) for n in range(8)]
        with pytest.raises(InputError, match=r"has 8 results; a trial has room for 7 beside hidden reference"):
            trials_of(paths)
        assert len(trials_of(paths[:7])[0].stimuli) == 9
