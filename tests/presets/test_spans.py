"""Time spans of published systems: the widths of the filters that are drawn, or a refusal."""

import pytest
import torch

from gramophone.errors import UsageError
from gramophone.networks.pretrained.packaged import network_of
from gramophone.networks.registry import entry_of
from gramophone.presets import PRESETS, preset
from gramophone.request import TextureRequest, TransferRequest
from gramophone.settings import ONE_WIDTH

HUZAIFAH = ("huzaifah2019-freq", "huzaifah2019-2d", "huzaifah2019-cqt")


def asked(name, span_ms, **options):
    return TextureRequest(preset=name, styles=("rain.wav",), span_ms=span_ms, **options)


class TestReceptiveFields:
    @pytest.mark.parametrize("name", HUZAIFAH)
    @pytest.mark.parametrize("frames", [1, 4, 11, 35])
    def test_a_span_sets_the_width_of_the_filters_that_are_drawn(self, name, frames):
        settings = asked(name, [frames * 1000 * 186 / 16000], weights="random").settings()
        network = settings.network
        assert network.widths_frames == (frames,)
        # Three layers with poolings of 2 between them.
        assert entry_of(network).receptive_field_frames(network) == frames + 1 + 2 * (frames - 1) + 2 + 4 * (
            frames - 1
        )

    def test_features_depend_on_that_many_frames_and_no_others(self):
        network = network_of("huzaifah2019", "random", 0, draw="uncentred", filters=3, width_frames=5)
        x = torch.zeros(1, 513, 40, requires_grad=True)
        (features,) = network.features(x + 1, 1)
        features[:, 20].sum().backward()
        assert x.grad.abs().sum((0, 1)).nonzero().flatten().tolist() == [18, 19, 20, 21, 22]

    def test_the_width_of_the_weights_cannot_be_changed(self):
        with pytest.raises(
            UsageError, match=r"'huzaifah2019-freq' has the filter widths of its weights.* --weights random"
        ):
            asked("huzaifah2019-freq", [50])
        with pytest.raises(UsageError, match="filter widths of its weights"):
            asked("huzaifah2019-cqt", [50], weights="own.safetensors")

    def test_every_kind_with_a_free_width_is_a_preset(self):
        assert {preset(name).network.kind for name in HUZAIFAH} == set(ONE_WIDTH)


class TestOtherNetworks:
    @pytest.mark.parametrize(
        ("name", "span_ms", "widths"),
        [
            ("ulyanov2016", [255.4], (11,)),
            ("grinstein2017", [46.4], (2,)),
            ("antognini2018", [16, 512], (2, 64)),
            ("mital2017", [93], (8,)),
        ],
    )
    def test_single_layers_are_as_wide_as_asked(self, name, span_ms, widths):
        assert asked(name, span_ms).settings().network.widths_frames == widths

    @pytest.mark.parametrize(
        ("name", "span_ms", "said"),
        [
            ("ulyanov2016", [30, 90], "takes one span, and 30,90 ms are filters of 2 width"),
            ("antognini2018", [30], "takes several spans, and 30 ms are filters of 1 width"),
            ("antognini2018", [30, 30.1], "takes several spans, and 30,30.1 ms are filters of 1 width"),
            ("huzaifah2019-time", [30], "slides its filters along frequency.*; leave it out, or choose another"),
            ("mcdermott2011", [30], "compares statistics of the whole recording, so it takes no span_ms"),
            ("verma2018", [30], "has filters of its published widths, so it takes no span_ms"),
        ],
    )
    def test_what_cannot_be_is_refused_in_a_sentence(self, name, span_ms, said):
        with pytest.raises(UsageError, match=said):
            asked(name, span_ms)

    @pytest.mark.parametrize("span", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_span_is_a_length(self, span):
        with pytest.raises(UsageError, match="span_ms must be lengths greater than 0"):
            preset("ulyanov2016", span_ms=[span])


class TestFiltersStrengthAndSeed:
    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"preset": "infinite", "filters": 9}, "'infinite' has infinitely many filters"),
            ({"preset": "wyse2017", "filters": 9}, "filters of its weights .* or add --weights random"),
            ({"preset": "verma2018", "weights": "random", "filters": 9}, "'verma2018' has layers of fixed sizes"),
            ({"preset": "barry2017", "filters": 15}, "a sixteenth of its filters and needs 16 or more, not 15"),
            ({"network": "wyse2017", "filters": 9}, "the network wyse2017 has the filters of its weights"),
            ({"preset": "grinstein2017", "strength": 0.3}, "'grinstein2017' has no strength; leave out the strength"),
            (
                {"preset": "mcdermott2011", "seed": 3},
                "draws nothing in this transfer, so every seed gives the same",
            ),
            ({"preset": "vocoder", "seed": 3}, "'vocoder' draws nothing in this transfer.* leave out the seed$"),
        ],
    )
    def test_what_would_change_nothing_is_refused(self, options, said):
        with pytest.raises(UsageError, match=said):
            TransferRequest(content="voice.wav", styles=("rain.wav",), **options)

    def test_seeds_are_taken_where_something_is_drawn(self):
        for options in ({}, {"noise": 0.5, "preset": "mcdermott2011"}, {"preset": "wyse2017", "weights": "random"}):
            assert TransferRequest(content="voice.wav", styles=("rain.wav",), seed=3, **options).seed == 3

    def test_textures_of_every_preset_take_seeds(self):
        for name, jobs in PRESETS.items():
            if "texture" in jobs:
                assert TextureRequest(preset=name, styles=("rain.wav",), seed=3).seed == 3
