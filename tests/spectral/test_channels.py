"""Channels and the middles between them."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.spectral import Stft
from gramophone.spectral.channels import channels_in, phase_differences, with_middles


def spectra(channels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(channels, 5, 7, dtype=torch.complex128, generator=generator)


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_middles_stand_after_the_channels(channels):
    x = spectra(channels)
    rows = with_middles(x)
    assert len(rows) == 2 * channels - 1
    assert channels_in(len(rows)) == channels
    torch.testing.assert_close(rows[:channels], x)
    if channels > 1:
        torch.testing.assert_close(rows[channels:], (x[1:] + x[:-1]) / 2)


def test_the_middle_of_spectra_is_the_spectrum_of_the_middle():
    stft, x = Stft(64, 16), torch.randn(2, 200, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(with_middles(stft.forward(x))[2], stft.forward(x.mean(0)), rtol=1e-4, atol=1e-5)


@given(st.integers(2, 4), st.integers(0, 50))
def test_the_law_of_cosines_finds_the_angles(channels, seed):
    x = spectra(channels, seed)
    angle = (x[:-1] * x[1:].conj()).angle().abs()
    torch.testing.assert_close(phase_differences(with_middles(x).abs()), angle, rtol=0, atol=1e-6)


def test_impossible_magnitudes_take_the_nearest_angle():
    rows = torch.tensor([1.0, 1.0, 3.0])[:, None, None]
    assert float(phase_differences(rows)) == 0
    rows = torch.tensor([1.0, 2.0, 0.1])[:, None, None]
    assert float(phase_differences(rows)) == pytest.approx(math.pi)
    assert bool(torch.isfinite(phase_differences(torch.zeros(3, 1, 1))).all())
