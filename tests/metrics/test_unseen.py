import pytest
import torch

from gramophone.metrics.style_distance import unseen_style_distance


@pytest.fixture
def style():
    return torch.rand(1, 33, 80, generator=torch.Generator().manual_seed(0)) ** 3


class TestUnseenStyleDistance:
    def test_the_style_itself_and_silence(self, style):
        assert unseen_style_distance(style, style) == 0
        assert unseen_style_distance(torch.zeros_like(style), style) == pytest.approx(1, abs=1e-6)

    def test_nearer_sounds_have_smaller_distances(self, style):
        other = torch.rand(style.shape, generator=torch.Generator().manual_seed(1)) ** 3
        half = unseen_style_distance((style + other) / 2, style)
        assert 0 < unseen_style_distance(style.roll(7, -1), style) < half < unseen_style_distance(other**4, style)

    def test_it_depends_on_the_balance_of_levels_but_not_on_the_unit(self, style):
        louder = unseen_style_distance(1.5 * style, style)
        assert louder > 1e-3
        assert unseen_style_distance(30 * style, 20 * style) == pytest.approx(louder, rel=1e-3)
