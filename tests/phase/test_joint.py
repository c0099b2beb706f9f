"""Phases of channels that belong together."""

import math

import pytest
import torch

from gramophone.phase import fgla, pghi
from gramophone.phase.joint import joint_pghi, leading_signs
from gramophone.spectral import Stft
from gramophone.spectral.channels import with_middles

STFT = Stft(512, 128)


def noise(channels, seed=0):
    return torch.randn(channels, 8000, generator=torch.Generator().manual_seed(seed))


def coherence(x):
    one, other = STFT.forward(x)
    return float((one * other.conj()).sum().abs() / (one.abs().square().sum() * other.abs().square().sum()).sqrt())


def rebuilt(x):
    spectra = STFT.forward(x)
    magnitude = with_middles(spectra).abs()
    phase = joint_pghi(magnitude, STFT, signs=leading_signs(spectra))
    return fgla(magnitude[: len(x)], STFT, x.shape[1], phase=phase, iterations=8)


def test_one_channel_is_the_usual_method():
    magnitude = STFT.forward(noise(1)).abs()
    torch.testing.assert_close(joint_pghi(magnitude, STFT, seed=3), pghi(magnitude, STFT, seed=3))


def test_phase_differences_are_those_of_the_middles():
    x = noise(3)
    spectra = STFT.forward(x)
    phase = joint_pghi(with_middles(spectra).abs(), STFT)
    angle = (spectra[:-1] * spectra[1:].conj()).angle()
    torch.testing.assert_close((phase[:-1] - phase[1:]).cos(), angle.cos(), rtol=0, atol=5e-3)


@pytest.mark.parametrize(("share", "expected"), [(1.0, 1.0), (0.0, 0.0), (0.6, 0.6)])
def test_coherence_survives(share, expected):
    one, other = noise(2)
    found = coherence(rebuilt(torch.stack([one, share * one + math.sqrt(1 - share**2) * other])))
    # One side is ahead at each frequency, so strangers stay a little akin; the waveform stage parts them.
    assert found == pytest.approx(expected, abs=0.25)


def test_a_delay_keeps_its_side():
    late = noise(1)[0]
    x = torch.stack([late, late.roll(3)])
    spectra, found = STFT.forward(x), STFT.forward(rebuilt(x))
    signs = leading_signs(spectra)
    low = slice(4, 60)  # below half a turn
    assert signs[0, low].tolist() == [signs[0, 4].item()] * 56
    agreeing = (leading_signs(found)[0, low] == signs[0, low]).float().mean()
    assert float(agreeing) > 0.9
