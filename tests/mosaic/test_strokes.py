"""Strokes by hand: where they are laid, how loud, how they fade, and which ones a looser rhythm has."""

import numpy as np
import pytest
import torch

from gramophone.mosaic.strokes import Stroke, _damping, _onsets, is_percussive, play_strokes, with_free_strokes

RATE_HZ = 22_050
LEAD, FADE, DAMP = 88, 441, 882  # 4, 20 and 40 ms


def stroke(start, stop, energy=1.0, rise_db=20.0):
    return Stroke(start, stop, energy, rise_db, np.zeros(24))


def laid(content, samples=20_000):
    """Of a style that is 1 throughout, whose one stroke has 8000 samples."""
    return play_strokes(content, [stroke(1000, 9000)], np.ones((1, 20_000), np.float32), RATE_HZ, samples)[0]


class TestOnsets:
    @pytest.mark.parametrize(("factor", "onsets"), [(1.5, [99 * 100]), (1.05, [])])
    def test_a_rise_of_2_db_is_one_and_a_rise_of_a_fifth_of_a_decibel_is_none(self, factor, onsets):
        bands = torch.ones(24, 200)
        bands[:, 100:] *= factor
        assert _onsets(bands, 100, 17_000) == onsets

    def test_two_are_as_near_as_50_ms(self):
        """Each of them rises for two frames, and the second of these counts where the first is too near."""
        bands = torch.ones(24, 200)
        bands[:, 100:104] = bands[:, 109:113] = 4
        assert _onsets(bands, 100, 18_000) == [9900, 10_800]
        assert _onsets(bands, 100, 18_001) == [9900, 10_900]


class TestPlaying:
    def test_a_stroke_is_laid_with_its_lead_and_faded_at_its_end(self):
        line = laid([stroke(5000, 15_000, energy=4.0)])
        begin, end = 5000 - LEAD, 5000 - LEAD + 8000
        assert not line[: begin + 1].any()
        np.testing.assert_allclose(line[begin:5000], 2 * np.arange(LEAD) / LEAD, rtol=1e-6)
        np.testing.assert_array_equal(line[5000 : end - FADE], 2)
        np.testing.assert_allclose(line[end - FADE : end], 2 * np.linspace(1, 0, FADE), atol=1e-6)
        assert not line[end - 1 :].any()

    def test_it_is_damped_under_the_next(self):
        line = laid([stroke(5000, 8000), stroke(8000, 20_000, energy=1e-12)])
        assert line[8000] == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(line[8000 + DAMP // 2], 0.6, atol=1e-5)
        np.testing.assert_allclose(line[8000 + DAMP : 12_000], 0.2, atol=1e-5)

    def test_those_that_reach_over_the_ends_are_cut(self):
        np.testing.assert_array_equal(
            laid([stroke(10, 9000)], 300)[:5], (np.arange(78, 83) / LEAD).astype(np.float32)
        )
        assert laid([stroke(250, 300)], 300).shape == (300,)
        assert laid([stroke(250, 300)], 300)[-1] == 1
        early = play_strokes([stroke(50, 900)], [stroke(20, 700)], np.ones((1, 900), np.float32), RATE_HZ, 900)[0]
        assert not early[:31].any()  # the style has 20 samples before its stroke
        assert early[31] > 0

    def test_damping(self):
        found = _damping(10, 4, 4)
        np.testing.assert_allclose(found, [1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2], rtol=1e-6)


class TestLooserRhythms:
    CONTENT = tuple(stroke(1000 * n, 1000 * n + 900, energy=0.5 + n % 3) for n in range(40))
    STYLE = (stroke(300, 1600, energy=0.1), stroke(1600, 2900, energy=0.3))

    def test_more_is_held_where_more_is_asked(self):
        held = [with_free_strokes(self.CONTENT, (), 40_000, share) for share in (0.0, 0.3, 0.7, 1.0)]
        starts = [[one.start for one in kept] for kept in held]
        assert starts[0] == []
        assert set(starts[1]) < set(starts[2]) < set(starts[3])
        assert 5 < len(starts[1]) < 20 < len(starts[2]) < 36
        assert held[3] == [*self.CONTENT]
        assert with_free_strokes(self.CONTENT, self.STYLE, 40_000, 1.0) == [*self.CONTENT]

    def test_the_others_have_the_distances_and_shapes_of_the_style_and_the_level_of_the_content(self):
        found = with_free_strokes(self.CONTENT, self.STYLE, 40_000, 0.4)
        kept = [one for one in found if one in self.CONTENT]
        own = [one for one in found if one not in self.CONTENT]
        assert [one.start for one in found] == sorted(one.start for one in found)
        assert len(kept) > 5
        assert len(own) > 3
        first = own[0].start
        assert first % 1300 <= 300
        assert {(one.start - first) % 1300 for one in own} == {0}
        assert {one.stop for one in own} == {40_000}
        level = np.mean([one.energy for one in self.CONTENT]) / 0.2
        assert {round(one.energy / level, 6) for one in own} == {0.1, 0.3}
        assert min(abs(one.start - other.start) for one in own for other in kept) > 450

    def test_a_style_of_one_stroke_has_its_length_as_distance(self):
        found = with_free_strokes((stroke(0, 900),), (stroke(0, 1100),), 40_000, 0.0)
        assert [one.start for one in found] == [*range(0, 40_000, 1100)]


@pytest.mark.parametrize(
    ("count", "rise_db", "duration_s", "expected"),
    [
        (3, 20, 6, True),
        (3, 20, 6.1, False),
        (2, 20, 1, False),
        (4, 6.0, 2, False),
        (4, 6.1, 2, True),
        (0, 0, 0, False),
    ],
)
def test_percussive_is_three_clear_strokes_and_one_in_two_seconds(count, rise_db, duration_s, expected):
    assert is_percussive([stroke(n, n + 1, rise_db=rise_db) for n in range(count)], duration_s) is expected
