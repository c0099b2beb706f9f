"""A copy is found whatever was done to hide it; new sound is at its natural level."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.metrics.copying import copy_score, natural_copy_score, seed_similarity

RATE_HZ = 4000


def noise(seconds, seed=0):
    return torch.randn(round(seconds * RATE_HZ), generator=torch.Generator().manual_seed(seed))


class TestCopyScore:
    @settings(max_examples=25, deadline=None)
    @given(shift=st.integers(0, 8000), gain=st.floats(-3, 3).filter(lambda g: abs(g) > 1e-3))
    def test_a_piece_is_found_at_any_place_level_and_sign(self, shift, gain):
        recording = noise(3)
        score = copy_score(gain * recording[shift : shift + 2000], recording, RATE_HZ)
        assert score.mean == pytest.approx(1, abs=1e-6)

    def test_one_copied_half_second_is_seen_in_the_maximum(self):
        recording, result = noise(5), noise(4, 1)
        result[4000:6000] = recording[1234:3234]
        score = copy_score(result, recording, RATE_HZ)
        assert score.maximum == pytest.approx(1, abs=1e-6)
        assert score.mean == pytest.approx((1 + 7 * copy_score(noise(4, 1), recording, RATE_HZ).mean) / 8, abs=0.02)

    def test_the_score_is_the_largest_normalised_correlation(self):
        recording, piece = noise(1), noise(0.5, 1)
        places = recording.unfold(0, 2000, 1).double()
        slow = (places @ piece.double() / places.norm(dim=1) / piece.double().norm()).abs().max()
        assert copy_score(piece, recording, RATE_HZ).maximum == pytest.approx(float(slow), abs=1e-6)

    def test_silent_places_and_pieces_do_not_count(self):
        recording = torch.cat([torch.zeros(4000), noise(2)])
        result = torch.cat([noise(1, 1), torch.zeros(4000)])
        assert copy_score(result, recording, RATE_HZ).mean < 0.15
        assert copy_score(torch.zeros(4000), recording, RATE_HZ).mean == 0


class TestNaturalCopyScore:
    def test_new_noise_is_at_the_natural_level(self):
        natural, new = natural_copy_score(noise(5), RATE_HZ), copy_score(noise(5, 1), noise(5), RATE_HZ)
        assert new.mean == pytest.approx(natural.mean, abs=0.02)
        assert new.maximum < 0.15

    def test_what_repeats_itself_has_a_high_natural_level(self):
        assert natural_copy_score(noise(0.5).repeat(6), RATE_HZ).mean == pytest.approx(1, abs=1e-6)


class TestSeedSimilarity:
    def test_seeds_that_give_the_same_are_not_diverse(self):
        one, other = noise(2, 1), noise(2, 2)
        assert seed_similarity([one, one], RATE_HZ).mean == pytest.approx(1, abs=1e-6)
        assert seed_similarity([one, other], RATE_HZ).mean < 0.15
        with pytest.raises(ValueError, match="at least two results"):
            seed_similarity([one], RATE_HZ)


class TestRefusals:
    def test_short_sounds_are_refused(self):
        with pytest.raises(InputError, match="too short to look for copies"):
            copy_score(noise(0.4), noise(2), RATE_HZ)
        with pytest.raises(InputError, match="too short to be compared with itself"):
            natural_copy_score(noise(1.9), RATE_HZ)
