"""Several layers of infinitely many filters: against one layer in closed form, and against many drawn filters."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.networks.infinite import DeepNetwork, InfiniteNetwork
from gramophone.statistics.deep_kernel import deep_energy, diagonal_sums, layer_widths


def sound(frames, bins=5, seed=0):
    return torch.rand(bins, frames, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestLayers:
    @given(st.integers(1, 60), st.integers(1, 6))
    def test_layers_see_the_span_together(self, span, depth):
        widths = layer_widths(span, depth)
        assert 1 + sum(width - 1 for width in widths) == span
        assert max(widths) - min(widths) <= 1

    def test_box_sums_lie_along_diagonals(self):
        pairs = sound(7, 9)
        for span in (1, 2, 3, 5, 7):
            plain = sum(pairs[j : 9 - span + 1 + j, j : 7 - span + 1 + j] for j in range(span))
            torch.testing.assert_close(diagonal_sums(pairs, span), plain)


class TestDeepKernel:
    def test_one_layer_is_the_shallow_network(self):
        x, y = sound(20).float()[None], sound(24, seed=1).float()[None]
        shallow, deep = InfiniteNetwork((1, 4)), DeepNetwork((1, 4), depth=1)
        assert float(deep.style_term([y], [1.0])(x)) == pytest.approx(
            float(shallow.style_term([y], [1.0])(x)), rel=1e-4
        )

    def test_two_layers_are_what_many_drawn_filters_tend_to(self):
        x, y, widths = sound(9), sound(8, seed=1) ** 3, (3, 2)
        generator = torch.Generator().manual_seed(2)
        weights = torch.randn(2000, 5, 3, generator=generator, dtype=torch.float64)
        hidden = [torch.relu(torch.nn.functional.conv1d(one[None], weights))[0] for one in (x, y)]
        weights = torch.randn(2000, 2000, 2, generator=generator, dtype=torch.float64)
        features = [torch.relu(torch.nn.functional.conv1d(one[None], weights))[0] for one in hidden]
        # Loudness as a whole varies from draw to draw; what one sound is to the other does not.
        for a, b in ((0, 1), (1, 1)):
            drawn = (features[a].T @ features[b]).square().mean() / (features[0].T @ features[0]).square().mean()
            ours = deep_energy((x, y)[a], (x, y)[b], widths) / deep_energy(x, x, widths)
            assert float(ours) == pytest.approx(float(drawn), rel=0.05)
            assert abs(float(ours) - 1) > 0.2

    def test_the_target_is_at_0_silence_at_1_and_mixtures_between(self):
        x, y = sound(20)[None], 2 * sound(20, seed=1)[None] ** 3
        network = DeepNetwork((1, 6), depth=3)
        assert float(network.style_term([x], [1.0])(x)) == pytest.approx(0, abs=1e-12)
        assert float(network.style_term([x], [1.0])(torch.zeros_like(x))) == pytest.approx(1)
        assert 0 < float(network.style_term([x, y], [1.0, 1.0])(x)) < float(network.style_term([y], [1.0])(x))

    def test_gradients_agree_with_differences_and_silence_has_one(self):
        x, y = sound(10), sound(11, seed=1)
        term = DeepNetwork((1, 5), depth=2).style_term([y[None]], [1.0])
        place = x[None].clone().requires_grad_(True)
        term(place).backward()
        direction = sound(10, seed=3)[None]
        with torch.no_grad():
            change = (term(place + 1e-6 * direction) - term(place - 1e-6 * direction)) / 2e-6
        assert float((place.grad * direction).sum()) == pytest.approx(float(change), rel=1e-4)
        silent = torch.zeros(1, 5, 10, dtype=torch.float64, requires_grad=True)
        term(silent).backward()
        assert bool(torch.isfinite(silent.grad).all())
