from collections.abc import Callable

import pytest
import torch

from gramophone.networks import FilterbankNetwork, FrequencyConv, RandomConv1d, RandomConv2d, RandomConvEnsemble
from gramophone.networks.features import FeatureTerm, Network, evaluate_shared, with_frontend
from gramophone.networks.frontends import BandFrontend
from gramophone.networks.pretrained.packaged import network_of
from gramophone.networks.pretrained.speech import SpeechNetwork
from gramophone.networks.pretrained.vgg import VggNetwork, random_weights
from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import band_filters

BINS, FRAMES = 33, 24


def banded() -> Network:
    bands = band_filters("mel", 16000, 2 * (BINS - 1), 12)
    return FilterbankNetwork(RandomConv1d(12, 8, 3), BandFrontend(bands, LogScale(1.0)))


NETWORKS: dict[str, Callable[[], Network]] = {
    "one layer": lambda: RandomConv1d(BINS, 8, 3),
    "bank": lambda: RandomConvEnsemble(BINS, 8, (2, 4)),
    "plane": lambda: RandomConv2d(1, 8, 3, 3),
    "turned": lambda: FrequencyConv(RandomConv1d(FRAMES, 8, 3), FRAMES),
    "bands": banded,
    "classifier": lambda: network_of("wyse2017", "random", 0, filters=16, frames=FRAMES),
    "speech": lambda: SpeechNetwork(4),
    "pictures": lambda: VggNetwork(random_weights(0)),
}


def drawn(bins: int, frames: int, seed: int) -> torch.Tensor:
    return torch.rand(1, bins, frames, generator=torch.Generator().manual_seed(seed))


class Counted:
    """Sees `x` and its double, and counts how often it did and how deep."""

    def __init__(self) -> None:
        self.depths: list[int] = []

    def see(self, x: torch.Tensor, count: int) -> list[torch.Tensor]:
        self.depths.append(count)
        return [x, 2 * x][:count]

    def term(self, count: int) -> FeatureTerm:
        return FeatureTerm(self.see, count, lambda found: found[count - 1].sum())


def twice(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


class TestNetworkTerms:
    @pytest.mark.parametrize("name", NETWORKS)
    def test_terms_together_are_the_terms_alone_with_the_same_gradient(self, name: str):
        network = NETWORKS[name]()
        bins, frames = {"classifier": (257, FRAMES), "speech": (80, 48)}.get(name, (BINS, FRAMES))
        style, content = drawn(bins, frames, 1), drawn(bins, frames, 2)
        terms = [network.style_term([style], [1.0]), network.content_term(content)]
        x = drawn(bins, frames, 3).requires_grad_()
        alone = [term(x) for term in terms]
        (wanted,) = torch.autograd.grad(alone[0] + 0.5 * alone[1], x)
        both = evaluate_shared(terms, x)
        torch.testing.assert_close(torch.stack(both), torch.stack(alone))
        (found,) = torch.autograd.grad(both[0] + 0.5 * both[1], x)
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4 * float(wanted.abs().max()))

    @pytest.mark.parametrize("name", NETWORKS)
    def test_style_and_content_of_a_network_share_what_it_sees(self, name: str):
        network = NETWORKS[name]()
        bins, frames = {"classifier": (257, FRAMES), "speech": (80, 48)}.get(name, (BINS, FRAMES))
        style = network.style_term([drawn(bins, frames, 1)], [1.0])
        content = network.content_term(drawn(bins, frames, 2))
        assert isinstance(style, FeatureTerm)
        assert isinstance(content, FeatureTerm)
        assert style.extract == content.extract


class TestSharedFeatures:
    def test_what_is_seen_is_seen_once_and_as_deep_as_the_deepest_term_needs(self):
        eye, x = Counted(), torch.ones(3)
        values = evaluate_shared([eye.term(1), lambda y: y.max(), eye.term(2)], x)
        assert [float(value) for value in values] == [3, 1, 6]
        assert eye.depths == [2]

    def test_networks_of_the_same_kind_share_nothing(self):
        one, other = Counted(), Counted()
        evaluate_shared([one.term(1), other.term(1)], torch.ones(3))
        assert one.depths == other.depths == [1]


class TestFrontends:
    def test_terms_share_behind_the_same_front_alone(self):
        eye, x = Counted(), torch.ones(3)
        terms = [
            with_frontend(twice, eye.term(1)),
            with_frontend(twice, eye.term(2)),
            eye.term(1),
            with_frontend(torch.neg, eye.term(1)),
        ]
        assert [float(value) for value in evaluate_shared(terms, x)] == [6, 12, 3, -3]
        assert sorted(eye.depths) == [1, 1, 2]

    def test_a_plain_function_goes_behind_a_front_too(self):
        assert float(with_frontend(twice, lambda x: x.sum())(torch.ones(3))) == 6
