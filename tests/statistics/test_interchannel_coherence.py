"""Coherence and level differences."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics.interchannel_coherence import coherence, covariances, level_differences_db, width_distance

BANDS = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)


def pair(share, gain=1.0, turn=0.0, frames=20_000, seed=0):
    generator = torch.Generator().manual_seed(seed)
    one, other = torch.randn(2, 3, frames, dtype=torch.complex128, generator=generator)
    mixed = share * one * complex(math.cos(turn), math.sin(turn)) + math.sqrt(1 - share**2) * other
    return covariances(torch.stack([one, gain * mixed]), BANDS)


class TestInterchannelCoherence:
    @given(st.floats(0, 1), st.floats(0.1, 10), st.floats(-3, 3))
    def test_known_relations_are_found(self, share, gain, turn):
        found = pair(share, gain, turn)
        assert coherence(found)[:, 0, 1].abs().tolist() == pytest.approx([share] * 2, abs=0.02)
        differences = level_differences_db(found)
        assert (differences[:, 0] - differences[:, 1]).tolist() == pytest.approx(
            [-20 * math.log10(gain)] * 2, abs=0.2
        )

    def test_the_distance_is_0_for_the_same_and_grows(self):
        target = pair(0.8)
        assert float(width_distance(target, target)) == 0
        apart = [float(width_distance(pair(share), target)) for share in (0.7, 0.5, 0.0)]
        assert apart == sorted(apart)
        assert apart[-1] == pytest.approx(0.64, abs=0.05)
        assert float(width_distance(pair(0.8, gain=10 ** (10 / 20)), target)) == pytest.approx(0.25, abs=0.02)

    def test_quiet_bands_have_no_say_and_silence_has_a_gradient(self):
        target = pair(0.5)
        target[1] *= 1e-9
        own = pair(0.5)
        own[1, 0, 1] = own[1, 1, 0] = 0
        assert float(width_distance(own, target)) == pytest.approx(0, abs=1e-9)
        spectra = torch.zeros(2, 3, 4, dtype=torch.complex64, requires_grad=True)
        width_distance(covariances(spectra, BANDS.float()), pair(0.5).to(torch.complex64)).backward()
        assert bool(torch.isfinite(torch.view_as_real(spectra.grad)).all())
