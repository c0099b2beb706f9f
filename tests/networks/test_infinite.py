import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.networks import InfiniteNetwork, Network, infinite


def spectrogram(channels, bins, frames, seed=0, dtype=torch.float64):
    rng = np.random.default_rng((seed, channels, bins, frames))
    return torch.from_numpy(rng.random((channels, bins, frames)) ** (1 + seed)).to(dtype)


def value_and_gradient(term, x):
    x = x.clone().requires_grad_()
    value = term(x)
    value.backward()
    return float(value.detach()), x.grad


class TestTerms:
    def test_it_is_a_network(self):
        assert isinstance(InfiniteNetwork((1, 4)), Network)

    @pytest.mark.parametrize("channels", [1, 2])
    def test_both_terms_are_zero_on_themselves(self, channels):
        network, target = InfiniteNetwork((1, 3, 8)), spectrogram(channels, 5, 20)
        other = spectrogram(channels, 5, 20, seed=1)
        for term in (network.style_term([target], [1.0]), network.content_term(target)):
            value, gradient = value_and_gradient(term, target)
            elsewhere, there = value_and_gradient(term, other)
            assert abs(value) < 1e-9
            assert elsewhere > 1e-2
            assert float(gradient.norm()) < 1e-5 * float(there.norm())

    @settings(max_examples=30)
    @given(st.integers(1, 5), st.integers(5, 15), st.integers(1, 5), st.integers(0, 9))
    def test_content_is_never_below_zero(self, bins, frames, span, seed):
        term = InfiniteNetwork((span,)).content_term(spectrogram(1, bins, frames, seed))
        assert float(term(spectrogram(1, bins, frames, seed + 1))) >= -1e-12

    def test_content_is_where_it_is(self):
        content = spectrogram(1, 5, 20)
        network = InfiniteNetwork((1,))
        assert float(network.content_term(content)(content.flip(-1))) > 0.05
        assert abs(float(network.style_term([content], [1.0])(content.flip(-1)))) < 1e-10

    def test_the_relation_of_channels_is_part_of_the_style(self):
        style = spectrogram(2, 5, 40)
        # The same sounds in both channels, at other times of the second.
        shuffled = torch.stack([style[0], style[1].roll(17, -1)])
        term = InfiniteNetwork((1,)).style_term([style], [1.0])
        assert float(term(shuffled)) > 1e-4
        assert abs(float(term(style.flip(-1)))) < 1e-10
        stacked = style.flatten(0, 1)[None]
        x = spectrogram(2, 5, 30, 1)
        alone = InfiniteNetwork((1,)).style_term([stacked], [1.0])(x.flatten(0, 1)[None])
        assert float(term(x)) == pytest.approx(float(alone), rel=1e-12)


class TestAgainstOracle:
    @pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
    @pytest.mark.parametrize("spans", [(1,), (4,), (1, 3, 8), (12,)])
    def test_content_against_the_oracle(self, oracle, spans, dtype, relative):
        x, content = spectrogram(1, 6, 12, 3, dtype), spectrogram(1, 6, 12, 0, dtype)
        expected = np.mean([oracle.content_distance(x[0].numpy(), content[0].numpy(), span) for span in spans])
        assert expected > 0.05
        found = InfiniteNetwork(spans).content_term(content)(x)
        assert found.dtype == dtype
        assert float(found) == pytest.approx(expected, rel=relative)

    def test_style_against_the_oracle(self, oracle):
        x, styles = spectrogram(1, 4, 14, 3), [spectrogram(1, 4, 12), spectrogram(1, 4, 10, 1)]
        numbers = [style[0].numpy() for style in styles]
        expected = np.mean([oracle.style_distance(x[0].numpy(), numbers, (1, 3), span) for span in (2, 5)])
        found = InfiniteNetwork((2, 5)).style_term(styles, [1.0, 3.0])(x)
        assert float(found) == pytest.approx(expected, rel=1e-10)


class TestGradients:
    @pytest.mark.parametrize("spans", [(1,), (1, 4)])
    def test_gradient_of_the_content_term(self, spans):
        term = InfiniteNetwork(spans).content_term(spectrogram(2, 3, 6))
        assert torch.autograd.gradcheck(term, (spectrogram(2, 3, 6, 2).requires_grad_(),))


class TestSilence:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    @pytest.mark.parametrize("silent", [slice(None), slice(4, 9)], ids=["everything", "a stretch"])
    def test_silence_has_a_finite_gradient(self, dtype, silent):
        network, target = InfiniteNetwork((1, 3)), spectrogram(1, 5, 14, dtype=dtype)
        x = spectrogram(1, 5, 14, 1, dtype)
        x[..., silent] = 0
        for term in (network.style_term([target], [1.0]), network.content_term(target)):
            value, gradient = value_and_gradient(term, x)
            assert 0 <= value <= 1
            assert torch.isfinite(gradient).all()
        quiet = target.clone()
        quiet[..., 4:9] = 0
        value, gradient = value_and_gradient(network.content_term(quiet), x)
        assert np.isfinite(value)
        assert torch.isfinite(gradient).all()

    def test_silence_is_one_away_in_content(self):
        content = spectrogram(1, 5, 14)
        assert float(InfiniteNetwork((1, 3)).content_term(content)(0 * content)) == pytest.approx(1, abs=1e-9)


class TestBlocks:
    @pytest.mark.parametrize("frames", [50, 64, 65, 100, 131, 200])
    def test_blocks_hold_every_patch_and_have_one_length(self, frames):
        x = torch.arange(frames, dtype=torch.float32)[None]
        blocks = infinite.blocks(x, 8 - 1, 64)
        assert len({block.shape[1] for block in blocks}) == 1
        assert blocks[0].shape[1] <= 64
        patches = {int(block[0, start]) for block in blocks for start in range(block.shape[1] - 8 + 1)}
        assert patches == set(range(frames - 8 + 1))

    def test_a_long_sound_is_the_mean_of_its_blocks(self):
        network = InfiniteNetwork((1, 4), block_frames=32)
        generator = torch.Generator().manual_seed(1)
        style, x = torch.rand(1, 9, 40, generator=generator), torch.rand(1, 9, 75, generator=generator)
        blocks = infinite.blocks(x[0], 4 - 1, 32)
        assert len(blocks) > 2
        expected = torch.stack([network.style_term([style], [1.0])(block[None]) for block in blocks]).mean()
        torch.testing.assert_close(network.style_term([style], [1.0])(x), expected)
