"""Distances of Gram matrices: against the matrices themselves, by channels and by positions."""

import pytest
import torch

from gramophone.statistics.gram_distance import GramTarget, gram_distances


def features(seed, *shape, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def gram(x):
    return x @ x.mT / x.shape[-1]


def plain(x, styles, weights):
    target = sum(w * gram(style) for style, w in zip(styles, weights, strict=True))
    return (gram(x) - target).square().sum(), target.square().sum()


# Channels, positions of the result and of the styles: fewer positions than channels, more, and more in the end.
SHAPES = [(40, 9, (7, 12)), (5, 30, (20, 8)), (40, 60, (7, 12)), (40, 9, (50, 60))]


class TestGramTarget:
    @pytest.mark.parametrize(("channels", "count", "lengths"), SHAPES)
    def test_it_is_the_distance_of_the_matrices(self, channels, count, lengths):
        x = features(0, channels, count).requires_grad_()
        styles, weights = [features(n + 1, channels, length) for n, length in enumerate(lengths)], (0.3, 0.7)
        target = GramTarget(styles, weights)
        expected, energy = plain(x, styles, weights)
        torch.testing.assert_close(target.energy, energy)
        found = target.distance(x)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(*(torch.autograd.grad(2 * one, x)[0] for one in (found, expected)))

    def test_both_ways_agree(self):
        target = GramTarget([features(1, 30, 10)], (1.0,))
        x = features(0, 30, 9)
        for one, other in zip(target._by_positions(x), target._by_channels(x), strict=True):
            torch.testing.assert_close(one, other)

    def test_a_matrix_for_each_entry_of_a_batch(self):
        x, style = features(0, 3, 20, 4).requires_grad_(), features(1, 3, 20, 6)
        expected, _ = plain(x, [style], [1.0])
        found = GramTarget([style], (1.0,)).distance(x)
        torch.testing.assert_close(found, expected)
        torch.testing.assert_close(*(torch.autograd.grad(one, x)[0] for one in (found, expected)))

    def test_small_distances_in_single_precision(self):
        """Sums of squares are ten thousand times the difference that is wanted of them."""
        style = features(1, 600, 120)
        x = style + 3e-3 * features(0, 600, 120)
        expected, energy = plain(x, [style], [1.0])
        assert 5e-6 < expected / energy < 1e-4
        found = GramTarget([style.float()], (1.0,)).distance(x.float())
        assert float(found) == pytest.approx(float(expected), rel=3e-3)

    def test_it_is_nothing_at_the_style_in_single_precision(self):
        style = features(1, 600, 120, dtype=torch.float32)
        target = GramTarget([style], (1.0,))
        for value, _ in (target._by_positions(style), target._by_channels(style)):
            assert abs(float(value / target.energy)) < 1e-12


class TestGramDistances:
    @pytest.mark.parametrize("is_relative", [True, False])
    def test_a_weighted_mean_over_layers(self, is_relative):
        layers = [[features(n, 12, 5), features(n + 10, 12, 4)] for n in range(2)]
        x = [features(n + 20, 12, 6) for n in range(2)]
        expected = 0
        for weight, one, styles in zip((1.0, 3.0), x, layers, strict=True):
            value, energy = plain(one, styles, (0.5, 0.5))
            expected += weight / 4 * value / (energy if is_relative else 1)
        found = gram_distances(layers, (0.5, 0.5), (1.0, 3.0), is_relative=is_relative)(x)
        torch.testing.assert_close(found, expected)
        at_style = gram_distances([[x[0]]], (1.0,))([x[0]])
        assert float(at_style) == pytest.approx(0, abs=1e-12)

    def test_silent_styles_divide_by_no_zero(self):
        silent = torch.zeros(4, 6)
        assert float(gram_distances([[silent]], (1.0,))([silent])) == 0
