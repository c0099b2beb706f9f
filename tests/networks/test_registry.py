"""Every kind of network that settings can name is built, sized and batched by its one entry."""

from typing import get_args

import pytest
import torch

from gramophone.networks.features import FrontedTerm, Network, reason_not_batchable, stack
from gramophone.networks.frontends import BandFrontend, FilterbankNetwork
from gramophone.networks.infinite import InfiniteNetwork
from gramophone.networks.random import RandomConv1d
from gramophone.networks.registry import REGISTRY, NetworkInput, entry_of
from gramophone.settings import NetworkKind, NetworkSettings, Resolution
from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import band_filters

RATE_HZ = 16_000
VIEW = Resolution(512, 128, span_ms=(8, 32))
BINS = 257


def spectrogram(seed, frames=40):
    return torch.rand(1, BINS, frames, generator=torch.Generator().manual_seed(seed))


class TestEntries:
    def test_every_kind_of_the_settings_has_one(self):
        assert set(REGISTRY) == set(get_args(NetworkKind))

    @pytest.mark.parametrize("kind", get_args(NetworkKind))
    def test_every_kind_is_built_as_a_network(self, kind):
        settings = NetworkSettings(kind, filters=16, widths_frames=(3,), weights="random")
        given = NetworkInput(settings, VIEW, RATE_HZ, seed=0, frames=40, longest_span_s=0.1)
        assert isinstance(entry_of(settings).build(given), Network)
        assert entry_of(settings).receptive_field_frames(settings) >= 1

    def test_only_the_infinite_network_of_one_layer_is_batchable(self):
        found = {kind for kind, entry in REGISTRY.items() if entry.is_batchable(NetworkSettings(kind))}
        assert found == {"infinite"}
        assert not REGISTRY["infinite"].is_batchable(NetworkSettings("infinite", depth=2))

    @pytest.mark.parametrize(
        ("settings", "field_frames"),
        [(NetworkSettings("random", widths_frames=(2, 7)), 7), (NetworkSettings("caracalla2020"), 27)],
    )
    def test_the_receptive_field_is_that_of_the_widest_filters(self, settings, field_frames):
        assert entry_of(settings).receptive_field_frames(settings) == field_frames


class TestStacking:
    """The values of a stacked term are those of each term."""

    def check(self, networks):
        terms = [network.style_term([spectrogram(seed)], [1.0]) for seed, network in enumerate(networks)]
        x = torch.stack([spectrogram(seed + 10) for seed in range(len(networks))])
        expected = torch.stack([term(one) for term, one in zip(terms, x, strict=True)])
        torch.testing.assert_close(stack(terms)(x), expected)

    def test_style_terms(self):
        self.check([InfiniteNetwork((1, 4))] * 3)

    def test_style_terms_behind_filter_banks_on_scales_of_their_own(self):
        bands = band_filters("mel", RATE_HZ, 512, 20)
        self.check([FilterbankNetwork(InfiniteNetwork((1, 4)), BandFrontend(bands, LogScale(s))) for s in (0.5, 2.0)])

    def test_a_term_without_stack_is_refused_with_the_reason(self):
        term = RandomConv1d(BINS, 4, 3).style_term([spectrogram(0)], [1.0])
        assert reason_not_batchable(term) == "a FeatureTerm has no batched form"
        assert (
            reason_not_batchable(FrontedTerm(torch.neg, term)) == "a builtin_function_or_method has no batched form"
        )
        with pytest.raises(TypeError, match="a FeatureTerm has no batched form"):
            stack([term, term])
