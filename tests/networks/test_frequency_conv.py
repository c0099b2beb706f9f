"""Networks along frequency."""

import pytest
import torch

from gramophone.networks import FrequencyConv, InfiniteNetwork, Network, RandomConv1d


def spectrogram(frames=12, seed=0, channels=1, bins=30):
    return torch.rand(channels, bins, frames, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def moved(x, bins):
    """The same shapes, elsewhere in frequency."""
    return x.roll(bins, 1)


class TestFrequencyConv:
    def test_it_is_a_network(self):
        assert isinstance(FrequencyConv(InfiniteNetwork((1, 3)), 12), Network)

    @pytest.mark.parametrize("inner", [InfiniteNetwork((1, 4)), RandomConv1d(24, 8, 3)])
    def test_terms_are_those_of_the_network_with_axes_exchanged(self, inner):
        x, style, content = (spectrogram(seed=seed, channels=2) for seed in range(3))
        network = FrequencyConv(inner, 12)
        expected = inner.style_term([style.mT, content.mT], [1.0, 2.0])(x.mT)
        torch.testing.assert_close(network.style_term([style, content], [1.0, 2.0])(x), expected)
        torch.testing.assert_close(network.content_term(content)(x), inner.content_term(content.mT)(x.mT))

    def test_shapes_count_wherever_they_lie_in_frequency(self):
        style = torch.zeros(1, 30, 12, dtype=torch.float64)
        style[:, 8:14] = spectrogram(bins=6)
        along, usual = FrequencyConv(InfiniteNetwork((1, 4)), 12), InfiniteNetwork((1, 4))
        assert abs(float(along.style_term([style], [1.0])(moved(style, 5)))) < 1e-10
        assert float(usual.style_term([style], [1.0])(moved(style, 5))) > 1e-2
        assert float(along.style_term([style], [1.0])(style.flip(2))) > 1e-3
        assert float(along.style_term([style], [1.0])(style.flip(1))) > 1e-3

    @pytest.mark.parametrize("frames", [5, 12, 31])
    def test_styles_of_other_lengths_are_cut_or_repeated(self, frames):
        style = spectrogram()
        expected = torch.cat([style] * 3, 2)[..., :frames]
        term = FrequencyConv(InfiniteNetwork((1, 2)), frames).style_term([style], [1.0])
        assert abs(float(term(expected))) < 1e-10
        assert float(term(spectrogram(frames, seed=1))) > 1e-3


class TestGradients:
    def test_gradients(self):
        network = FrequencyConv(InfiniteNetwork((1, 2)), 4)
        style, x = spectrogram(4, bins=6), spectrogram(4, 1, bins=6).requires_grad_()
        assert torch.autograd.gradcheck(network.style_term([style], [1.0]), x)
        assert torch.autograd.gradcheck(network.content_term(style), x)
