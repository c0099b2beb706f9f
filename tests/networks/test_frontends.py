"""Networks that see bands: what they see, gradients, and that nothing else changes."""

import numpy as np
import pytest
import torch

from gramophone.networks import FilterbankNetwork, InfiniteNetwork, Network, RandomConv1d
from gramophone.networks.frontends import BandFrontend
from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import band_filters

RATE_HZ, N_FFT = 8000, 64
SCALE = LogScale(0.5)
BANDS = band_filters("mel", RATE_HZ, N_FFT, 7)


def spectrogram(channels=1, frames=20, seed=0, dtype=torch.float64):
    rng = np.random.default_rng((seed, channels, frames))
    return torch.from_numpy(rng.exponential(size=(channels, N_FFT // 2 + 1, frames))).to(dtype)


def banded(spans=(1, 3), bands=BANDS):
    return FilterbankNetwork(InfiniteNetwork(spans), BandFrontend(bands, SCALE))


class TestBandFrontend:
    @pytest.mark.parametrize("channels", [1, 2])
    def test_it_sees_the_sum_of_magnitudes_on_the_scale(self, channels):
        magnitude = spectrogram(channels)
        expected = torch.log1p(torch.einsum("bf,cft->cbt", BANDS.double(), magnitude) / 0.5)
        torch.testing.assert_close(banded().frontend(SCALE.forward(magnitude)), expected)

    def test_a_bin_below_zero_can_come_back(self):
        x = SCALE.forward(spectrogram())
        x[0, 5] = -0.2
        x.requires_grad_()
        banded().frontend(x).sum().backward()
        assert (x.grad > 0).all()


class TestFilterbankNetwork:
    def test_it_is_a_network(self):
        assert isinstance(banded(), Network)

    @pytest.mark.parametrize("inner", [InfiniteNetwork((1, 3)), RandomConv1d(7, 16, 3)])
    def test_terms_are_those_of_the_network_on_the_bands(self, inner):
        network = FilterbankNetwork(inner, BandFrontend(BANDS, SCALE))
        style, content, x = (SCALE.forward(spectrogram(seed=seed, dtype=torch.float32)) for seed in (1, 2, 3))
        seen = network.frontend(x)
        style_value = inner.style_term([network.frontend(style), network.frontend(content)], [1.0, 2.0])(seen)
        torch.testing.assert_close(network.style_term([style, content], [1.0, 2.0])(x), style_value)
        content_value = inner.content_term(network.frontend(content))(seen)
        torch.testing.assert_close(network.content_term(content)(x), content_value)
        assert float(style_value) > 1e-3
        assert float(content_value) > 1e-3

    def test_the_identity_changes_nothing(self):
        style, x = (SCALE.forward(spectrogram(seed=seed)) for seed in (1, 2))
        identity = banded(bands=band_filters("linear", RATE_HZ, N_FFT))
        expected = InfiniteNetwork((1, 3)).style_term([style], [1.0])(x)
        torch.testing.assert_close(identity.style_term([style], [1.0])(x), expected)

    def test_where_energy_lies_within_a_band_does_not_count(self):
        style = spectrogram()
        moved = style.clone()
        moved[:, 20:] = moved[:, 20:].flip(1)
        halves = torch.zeros(2, N_FFT // 2 + 1)
        halves[0, :20], halves[1, 20:] = 1, 1
        blind, seeing = (
            network.style_term([SCALE.forward(style)], [1.0]) for network in (banded(bands=halves), banded())
        )
        assert abs(float(blind(SCALE.forward(moved)))) < 1e-10
        assert float(seeing(SCALE.forward(moved))) > 1e-5


class TestGradients:
    def test_gradients(self):
        network = banded()
        style, x = (SCALE.forward(spectrogram(frames=6, seed=seed)) for seed in (1, 2))
        x[0, 3:9] *= -0.3
        x.requires_grad_()
        assert torch.autograd.gradcheck(network.style_term([style], [1.0]), x)
        assert torch.autograd.gradcheck(network.content_term(style), x)
        assert torch.autograd.gradcheck(network.frontend, x)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    @pytest.mark.parametrize("silent", [slice(None), slice(4, 9)], ids=["everything", "a stretch"])
    def test_silence_has_a_finite_gradient(self, dtype, silent):
        network, style = banded(), SCALE.forward(spectrogram(seed=1, dtype=dtype))
        x = SCALE.forward(spectrogram(seed=2, dtype=dtype))
        x[..., silent] = 0
        for term in (network.style_term([style], [1.0]), network.content_term(style)):
            leaf = x.clone().requires_grad_()
            term(leaf).backward()
            assert torch.isfinite(leaf.grad).all()
        leaf = torch.zeros_like(x, requires_grad=True)
        network.frontend(leaf).sum().backward()
        torch.testing.assert_close(leaf.grad, torch.full_like(x, float(BANDS[:, 0].sum())))

    def test_far_too_large_values_stay_finite(self):
        x = SCALE.forward(spectrogram(seed=1, dtype=torch.float32))
        term = banded().style_term([x], [1.0])
        far = (200 * x).requires_grad_()
        value = term(far)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(far.grad).all()
