import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.metrics.onsets import Onsets, chance, f_measure, onset_times

RATE_HZ = 22050
DURATION_S = 4.0
TIMES_S = (0.3, 0.62, 1.1, 1.33, 1.9, 2.4, 2.57, 3.2)


def strokes(times_s, low=(), seed=0):
    """Bursts of noise, some of them low."""
    rng = np.random.default_rng(seed)
    sound = 1e-4 * rng.standard_normal(round(DURATION_S * RATE_HZ))
    length = round(0.08 * RATE_HZ)
    decay = np.exp(-np.arange(length) / (0.015 * RATE_HZ))
    for place, time_s in enumerate(times_s):
        burst = rng.standard_normal(length)
        burst = np.convolve(burst, np.ones(60) / 8, "same") if place in low else np.diff(burst, append=0)
        start = round(time_s * RATE_HZ)
        sound[start : start + length] += (0.3 * decay * burst)[: len(sound) - start]
    return sound.astype(np.float32)


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal(round(DURATION_S * RATE_HZ)).astype(np.float32)


def measured(result, content=None):
    return Onsets.of(strokes(TIMES_S, LOW) if content is None else content, noise(), RATE_HZ).measure(result)


LOW = (0, 2, 3, 6)


class TestOnsetDetection:
    def test_onsets_are_where_they_are(self):
        assert onset_times(strokes(TIMES_S), RATE_HZ) == pytest.approx(TIMES_S, abs=0.03)

    def test_steady_noise_has_hardly_any(self):
        assert len(onset_times(noise(), RATE_HZ)) <= 3


class TestOnsetScores:
    @pytest.mark.parametrize(("late_s", "expected"), [(0.0, 1.0), (0.02, 1.0), (0.09, 0.0)])
    def test_fifty_milliseconds_are_the_limit(self, late_s, expected):
        onsets, _ = measured(strokes([t + late_s for t in TIMES_S], LOW, seed=1))
        assert onsets.value == pytest.approx(expected, abs=0.15)

    def test_strokes_of_the_same_register_score_and_swapped_ones_do_not(self):
        _, same = measured(strokes(TIMES_S, LOW, seed=1))
        _, swapped = measured(strokes(TIMES_S, set(range(len(TIMES_S))) - set(LOW), seed=1))
        assert same.value > 0.8
        assert swapped.value < -0.3

    def test_a_sound_without_onsets_has_no_rhythm(self):
        for measure in measured(noise(), noise()):
            assert measure.value is None
            assert "onset(s), fewer than" in measure.reading


class TestFMeasure:
    def test_f_measure_by_hand(self):
        assert f_measure(np.array([0.0, 1.0, 2.0]), np.array([0.04, 1.2])) == pytest.approx(2 / 5)
        assert f_measure(np.array([]), np.array([1.0])) == 0
        # One onset never matches two.
        assert f_measure(np.array([1.0]), np.array([0.97, 1.03])) == pytest.approx(2 / 3)

    def test_dense_onsets_match_by_chance(self):
        content = np.array(TIMES_S)
        dense = np.arange(0, DURATION_S, 0.1)
        assert chance(dense, content, DURATION_S) == pytest.approx(f_measure(dense, content), abs=0.05)
        assert chance(content, content, DURATION_S) < 0.4

    @given(st.lists(st.floats(0, 10), max_size=20), st.lists(st.floats(0, 10), max_size=20))
    def test_f_measure_is_symmetric_and_bounded(self, one, other):
        one, other = np.sort(np.array(one, dtype=np.float64)), np.sort(np.array(other, dtype=np.float64))
        assert 0 <= f_measure(one, other) <= 1
        assert f_measure(one, other) == pytest.approx(f_measure(other, one))
