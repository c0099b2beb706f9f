import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from gramophone.spectral import WINDOWS, Stft
from gramophone.spectral.windows import GAMMAS, window


def noise(samples, seed=0):
    return torch.randn(samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def made(name, length):
    return window(name, length, dtype=torch.float64, device=torch.device("cpu"))


class TestWindows:
    @pytest.mark.parametrize("name", ["hann", "hamming", "blackman"])
    def test_they_are_the_usual_ones(self, name):
        expected = torch.from_numpy(signal.get_window(name, 64))
        torch.testing.assert_close(made(name, 64), expected, rtol=0, atol=1e-12)

    def test_the_gaussian_ends_at_a_hundredth(self):
        found = made("gauss", 64)
        deviation = 64 * math.sqrt(GAMMAS["gauss"] / (2 * math.pi))
        expected = torch.from_numpy(signal.windows.gaussian(65, deviation)[:-1])
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
        assert float(found[0]) == pytest.approx(0.01)
        assert float(found[32]) == 1

    @pytest.mark.parametrize("name", WINDOWS)
    def test_the_gamma_is_that_of_the_nearest_gaussian(self, name):
        place = torch.arange(512, dtype=torch.float64) / 512 - 0.5
        target = made(name, 512)

        def error(gamma):
            gaussian = torch.exp(-torch.pi * place**2 / gamma)
            # Nearest up to a factor, as phases do not know of levels.
            return -float((gaussian @ target) ** 2 / (gaussian @ gaussian))

        errors = {factor: error(factor * GAMMAS[name]) for factor in (0.9, 1.0, 1.1)}
        assert errors[1.0] == min(errors.values())


class TestStftWindow:
    @given(
        name=st.sampled_from(WINDOWS),
        half=st.integers(4, 64),
        redundancy=st.integers(2, 8),
        samples=st.integers(1, 400),
    )
    def test_the_inverse_gives_the_waveform_back(self, name, half, redundancy, samples):
        stft, waveform = Stft(2 * half, max(1, 2 * half // redundancy), name), noise(samples)
        torch.testing.assert_close(stft.inverse(stft.forward(waveform), samples), waveform, rtol=0, atol=1e-8)

    def test_the_window_is_a_name(self):
        assert Stft(64, 16).window == "hann"
        assert Stft(64, 16) == Stft(64, 16, "hann") != Stft(64, 16, "gauss")
        with pytest.raises(ValueError, match="window must be one of hann, hamming, blackman, gauss, not boxcar"):
            Stft(64, 16, "boxcar")
