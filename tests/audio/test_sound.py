import base64
import io
import math

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.audio import Sound, limit_gain_db, match_rms, peak, rms_db
from gramophone.errors import InputError, UsageError


def noise(channels=2, frames=4_800, rate_hz=48_000, seed=0):
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames))
    return Sound(samples.astype(np.float32), rate_hz)


class TestConstruction:
    def test_properties(self):
        sound = noise(2, 4_800)
        assert (sound.channels, sound.duration_s, sound.is_silent) == (2, 0.1, False)

    @pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
    def test_floats_become_float32(self, kind):
        assert Sound(np.ones((1, 3), dtype=kind), 8_000).samples.dtype == np.float32

    def test_samples_are_contiguous(self):
        assert Sound(np.ones((5, 2), np.float32).T, 8_000).samples.flags.c_contiguous
        assert Sound(np.ones((2, 5), np.float32)[:, ::-1], 8_000).samples.flags.c_contiguous

    @pytest.mark.parametrize(("level", "silent"), [(0.0, True), (9e-7, True), (2e-6, False)])
    def test_silence(self, level, silent):
        assert Sound(np.full((2, 9), -level, np.float32), 8_000).is_silent is silent


class TestChannelsAndLength:
    def test_mono_is_the_mean_and_keeps_the_channel_axis(self):
        sound = noise(3)
        assert sound.mono().samples.shape == (1, 4_800)
        np.testing.assert_allclose(sound.mono().samples[0], sound.samples.mean(axis=0), atol=1e-7)
        assert sound.mono().mono().channels == 1

    def test_trimming(self):
        sound = noise(2, 4_800)
        assert sound.trimmed(0.05).samples.shape == (2, 2_400)
        assert sound.trimmed(1.0) is sound
        assert sound.trimmed(math.inf) is sound


class TestResampling:
    def test_resampling_keeps_a_tone(self):
        time_s = np.arange(48_000) / 48_000
        sound = Sound(0.5 * np.sin(2 * np.pi * 440 * time_s)[None], 48_000)
        there = sound.resampled(44_101)
        assert there.samples.shape == (1, 44_101)
        expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44_101) / 44_101)
        assert np.abs(there.samples[0] - expected)[2_000:-2_000].max() < 1e-4
        assert sound.resampled(48_000) is sound


class TestNotebookPlayer:
    @pytest.mark.parametrize("scale", [1.0, 4.0])
    def test_notebook_player_carries_the_sound(self, scale):
        sound = noise()
        text = Sound(sound.samples * np.float32(scale), sound.rate_hz)._repr_html_()
        head, data = text.split("base64,")
        assert head == '<audio controls src="data:audio/wav;'
        found, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(data.removesuffix('"></audio>'))), always_2d=True)
        assert rate_hz == 48_000
        expected = sound.samples * scale / max(1.0, peak(sound.samples) * scale)
        assert np.abs(found.T - expected).max() < 1e-4


class TestLevels:
    def test_levels_of_known_signals(self):
        square = np.array([[1, -1, 1, -1]], np.float32)
        assert peak(square) == 1.0
        assert peak(-square[:, :1]) == 1.0
        assert rms_db(square) == 0.0
        assert rms_db(square * np.float32(0.1)) == pytest.approx(-20, abs=1e-5)
        assert rms_db(square * np.float32(1e30)) == pytest.approx(600, abs=1e-3)
        assert rms_db(square * 0) == -200.0
        assert rms_db(np.zeros((1, 0), np.float32)) == -200.0
        assert peak(np.zeros((1, 0), np.float32)) == 0.0

    def test_silence_is_not_raised_to_a_level(self):
        silence = np.full((1, 5), 1e-7, np.float32)
        assert match_rms(silence, -10.0) is silence

    @settings(derandomize=True, deadline=None)
    @given(target_db=st.floats(-100, 40), level=st.floats(1e-5, 100), seed=st.integers(0, 99))
    def test_matched_level_is_the_target(self, target_db, level, seed):
        samples = noise(2, 200, seed=seed).samples * np.float32(level)
        assert rms_db(match_rms(samples, target_db)) == pytest.approx(target_db, abs=1e-3)

    @settings(derandomize=True, deadline=None)
    @given(loudest=st.floats(0, 1e30), ceiling=st.floats(0.1, 1))
    def test_limiting_gain_reaches_the_ceiling(self, loudest, ceiling):
        gain_db = limit_gain_db(loudest, ceiling)
        assert gain_db <= 0
        assert loudest * 10 ** (gain_db / 20) <= ceiling * (1 + 1e-9)
        assert gain_db == 0 or loudest > ceiling


class TestRefusals:
    @pytest.mark.parametrize(
        ("samples", "remedy"),
        [
            (np.zeros(5, np.float32), "must have the axes"),
            (np.zeros((1, 2, 3), np.float32), "must have the axes"),
            (np.zeros((0, 5), np.float32), "at least one sample"),
            (np.zeros((2, 0), np.float32), "at least one sample"),
            (np.zeros((1, 5), np.int16), "floating point"),
            (np.zeros((1, 5), np.complex64), "floating point"),
            (np.array([[0.0, np.nan, np.inf]], np.float32), "2 of 3 samples"),
            (np.array([[1e300]]), "1 of 1 samples"),
        ],
    )
    def test_wrong_samples_are_refused(self, samples, remedy):
        with pytest.raises(InputError, match=remedy) as caught:
            Sound(samples, 48_000)
        assert caught.value.exit_code == 3

    @pytest.mark.parametrize("rate_hz", [0, -1])
    def test_wrong_rate_is_refused(self, rate_hz):
        with pytest.raises(InputError, match=f"{rate_hz} Hz"):
            Sound(np.zeros((1, 5), np.float32), rate_hz)

    @pytest.mark.parametrize("rate_hz", [0, 999, 384_001])
    def test_resampling_to_an_odd_rate_is_refused(self, rate_hz):
        with pytest.raises(UsageError, match=f"between 1000 and 384000 Hz, not {rate_hz} Hz"):
            noise().resampled(rate_hz)

    @pytest.mark.parametrize("duration_s", [0.0, -1.0, 1e-9, math.nan])
    def test_trimming_to_nothing_is_refused(self, duration_s):
        with pytest.raises(UsageError, match="shorter than one sample"):
            noise().trimmed(duration_s)
