import math

import numpy as np
import pytest
import torch

from gramophone.networks import Network, RandomConv1d


def spectrogram(channels, bins, frames, seed=0):
    rng = np.random.default_rng((seed, channels, bins, frames))
    return torch.from_numpy(rng.random((channels, bins, frames))).float()


def slow_features(network, frames):
    filters, _, width = network.weights[0].shape
    count = frames.shape[1] - width + 1
    features = np.zeros((filters, count))
    for each in range(filters):
        for start in range(count):
            patch = frames[:, start : start + width].numpy().astype(np.float64)
            features[each, start] = max(0.0, float((network.weights[0][each].numpy() * patch).sum()))
    return features


def slow_gram(features):
    return features @ features.T / features.shape[1]


class TestWeights:
    @pytest.mark.parametrize(("bins", "filters", "width"), [(1025, 64, 11), (100, 2000, 3)])
    def test_weights_as_published(self, bins, filters, width):
        (weights,) = RandomConv1d(bins, filters, width).weights
        assert weights.shape == (filters, bins, width)
        deviation = math.sqrt(2) * math.sqrt(2 / ((bins + filters) * width))
        spread = 4 / math.sqrt(2 * weights.numel())
        assert float(weights.std()) == pytest.approx(deviation, rel=spread)
        assert abs(float(weights.mean())) < 4 * deviation / math.sqrt(weights.numel())

    def test_the_seed_decides_the_weights(self):
        one, again, other = (RandomConv1d(5, 8, 3, seed=seed).weights[0] for seed in (1, 1, 2))
        assert torch.equal(one, again)
        assert not torch.equal(one, other)


class TestTerms:
    def test_it_is_a_network(self):
        assert isinstance(RandomConv1d(5, 8), Network)

    @pytest.mark.parametrize("channels", [1, 2])
    def test_features_and_terms_by_hand(self, channels):
        network = RandomConv1d(3 * channels, 7, 4, seed=1)
        x, style, content = (spectrogram(channels, 3, n, i) for i, n in enumerate((9, 12, 9)))
        seen, wanted, said = (
            slow_features(network, sound.reshape(3 * channels, -1)) for sound in (x, style, content)
        )
        np.testing.assert_allclose(network.features(x, 1)[0].numpy(), seen, rtol=1e-4, atol=1e-6)
        assert (seen == 0).any()
        style_loss = np.sum((slow_gram(seen) - slow_gram(wanted)) ** 2)
        assert float(network.style_term([style], [1.0])(x)) == pytest.approx(style_loss, rel=1e-4)
        content_loss = np.sum((seen - said) ** 2)
        assert float(network.content_term(content)(x)) == pytest.approx(content_loss, rel=1e-4)

    def test_a_tiny_gram_matrix_by_hand(self):
        network = RandomConv1d(1, 2, 1)
        network.weights = [torch.tensor([[[1.0]], [[-2.0]]])]
        style, x = torch.tensor([[[1.0, -1.0, 3.0]]]), torch.tensor([[[0.0, -1.0]]])
        # Features [[1, 0, 3], [0, 2, 0]] and [[0, 0], [0, 2]]: matrices diag(10, 4) / 3 and diag(0, 4) / 2.
        found = float(network.style_term([style], [1.0])(x))
        assert found == pytest.approx((10 / 3) ** 2 + (4 / 3 - 2) ** 2, rel=1e-6)

    def test_styles_are_mixed_by_their_matrices(self):
        network = RandomConv1d(3, 7, 4)
        x, one, other = (spectrogram(1, 3, n, i) for i, n in enumerate((9, 12, 15)))
        grams = [slow_gram(slow_features(network, sound[0])) for sound in (x, one, other)]
        expected = np.sum((grams[0] - 0.25 * grams[1] - 0.75 * grams[2]) ** 2)
        assert float(network.style_term([one, other], [1.0, 3.0])(x)) == pytest.approx(expected, rel=1e-3)

    @pytest.mark.parametrize("channels", [1, 2])
    def test_both_terms_are_zero_on_themselves(self, channels):
        network, target = RandomConv1d(5 * channels, 16, 3), spectrogram(channels, 5, 20)
        for term in (network.style_term([target], [1.0]), network.content_term(target)):
            x = target.clone().requires_grad_()
            term(x).backward()
            assert float(term(target)) == pytest.approx(0, abs=1e-10)
            assert float(x.grad.abs().max()) < 1e-4
            assert float(term(spectrogram(channels, 5, 20, 1))) > 1e-3
