"""Loudness against the Recommendation's coefficients and the signals of EBU Tech 3341."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.audio import Sound, loudness
from gramophone.audio.loudness import SILENT_LUFS, LoudnessMeter, _high_pass, _shelf, k_weighting

RATE_HZ = 48_000


def loudness_lufs(sound):
    return loudness.loudness_lufs(sound.samples, sound.rate_hz)


def tone(parts, rate_hz=RATE_HZ, channels=2, frequency_hz=1000.0):
    """Sines one after the other: pairs of peak level in dB and seconds."""
    levels = np.concatenate([np.full(round(seconds * rate_hz), 10 ** (db / 20)) for db, seconds in parts])
    wave = np.sin(2 * np.pi * frequency_hz * np.arange(len(levels)) / rate_hz) * levels
    return Sound(np.repeat(wave[None].astype(np.float32), channels, axis=0), rate_hz)


class TestKWeighting:
    def test_the_filters_are_those_of_the_recommendation(self):
        """BS.1770-5, tables 1 and 2, at 48 kHz."""
        shelf, high_pass = _shelf(RATE_HZ), _high_pass(RATE_HZ)
        assert shelf.b == pytest.approx((1.53512485958697, -2.69169618940638, 1.19839281085285), abs=1e-10)
        assert shelf.a == pytest.approx((-1.69065929318241, 0.73248077421585), abs=1e-10)
        assert high_pass.b == (1.0, -2.0, 1.0)
        assert high_pass.a == pytest.approx((-1.99004745483398, 0.99007225036621), abs=1e-10)

    def test_the_weighting_against_its_recursion(self):
        """The first samples after a click, computed as the Recommendation draws the filters."""
        count = 4 * RATE_HZ
        found = np.fft.irfft(k_weighting(RATE_HZ, count), count)
        wave = np.zeros(200)
        wave[0] = 1.0
        for biquad in (_shelf(RATE_HZ), _high_pass(RATE_HZ)):
            out = np.zeros(202)
            padded = np.concatenate([[0.0, 0.0], wave])
            for n in range(2, 202):
                out[n] = np.dot(biquad.b, padded[n - 2 : n + 1][::-1]) - np.dot(biquad.a, out[n - 2 : n][::-1])
            wave = out[2:]
        assert np.abs(found[:200] - wave).max() < 1e-9


class TestIntegratedLoudness:
    @pytest.mark.parametrize(
        ("parts", "lufs"),
        [
            ([(-23, 20)], -23.0),
            ([(-33, 20)], -33.0),
            ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
            ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
            ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
        ],
    )
    def test_signals_of_ebu_tech_3341(self, parts, lufs):
        """Its cases 1 to 5, with its tolerance of 0.1 LU."""
        assert loudness_lufs(tone(parts)) == pytest.approx(lufs, abs=0.1)

    def test_a_full_scale_sine_in_one_channel(self):
        """BS.1770-5, annex 1: 997 Hz at 0 dB of full scale reads -3.01."""
        assert loudness_lufs(tone([(0, 2)], channels=1, frequency_hz=997.0)) == pytest.approx(-3.01, abs=0.02)

    @pytest.mark.parametrize(("rate_hz", "within_lu"), [(8_000, 0.2), (22_050, 0.05), (44_100, 0.05), (96_000, 0.05)])
    def test_other_rates_hear_the_same(self, rate_hz, within_lu):
        """The shelf moves a little where it is near half the rate."""
        noise = np.random.default_rng(0).standard_normal((1, 8_000)).astype(np.float32)
        sound = Sound(noise, 4_000).resampled(RATE_HZ)
        assert loudness_lufs(sound.resampled(rate_hz)) == pytest.approx(loudness_lufs(sound), abs=within_lu)

    def test_five_channels_count_those_behind_more(self):
        five = tone([(-20, 2)], channels=5)
        behind = Sound(np.where(np.arange(5)[:, None] >= 3, five.samples, np.float32(0)), RATE_HZ)
        ahead = Sound(np.where(np.arange(5)[:, None] < 2, five.samples, np.float32(0)), RATE_HZ)
        assert loudness_lufs(behind) - loudness_lufs(ahead) == pytest.approx(10 * np.log10(1.41), abs=1e-3)

    def test_silence_and_less_than_a_block(self):
        assert loudness_lufs(Sound(np.zeros((1, 48_000), np.float32), RATE_HZ)) == SILENT_LUFS
        assert loudness_lufs(tone([(0, 0.2)], channels=1)) == pytest.approx(-3.0, abs=0.3)
        assert loudness_lufs(Sound(np.ones((1, 1), np.float32), 1_000)) <= 0


class TestLoudnessMeter:
    @settings(max_examples=15)
    @given(st.lists(st.integers(1, 30_000), min_size=1, max_size=5), st.integers(0, 2**32))
    def test_parts_are_heard_as_the_whole(self, lengths, seed):
        samples = np.random.default_rng(seed).standard_normal((2, sum(lengths))).astype(np.float32)
        meter = LoudnessMeter(8_000, 2)
        for part in np.split(samples, np.cumsum(lengths)[:-1], axis=1):
            meter.add(part)
        assert meter.lufs == pytest.approx(loudness_lufs(Sound(samples, 8_000)), abs=1e-6)
        assert loudness_lufs(Sound(samples * np.float32(0.5), 8_000)) == pytest.approx(meter.lufs - 6.0206, abs=1e-3)
