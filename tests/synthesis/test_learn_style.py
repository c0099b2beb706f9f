from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.audio import Sound
from gramophone.synthesis.learn_style import FADE_S, Candidates, cut, joined

RATE_HZ = 1000


def noise(samples, channels=1, seed=0):
    return Sound(np.random.default_rng(seed).uniform(0.1, 0.5, (channels, samples)).astype(np.float32), RATE_HZ)


def blocks(sound, sizes):
    at = 0
    for size in sizes:
        if at < sound.samples.shape[1]:
            yield Sound(sound.samples[:, at : at + size], RATE_HZ)
        at += size
    if at < sound.samples.shape[1]:
        yield Sound(sound.samples[:, at:], RATE_HZ)


def candidates_of(sound, keep_s, **limits):
    candidates = Candidates(keep_s, **limits)
    for piece in cut([sound], 0, 0.1):
        candidates.add(piece)
    return candidates


class TestPieces:
    @settings(max_examples=40)
    @given(samples=st.integers(1, 900), sizes=st.lists(st.integers(1, 400), max_size=8), channels=st.integers(1, 2))
    def test_pieces_are_the_recording_whatever_the_blocks(self, samples, sizes, channels):
        sound = noise(samples, channels)
        found = list(cut(blocks(sound, sizes), 3, 0.1))
        np.testing.assert_array_equal(np.concatenate([piece.sound.samples for piece in found], axis=1), sound.samples)
        assert [piece.start for piece in found] == [100 * place for place in range(len(found))]
        assert all(piece.sound.samples.shape[1] == 100 for piece in found[:-1])
        assert 50 <= found[-1].sound.samples.shape[1] < 150 or len(found) == 1
        assert all(one.leads_to(other) for one, other in pairwise(found))
        assert all(piece.stands_for_s == piece.sound.duration_s for piece in found)
        assert {piece.source for piece in found} == {3}

    def test_pieces_of_other_recordings_do_not_follow(self):
        one, other = (next(cut([noise(100)], source, 0.1)) for source in (0, 1))
        assert not one.leads_to(other)


class TestPieceSelection:
    def test_everything_is_kept_in_order(self):
        sound = noise(1000)
        sound.samples[:, 300:400] = 0
        found = candidates_of(sound, 1.0)
        assert found.is_all
        assert [piece.start for piece in found.pieces] == list(range(0, 1000, 100))

    def test_silent_pieces_have_no_say_where_not_everything_fits(self):
        sound = noise(1000)
        sound.samples[:, 300:400] = 0
        sound.samples[:, 800:900] = 0
        found = candidates_of(sound, 0.95)
        assert not found.is_all
        assert [piece.start for piece in found.pieces] == [0, 100, 200, 400, 500, 600, 700, 900]

    @pytest.mark.parametrize("pieces", [8, 9, 10, 15, 16, 17, 23, 31, 64, 100])
    def test_evenly_spread_and_nothing_is_forgotten(self, pieces):
        found = candidates_of(noise(100 * pieces), 0.5, most_pieces=8)
        starts = np.array([piece.start for piece in found.pieces])
        steps = np.diff(starts)
        assert min(pieces, 4) <= len(starts) <= 8
        assert starts[0] == 0
        assert set(steps) == {steps[0]}
        assert 100 * pieces - starts[-1] <= steps[0]
        shares = [piece.stands_for_s for piece in found.pieces]
        assert sum(shares) == pytest.approx(pieces / 10) == pytest.approx(found.total_s)
        assert shares[:-1] == pytest.approx([steps[0] / RATE_HZ] * (len(shares) - 1))

    def test_the_bytes_are_bounded_too(self):
        most_bytes = 4 * 100 * 2 * 10
        found = candidates_of(noise(10_000, channels=2), 1.0, most_bytes=most_bytes)
        assert sum(piece.sound.samples.nbytes for piece in found.pieces) <= most_bytes
        assert len(found.pieces) >= 5
        assert sum(piece.stands_for_s for piece in found.pieces) == pytest.approx(10.0)


class TestCrossfades:
    def test_one_part_is_left_alone(self):
        sound = noise(50).samples
        assert joined([sound], RATE_HZ).tobytes() == sound.tobytes()

    def test_parts_overlap_by_a_fade_and_are_untouched_elsewhere(self):
        rate_hz, fade = 10_000, round(10_000 * FADE_S)
        one, other = noise(500, 2).samples, noise(400, 2, seed=1).samples
        found = joined([one, other], rate_hz)
        assert found.shape == (2, 900 - fade)
        np.testing.assert_array_equal(found[:, : 500 - fade], one[:, :-fade])
        np.testing.assert_array_equal(found[:, 500:], other[:, fade:])

    def test_powers_of_unlike_parts_add_up_to_one(self):
        fade = round(48_000 * FADE_S)
        ones, nothing = np.ones((1, 2000), np.float32), np.zeros((1, 2000), np.float32)
        falling, rising = joined([ones, nothing], 48_000), joined([nothing, ones], 48_000)
        np.testing.assert_allclose(falling**2 + rising**2, 1, atol=1e-6)
        inside = rising[0, 2000 - fade : 2000]
        assert (np.diff(inside) > 0).all()
        np.testing.assert_allclose(inside, falling[0, 2000 - fade : 2000][::-1], atol=1e-6)
        raised = (1 - np.cos(np.pi * (np.arange(fade) + 0.5) / fade)) / 2
        np.testing.assert_allclose(inside**2, raised, atol=1e-6)

    @settings(max_examples=40)
    @given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=6))
    def test_parts_shorter_than_a_fade(self, lengths):
        found = joined([noise(length, seed=length).samples for length in lengths], 1000)
        fades = [min(10, a // 2, b // 2) for a, b in pairwise(lengths)]
        assert found.shape == (1, sum(lengths) - sum(fades))
        assert np.isfinite(found).all()
