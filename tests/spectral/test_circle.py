"""Signals and transforms on a circle."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.spectral import Stft
from gramophone.spectral.stft import wrap_adjoint, wrapped


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestWrapping:
    @given(st.integers(1, 9), st.integers(0, 20), st.integers(0, 20))
    def test_folding_is_the_transpose_of_wrapping(self, samples, before, after):
        x, y = noise(samples, seed=1), noise(before + samples + after, seed=2)
        torch.testing.assert_close(wrapped(x, before, after) @ y, x @ wrap_adjoint(y, samples, before))

    def test_wrapping_goes_on_around_the_circle(self):
        x = torch.arange(4.0)
        assert wrapped(x, 5, 3).tolist() == [3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]


class TestLoops:
    @given(st.integers(0, 9))
    def test_a_turned_loop_has_turned_frames(self, hops):
        stft = Stft(64, 16, circular=True)
        x = noise(2, 160)
        turned = stft.forward(x.roll(-16 * hops, -1))
        torch.testing.assert_close(turned, stft.forward(x).roll(-hops, -1))

    @pytest.mark.parametrize(("n_fft", "hop", "hops"), [(64, 16, 10), (64, 32, 1), (60, 15, 3), (64, 16, 2)])
    def test_a_loop_is_found_again(self, n_fft, hop, hops):
        stft = Stft(n_fft, hop, circular=True)
        x = noise(2, hop * hops)
        spectrum = stft.forward(x)
        assert spectrum.shape == (2, n_fft // 2 + 1, hops) == (2, stft.bins, stft.frames(x.shape[1]))
        torch.testing.assert_close(stft.inverse(spectrum, x.shape[1]), x)

    def test_a_loop_of_broken_hops_is_refused(self):
        with pytest.raises(ValueError, match="33 samples is not a multiple of the hop of 16"):
            Stft(64, 16, circular=True).forward(noise(33))
