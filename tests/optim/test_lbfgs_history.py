"""The product with the inverse Hessian against the published two loops."""

import pytest
import torch

from gramophone.optim.lbfgs_history import BLOCK, LEAST_CURVATURE, LbfgsHistory, dot


def two_loops(pairs, gradient):
    """Nocedal & Wright 2006, algorithm 7.4, of one item; the newest pair last."""
    found, shares = gradient.clone(), []
    for move, change in reversed(pairs):
        shares.append(move @ found / (move @ change))
        found = found - shares[-1] * change
    if pairs:
        move, change = pairs[-1]
        found = found * (move @ change) / (change @ change)
    for (move, change), share in zip(pairs, reversed(shares), strict=True):
        found = found + (share - change @ found / (move @ change)) * move
    return found


class TestLbfgsHistory:
    @pytest.mark.parametrize("numbers", [1, 7, BLOCK, BLOCK + 3])
    def test_the_product_is_that_of_two_loops(self, numbers):
        generator = torch.Generator().manual_seed(numbers)
        draw = lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)  # noqa: E731
        items, history = 3, 4
        stretch = 1 + draw(items, numbers).abs()
        curvature = LbfgsHistory(history, draw(items, numbers))
        kept = [[] for _ in range(items)]
        for step in range(11):
            # Every item keeps other ones, so that their circles stand at different places.
            where = torch.tensor([True, step % 2 == 0, step > 6])
            move, gradient = draw(items, numbers), draw(items, numbers)
            change = stretch * move
            change[0] *= -1 if step == 5 else 1  # no positive curvature, so the pair is not kept
            found = curvature.times(gradient, move, change, where)
            for item, pairs in enumerate(kept):
                if where[item] and move[item] @ change[item] > LEAST_CURVATURE:
                    pairs.append((move[item], change[item]))
                expected = two_loops(pairs[-history:], gradient[item])
                torch.testing.assert_close(found[item], expected, rtol=1e-8, atol=1e-10)

    def test_single_precision_keeps_the_digits_of_long_vectors(self):
        generator = torch.Generator().manual_seed(0)
        numbers = 300 * BLOCK
        moves = [torch.randn(1, numbers, generator=generator) for _ in range(6)]
        gradient, stretch = torch.randn(1, numbers, generator=generator), torch.linspace(1, 3, numbers)
        curvature = LbfgsHistory(4, gradient)
        for move in moves:
            found = curvature.times(gradient, move, stretch * move, torch.tensor([True]))
        pairs = [(move[0].double(), (stretch * move)[0].double()) for move in moves[-4:]]
        expected = two_loops(pairs, gradient[0].double())
        assert float((found[0] - expected).norm() / expected.norm()) < 1e-6

    def test_a_product_is_summed_in_double_precision(self):
        ones = torch.full((1, 1 << 20), 0.1)
        assert dot(ones, torch.ones_like(ones)).dtype == torch.float64
        assert float(dot(ones, torch.ones_like(ones))) == pytest.approx(
            float(ones[0, 0].double()) * (1 << 20), rel=1e-12
        )
