"""Measures of reconstruction against closed forms and torchmetrics."""

import math

import pytest
import torch
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio

from gramophone.metrics.reconstruction import CEILING_DB, convergence_db, log_spectral_distance_db, si_sdr_db
from gramophone.spectral import Stft

STFT = Stft(256, 64)


def noise(seed):
    return torch.randn(4000, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestSiSdr:
    @pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
    def test_si_sdr_is_that_of_torchmetrics_at_any_scale(self, share):
        truth = noise(1)
        result = truth + share * noise(2)
        theirs = float(scale_invariant_signal_distortion_ratio(result, truth))
        assert si_sdr_db(result, truth) == pytest.approx(theirs, abs=1e-6)
        assert si_sdr_db(-7 * result, truth) == pytest.approx(theirs, abs=1e-6)

    def test_si_sdr_ends_at_its_limits(self):
        truth = noise(1)
        assert si_sdr_db(truth, truth) == CEILING_DB
        assert si_sdr_db(torch.zeros(4000), truth) == -CEILING_DB


class TestSpectralDistances:
    def test_a_gain_is_its_own_log_spectral_distance(self):
        assert log_spectral_distance_db(2 * noise(1), noise(1), STFT) == pytest.approx(20 * math.log10(2), abs=1e-6)

    def test_a_gain_of_one_half_is_6_db_of_convergence(self):
        assert convergence_db(0.5 * noise(1), noise(1), STFT) == pytest.approx(-20 * math.log10(2), abs=1e-6)
        assert convergence_db(-noise(1), noise(1), STFT) < -200
