"""Excerpts with their margins, the alignment of joints, and the curves of pitch and gain that runs have."""

import numpy as np
import pytest

from gramophone.mosaic.rendering import _best_lag, _excerpt, render
from gramophone.mosaic.runs import Run, _curve, _limited
from gramophone.mosaic.transposition import MOST_STATES, _shifts

RATE_HZ, HOP = 22_050, 512.0
REACH = 220  # 10 ms


def run(frames=20, semitones=0, style_frame=6, detune=0.0, start=0):
    return Run(start, frames, 0, semitones, style_frame, np.full(frames, detune), np.ones(frames))


def noise(samples, seed=0):
    return np.random.default_rng(seed).standard_normal((1, samples)).astype(np.float32)


class TestExcerpts:
    @pytest.mark.parametrize("semitones", [-7, 0, 5])
    @pytest.mark.parametrize("detune", [0.0, 0.05])
    def test_there_is_enough_for_every_alignment(self, semitones, detune):
        length = 9000
        part, reach = _excerpt(run(semitones=semitones, detune=detune), noise(60_000), RATE_HZ, length, HOP)
        assert reach == REACH
        needed = 2 * reach + length * 2**detune
        assert needed <= part.shape[1] < needed + 300

    @pytest.mark.parametrize("style_frame", [0, 6, 40])
    def test_it_begins_where_the_run_does_and_is_silent_outside_the_style(self, style_frame):
        style, length = noise(15_000), 5000
        part, reach = _excerpt(run(style_frame=style_frame), style, RATE_HZ, length, HOP)
        first = round((style_frame - 0.5) * HOP) - 256 - reach
        padded = np.pad(style, ((0, 0), (2000, 30_000)))
        wanted = length + 2 * reach
        np.testing.assert_array_equal(part[:, :wanted], padded[:, 2000 + first : 2000 + first + wanted])


class TestJoints:
    @pytest.mark.parametrize("lag", [-REACH, -17, 0, 100, REACH])
    def test_the_best_lag_is_found(self, lag):
        excerpt = np.concatenate([noise(4000), noise(4000, 1)])
        at = REACH + lag
        assert _best_lag(0.3 * excerpt[:, at : at + 512], excerpt, REACH) == lag

    def test_silence_and_short_excerpts_are_not_aligned(self):
        excerpt = noise(4000)
        assert _best_lag(np.zeros((1, 512), np.float32), excerpt, REACH) == 0
        tail = excerpt[:, 300:812]
        assert _best_lag(tail, excerpt[:, : 2 * REACH + 511], REACH) == 0
        assert _best_lag(tail, excerpt[:, : 2 * REACH + 512], REACH) == 80

    def test_a_joint_of_a_tone_is_as_loud_as_the_tone(self):
        tone = np.sin(2 * np.pi * 440 * np.arange(3 * RATE_HZ) / RATE_HZ).astype(np.float32)[None]
        line = render([[run(12), run(12, style_frame=31, start=12)]], [tone], RATE_HZ, round(24 * HOP))[0]
        peaks = np.abs(line[1024 : 22 * 512]).reshape(-1, 128).max(1)
        np.testing.assert_allclose(peaks, 1, atol=0.02)


class TestCurves:
    def test_a_steady_correction_stays_and_an_unsure_one_goes(self):
        detune = np.full(30, 0.4)
        np.testing.assert_allclose(_curve(detune, np.full(30, 0.9)), 0.4)
        np.testing.assert_array_equal(_curve(detune, np.full(30, 0.19)), 0)
        np.testing.assert_allclose(_curve(detune, np.full(30, 0.21)), 0.4)

    def test_it_is_smoothed_over_seven_frames_by_how_sure_each_is(self):
        detune, sure = np.zeros(31), np.full(31, 0.8)
        detune[15] = 1.0
        kernel = np.hanning(9)[1:-1]
        np.testing.assert_allclose(_curve(detune, sure)[12:19], kernel / kernel.sum())
        assert not _curve(detune, sure)[[11, 19]].any()
        sure[15] = 0.4
        assert _curve(detune, sure)[15] == pytest.approx(0.25 / (0.25 + kernel.sum() - 1))

    def test_gains_are_limited_to_20_db_above_their_median(self):
        gain = np.array([0.0, 0.5, 1.0, 2.0, 50.0])
        np.testing.assert_allclose(_limited(gain), [0, 0.5, 1, 2, 15])
        np.testing.assert_array_equal(_limited(np.zeros(3)), np.zeros(3))


class TestTranspositions:
    def test_all_where_there_is_room_and_evenly_spread_ones_where_there_is_not(self):
        assert _shifts(3, 100) == [-3, -2, -1, 0, 1, 2, 3]
        assert _shifts(3, MOST_STATES // 7) == [-3, -2, -1, 0, 1, 2, 3]
        assert _shifts(12, MOST_STATES // 5) == [-12, -6, 0, 6, 12]
        assert _shifts(12, MOST_STATES // 4) == [-12, 0, 12]
        assert _shifts(12, MOST_STATES) == [0]
        assert _shifts(0, 0) == [0]
