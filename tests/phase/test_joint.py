"""Phases of channels that belong together."""

import math

import pytest
import torch

from gramophone.phase import fgla, pghi
from gramophone.phase.pghi import joint_pghi, most_similar
from gramophone.spectral import Stft

STFT = Stft(512, 128)


def noise(channels, seed=0):
    return torch.randn(channels, 8000, generator=torch.Generator().manual_seed(seed))


def cross(x):
    one, other = STFT.forward(x)
    return one * other.conj()


def coherence(x):
    one, other = STFT.forward(x)
    return float(cross(x).sum().abs() / (one.abs().square().sum() * other.abs().square().sum()).sqrt())


def related(share, seed):
    one, other = noise(2, seed)
    return torch.stack([one, share * one + math.sqrt(1 - share**2) * other])


def rebuilt(x, example):
    magnitude = STFT.magnitude(x)
    phase = joint_pghi(magnitude, STFT, [STFT.forward(example)])
    return fgla(magnitude, STFT, x.shape[1], phase=phase, iterations=8)


class TestJointPghi:
    def test_one_channel_is_the_usual_method(self):
        magnitude = STFT.magnitude(noise(1))
        torch.testing.assert_close(joint_pghi(magnitude, STFT, [], seed=3), pghi(magnitude, STFT, seed=3))

    def test_with_itself_as_the_example_differences_are_exact(self):
        x = noise(3)
        spectra = STFT.forward(x)
        phase = joint_pghi(spectra.abs(), STFT, [spectra[..., :30], spectra[..., 30:]])
        found = torch.polar(torch.ones_like(phase[1:]), phase[:-1] - phase[1:])
        angle = (spectra[:-1] * spectra[1:].conj()).angle()
        torch.testing.assert_close(found, torch.polar(torch.ones_like(angle), angle), rtol=0, atol=1e-3)

    @pytest.mark.parametrize(("share", "least", "most"), [(1.0, 0.98, 1.000001), (0.0, 0.0, 0.3), (0.7, 0.45, 0.85)])
    def test_coherence_is_that_of_the_example(self, share, least, most):
        assert least <= coherence(rebuilt(related(share, 1), related(share, 2))) <= most

    def test_a_delay_keeps_its_side(self):
        example, late = noise(1, 5)[0], noise(1, 6)[0]
        found = rebuilt(torch.stack([late, late.roll(3)]), torch.stack([example, example.roll(3)]))
        low = slice(4, 60)  # below half a turn
        expected = cross(torch.stack([late, late.roll(3)])).sum(-1).angle()
        turned = (cross(found).sum(-1).angle() - expected)[low]
        assert float(turned.cos().mean()) > 0.9


class TestMostSimilar:
    def test_frames_are_found_by_their_shape_whatever_their_level(self):
        examples = torch.rand(2, 9, 20, generator=torch.Generator().manual_seed(1))
        order = torch.tensor([3, 17, 0])
        assert most_similar(examples[..., order] * 7, examples).tolist() == order.tolist()
