"""Filters over time and frequency."""

import math

import numpy as np
import pytest
import torch

from gramophone.networks import Network, RandomConv2d


def spectrogram(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


class TestRandomConv2d:
    def test_features_are_the_sums_they_stand_for(self):
        network = RandomConv2d(2, 3, 4, 5, seed=1)
        x = spectrogram(2, 9, 11)
        (found,) = (layer.unflatten(1, (6, 7)) for layer in network.features(x, 1))
        assert found.shape == (3, 6, 7)
        weights = network.weights[0].numpy()
        plain = np.sum(weights[1] * x.numpy()[:, 2:6, 3:8])
        assert float(found[1, 2, 3]) == pytest.approx(max(plain, 0), abs=1e-5)
        assert float(network.weights[0].std()) == pytest.approx(math.sqrt(2) * math.sqrt(2 / (5 * 20)), rel=0.2)

    def test_terms_are_0_at_the_target_and_blind_to_where_a_pattern_lies(self):
        network = RandomConv2d(1, 8, 3, 3)
        assert isinstance(network, Network)
        x = torch.zeros(1, 40, 40)
        x[:, 10:16, 10:16] = spectrogram(1, 6, 6)
        term = network.style_term([x], [1.0])
        assert float(term(x)) == pytest.approx(0, abs=1e-10)
        assert float(term(x.roll((15, 8), (1, 2)))) == pytest.approx(0, abs=1e-6)
        assert float(term(torch.zeros_like(x))) == pytest.approx(1)
        content = network.content_term(x)
        assert float(content(x)) == 0
        assert float(content(x.roll(15, 1))) > 0.5

    def test_a_mixture_lies_between(self):
        network = RandomConv2d(1, 8, 3, 3)
        one, other = spectrogram(1, 20, 20), 2 * spectrogram(1, 20, 20, seed=1) ** 3
        mixture = network.style_term([one, other], [3.0, 1.0])
        gram = 0.75 * network.grams(one)[0] + 0.25 * network.grams(other)[0]
        expected = (network.grams(one)[0] - gram).square().sum() / gram.square().sum()
        torch.testing.assert_close(mixture(one), expected, check_dtype=False)
