import pytest
import torch

from gramophone.statistics.surrogate import quantiles, surrogate


def _style(frames, seed=0, rows=4):
    """Rows that move together, each with a distribution of its own."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.randn(frames + 7, generator=generator).unfold(0, 8, 1).mean(-1)
    own = torch.randn(rows, frames, generator=generator)
    return (common + 0.3 * own)[None].exp() * torch.arange(1, rows + 1)[None, :, None]


def _correlation(x, lag):
    """Of all rows with all rows a lag later."""
    centred = x[0] - x[0].mean(-1, keepdim=True)
    centred = centred / centred.norm(dim=-1, keepdim=True)
    return centred @ centred.roll(-lag, -1).T


class TestSurrogate:
    @pytest.mark.parametrize("frames", [400, 1000])
    def test_every_row_has_the_distribution_of_the_style(self, frames):
        style = _style(400)
        drawn = surrogate([style], [1.0], frames, seed=1)
        levels = torch.linspace(0.05, 0.95, 19)
        torch.testing.assert_close(drawn.quantile(levels, -1), style.quantile(levels, -1), rtol=0.05, atol=0.05)

    @pytest.mark.parametrize("lag", [0, 3, 6])
    def test_correlations_are_the_style_s(self, lag):
        style = _style(3000).log()
        drawn = torch.stack([_correlation(surrogate([style], [1.0], 3000, seed), lag) for seed in range(20)]).mean(0)
        assert float((drawn - _correlation(style, lag)).abs().max()) < 0.06

    def test_the_order_in_time_is_lost(self):
        style = _style(800).log()
        drawn = surrogate([style], [1.0], 800, seed=2)
        spectra = torch.fft.rfft(drawn[0, 0] - drawn[0, 0].mean()), torch.fft.rfft(style[0, 0] - style[0, 0].mean())
        crossed = torch.fft.irfft(spectra[0] * spectra[1].conj())
        assert float(crossed.abs().max()) < 0.35 * float(style[0, 0].var() * 800)

    def test_the_seed_decides(self):
        style = _style(100)
        one, same, other = (surrogate([style], [1.0], 90, seed) for seed in (1, 1, 2))
        assert torch.equal(one, same)
        assert not torch.equal(one, other)

    def test_a_mixture_has_values_of_all_by_their_weights(self):
        low, high = torch.rand(1, 3, 50), 10 + torch.rand(1, 3, 200)
        drawn = surrogate([low, high], [0.75, 0.25], 400, seed=0)
        assert torch.equal((drawn < 5).float().mean(-1), torch.full((1, 3), 0.75))


class TestQuantiles:
    def test_of_as_many_as_there_are_values(self):
        style = _style(64)
        torch.testing.assert_close(quantiles([style], [1.0], 64), style.sort(-1).values)

    def test_of_a_mixture(self):
        parts = [torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[3.0]]])]
        assert quantiles(parts, [0.5, 0.5], 4).flatten().tolist() == [1, 2, 3, 3]
