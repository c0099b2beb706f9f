"""Descriptors of signals whose values are known."""

import numpy as np
import pytest

import gramophone.features as f
from gramophone.errors import InputError, UsageError

RATE_HZ = 16000
TIME_S = np.arange(2 * RATE_HZ) / RATE_HZ
TONE = np.sin(2 * np.pi * 440 * TIME_S)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE_HZ)


def middle(track):
    """Frames that do not reach over the ends."""
    return track[4:-4]


class TestSpectrum:
    def test_the_centroid_of_a_tone_is_its_frequency(self):
        assert middle(f.spectral_centroid_hz(TONE, RATE_HZ)) == pytest.approx(440, abs=2)
        assert middle(f.spectral_spread_hz(TONE, RATE_HZ)).max() < 40

    def test_moments_of_white_noise_are_those_of_a_uniform_density(self):
        assert middle(f.spectral_centroid_hz(NOISE, RATE_HZ)).mean() == pytest.approx(4000, rel=0.03)
        assert middle(f.spectral_spread_hz(NOISE, RATE_HZ)).mean() == pytest.approx(8000 / 12**0.5, rel=0.03)
        assert middle(f.spectral_skewness(NOISE, RATE_HZ)).mean() == pytest.approx(0, abs=0.1)
        assert middle(f.spectral_kurtosis(NOISE, RATE_HZ)).mean() == pytest.approx(1.8, abs=0.1)

    def test_energy_below_the_centroid_s_tail_skews_to_the_right(self):
        both = TONE + 0.2 * np.sin(2 * np.pi * 6000 * TIME_S)
        assert middle(f.spectral_skewness(both, RATE_HZ)).min() > 1

    def test_a_tone_has_two_zero_crossings_in_a_period(self):
        assert middle(f.zero_crossings_per_s(TONE, RATE_HZ)).mean() == pytest.approx(880, rel=0.01)


class TestPitch:
    def test_f0_is_that_of_a_tone_and_none_in_noise(self):
        assert np.nanmedian(f.f0_hz(TONE[:RATE_HZ], RATE_HZ)) == pytest.approx(440, rel=0.005)
        assert np.isnan(middle(f.f0_hz(NOISE[:RATE_HZ], RATE_HZ))).mean() > 0.8

    @pytest.mark.parametrize("ratio_db", [0.0, 10.0, 20.0])
    def test_harmonicity_is_the_ratio_of_a_tone_to_noise(self, ratio_db):
        noise = np.random.default_rng(1).standard_normal(len(TONE)) * np.sqrt(0.5) * 10 ** (-ratio_db / 20)
        found = middle(f.harmonicity_db(TONE + noise, RATE_HZ))
        assert np.median(found) == pytest.approx(ratio_db, abs=1.5)

    def test_harmonicity_stays_within_its_bounds(self):
        assert np.abs(f.harmonicity_db(np.zeros(4096), RATE_HZ)).max() <= 60
        assert middle(f.harmonicity_db(TONE, RATE_HZ)).min() > 25
        assert middle(f.harmonicity_db(NOISE, RATE_HZ)).max() < 0


class TestEnvelope:
    def test_it_follows_the_level(self):
        fading = TONE * 10 ** (-20 * TIME_S / 20)
        found = middle(f.envelope_db(fading, RATE_HZ))
        assert np.diff(found) == pytest.approx(-20 * f.HOP / RATE_HZ, abs=0.1)
        assert f.envelope_db(np.zeros(4096), RATE_HZ) == pytest.approx(-120)


class TestCepstrum:
    def test_level_is_in_the_first_coefficient_alone(self):
        once, twice = (middle(f.mfcc(gain * NOISE, RATE_HZ).T).T for gain in (0.5, 1.0))
        assert (twice - once)[1:] == pytest.approx(0, abs=1e-3)
        assert (twice - once)[0] == pytest.approx(20 * np.log10(2) * np.sqrt(128), rel=1e-3)

    def test_deltas_are_slopes(self):
        fading = NOISE[:RATE_HZ] * 10 ** (-40 * TIME_S[:RATE_HZ] / 20)
        slope = middle(f.mfcc_deltas(fading, RATE_HZ)[0])
        assert slope.mean() == pytest.approx(-40 * f.HOP / RATE_HZ * np.sqrt(128), rel=0.05)
        assert abs(middle(f.mfcc_deltas(fading, RATE_HZ, 2)[0]).mean()) < 0.3


class TestAll:
    def test_every_descriptor_has_a_value_for_every_frame(self):
        found = f.descriptors(NOISE, RATE_HZ)
        assert len({one.name for one in found}) == len(found) == 8 + 3 * 13
        assert {len(one.values) for one in found} == {1 + len(NOISE) // f.HOP}
        assert all(set(one.summary) == {"mean", "deviation", "least", "largest"} for one in found if one.name != "f0")

    def test_what_has_no_value_has_no_summary(self):
        assert f.Descriptor("f0", "Hz", np.full(3, np.nan)).summary == {}

    @pytest.mark.parametrize(("samples", "rate_hz"), [(2047, 16000), (9000, 2000)])
    def test_too_little_sound_is_refused(self, samples, rate_hz):
        with pytest.raises(InputError, match="2048 samples or more at 4000 Hz"):
            f.descriptors(np.zeros(samples), rate_hz)

    def test_without_librosa_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(f.importlib.util, "find_spec", lambda name: None)
        with pytest.raises(UsageError, match=r"gramophone\[features\]"):
            f.spectral_centroid_hz(NOISE, RATE_HZ)
