"""Convolutions by evaluation at points: against direct sums, in values, gradients and rounding."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.networks.pretrained.frozen_convolution import FrozenConvolution, frozen, is_faster, transforms
from gramophone.networks.pretrained.packaged import network_of


def drawn(seed, *shape, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


class TestFrozenConvolution:
    @settings(max_examples=60, deadline=None)
    @given(
        width=st.integers(1, 30),
        beyond=st.integers(0, 25),
        share=st.floats(0, 1),
        channels=st.tuples(st.integers(1, 4), st.integers(1, 4)),
        items=st.integers(1, 2),
    )
    def test_it_is_the_direct_sum_with_its_gradient(self, width, beyond, share, channels, items):
        inputs, outputs = channels
        padding = int(share * (width - 1))
        length = max(1, width - 2 * padding) + beyond
        x = drawn(0, items, inputs, length).requires_grad_()
        weight, bias = drawn(1, outputs, inputs, width), drawn(2, outputs)
        expected = torch.nn.functional.conv1d(x, weight, bias, padding=padding)
        found = FrozenConvolution(weight, bias, padding)(x)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)
        pull = drawn(3, *expected.shape)
        wanted, made = (torch.autograd.grad(y, x, pull)[0] for y in (expected, found))
        torch.testing.assert_close(made, wanted, rtol=0, atol=1e-10)

    @pytest.mark.parametrize(("inputs", "outputs", "width"), [(257, 512, 5), (64, 256, 11), (513, 64, 4)])
    def test_single_precision_loses_little(self, inputs, outputs, width):
        x, weight, bias = drawn(0, 1, inputs, 70), drawn(1, outputs, inputs, width) / inputs**0.5, drawn(2, outputs)
        exact = torch.nn.functional.conv1d(x, weight, bias, padding=width // 2)
        found = FrozenConvolution(weight.float(), bias.float(), width // 2)(x.float())
        assert float((found - exact).norm() / exact.norm()) < 2e-6

    def test_fewer_products_than_the_direct_sum(self):
        outputs, points = transforms(5).outputs.shape
        assert (outputs, points) == (4, 8)  # instead of 20


class TestIsFaster:
    @pytest.mark.parametrize(
        ("shape", "expected"),
        [
            ((2048, 257, 5), True),
            ((256, 513, 11), True),
            ((64, 64, 5), False),
            ((64, 2048, 5), False),
            ((512, 512, 3, 3), False),
            ((4096, 4096, 11), False),
        ],
    )
    def test_many_channels_along_one_axis(self, shape, expected):
        assert is_faster(torch.empty(1).expand(shape)) is expected
        assert not is_faster(torch.empty(1, dtype=torch.float64).expand(shape))


class TestFrozen:
    def test_what_is_not_faster_stays_as_it_is(self):
        small, strided = torch.nn.Conv1d(4, 4, 5), torch.nn.Conv1d(512, 512, 5, 2)
        assert frozen(small) is small
        assert frozen(strided) is strided

    def test_a_network_has_the_features_of_its_modules(self):
        network = network_of("wyse2017", "random", 0, draw="uniform")
        spectrogram = 255 * torch.rand(1, 257, 40, generator=torch.Generator().manual_seed(0))
        modules = network.classifier.activations(spectrogram[None], 2)
        for found, expected in zip(network.features(spectrogram, 2), modules, strict=True):
            torch.testing.assert_close(found, expected[0], rtol=1e-4, atol=1e-4 * float(expected.max()))
