"""Transposition and tilt of log spectrograms: lines move to where they should, tilts are in dB per octave."""

import pytest
import torch

from gramophone.train.spectral_variation import tilt, transpose


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class TestTranspose:
    def test_a_line_moves_by_the_interval_that_is_drawn(self):
        clips = 64
        x = torch.zeros(clips, 257, 3)
        x[:, 96:105] = torch.hann_window(11, periodic=False)[1:-1, None]
        moved = transpose(x, 6.0, generator())
        centres = (moved[:, :, 0] * torch.arange(257.0)).sum(1) / moved[:, :, 0].sum(1)
        semitones = 12 * torch.log2(centres / 100)
        drawn = 6 * (2 * torch.rand(clips, generator=generator()) - 1)
        torch.testing.assert_close(semitones, drawn, atol=0.03, rtol=0)
        assert semitones.std() > 2.5

    def test_nothing_comes_from_above_the_highest_bin(self):
        moved = transpose(torch.ones(50, 40, 2), 12.0, generator())
        assert float(moved.max()) <= 1
        lowered = moved[:, -1, 0] == 0
        assert 10 < int(lowered.sum()) < 40
        assert bool((moved[:, :20] == 1).all())  # an octave down at most

    def test_no_interval_changes_nothing(self):
        x = torch.rand(4, 30, 5, generator=generator(1))
        torch.testing.assert_close(transpose(x, 0.0, generator()), x)


class TestTilt:
    def test_it_is_a_line_in_db_over_octaves(self):
        x = torch.log1p(torch.full((20, 128, 2), 50.0))
        made = tilt(x, 3.0, generator())
        level_db = 20 * torch.log10(torch.expm1(made[:, :, 0]) / 50)
        slopes = level_db[:, 63] - level_db[:, 31]  # bins 32 and 64 counted from 1: an octave
        torch.testing.assert_close(slopes, 3 * (2 * torch.rand(20, generator=generator()) - 1), atol=1e-3, rtol=0)
        torch.testing.assert_close(level_db[:, 127] - level_db[:, 63], slopes, atol=1e-3, rtol=0)
        assert float(level_db.mean(1).abs().max()) == pytest.approx(0, abs=1e-3)

    def test_silence_stays_silent(self):
        assert float(tilt(torch.zeros(3, 20, 4), 6.0, generator()).abs().max()) == 0
