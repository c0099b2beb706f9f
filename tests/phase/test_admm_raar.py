"""Against the formulas, with the transform's own forward and inverse."""

import torch

from gramophone.phase import admm, raar, random_phase
from gramophone.spectral import Stft

STFT = Stft(128, 32)
SAMPLES = 2000


def target():
    signal = torch.randn(SAMPLES, generator=torch.Generator().manual_seed(1), dtype=torch.float64).cumsum(0)
    return STFT.magnitude(signal)


def consistent(spectrum):
    return STFT.forward(STFT.inverse(spectrum, SAMPLES))


class TestUpdateFormulas:
    def test_admm_by_the_formula(self):
        magnitude = target()
        phase = random_phase(magnitude)
        x, u = torch.polar(magnitude, phase), 0
        for round_ in range(6):
            if round_:
                x = torch.polar(magnitude, (z - u).angle())
            y = x + u
            z = (0.3 * y + consistent(y)) / 1.3
            u = u + x - z
        expected = STFT.inverse(torch.polar(magnitude, (z - u).angle()), SAMPLES)
        found = admm(magnitude, STFT, SAMPLES, phase=phase, iterations=6, rho=0.3)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-7)

    def test_raar_by_the_formula(self):
        magnitude = target()
        phase = random_phase(magnitude)
        x = torch.polar(magnitude, phase)
        for _ in range(6):
            near = torch.polar(magnitude, x.angle())
            mirrored = 2 * near - x
            twice = 2 * consistent(mirrored) - mirrored
            x = 0.8 / 2 * (twice + x) + 0.2 * near
        expected = STFT.inverse(torch.polar(magnitude, x.angle()), SAMPLES)
        found = raar(magnitude, STFT, SAMPLES, phase=phase, iterations=6, beta=0.8)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-7)
