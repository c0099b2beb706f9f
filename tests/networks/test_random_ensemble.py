"""The bank is the mean of its layers, each relative to its target."""

import pytest
import torch

from gramophone.networks import Network, RandomConv1d, RandomConvEnsemble

BINS = 9


def spectrogram(seed, frames=30):
    return torch.rand(1, BINS, frames, generator=torch.Generator().manual_seed(seed))


class TestRandomConvEnsemble:
    def test_it_is_a_network(self):
        assert isinstance(RandomConvEnsemble(BINS, 4, (2, 4)), Network)

    @pytest.mark.parametrize("kind", ["style", "content"])
    def test_terms_are_means_of_relative_distances(self, kind):
        x, y = spectrogram(1), spectrogram(2)
        bank = RandomConvEnsemble(BINS, 16, (2, 4), seed=5)

        def term(network):
            return network.style_term([y], [1.0]) if kind == "style" else network.content_term(y)

        layers = [term(RandomConv1d(BINS, 16, width, seed=5 + place)) for place, width in enumerate((2, 4))]
        expected = sum(layer(x) / layer(torch.zeros_like(y)) for layer in layers) / 2
        assert torch.allclose(term(bank)(x), expected)
        assert float(term(bank)(y)) == pytest.approx(0, abs=1e-9)
        assert float(term(bank)(torch.zeros_like(y))) == pytest.approx(1)

    def test_styles_are_mixed_by_their_gram_matrices(self):
        one, other = spectrogram(1), spectrogram(2)
        bank = RandomConvEnsemble(BINS, 16, (2,))
        mixed = bank.style_term([one, other], [1.0, 1.0])
        assert float(mixed(one)) > 0
        assert float(bank.style_term([one, one], [1.0, 3.0])(one)) == pytest.approx(0, abs=1e-9)
