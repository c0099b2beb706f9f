"""Tables of layers: shapes before modules, and nothing read that no network could be."""

import copy
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import ModelError
from gramophone.networks.pretrained.architecture import Architecture, Block, architecture_from
from gramophone.networks.pretrained.classifier import Classifier, fold_batchnorm
from gramophone.networks.pretrained.configs import MODEL_CONFIGS, huzaifah2019, wyse2017
from gramophone.networks.registry import block_frames

HEADS = {"class": 3}


@st.composite
def descriptions(draw):
    """Plain values: what checks types of dataclasses draws numbers of its own, which strategies must not."""
    orientation = draw(st.sampled_from(["frequency", "time", "both"]))
    axes = 2 if orientation == "both" else 1
    blocks = [
        {
            "channels": draw(st.integers(1, 5)),
            "kernel": [draw(st.sampled_from([1, 3]))] * axes,
            "stride": draw(st.integers(1, 2)),
            "same": True,
            "norm": draw(st.booleans()),
            "pool": draw(st.sampled_from([[], [2] * axes])),
            "pool_stride": [],
            "dropout": 0.0,
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    return {
        "name": "made",
        "orientation": orientation,
        "channels": draw(st.integers(1, 2)),
        "bins": 96,
        "frames": 100,
        "blocks": blocks,
        "summary": draw(st.sampled_from(["flat", "means"])),
        "dense": draw(st.lists(st.integers(1, 6), max_size=2)),
        "dense_dropout": 0.1,
        "heads": {"class": 4, "more": 2},
    }


def damaged(change):
    values = wyse2017(4).with_heads(HEADS).architecture.as_dict()
    change(values)
    return values


class TestTables:
    @given(descriptions())
    def test_the_table_names_every_parameter_and_its_shape(self, values):
        table = architecture_from(values)
        network = Classifier(table)
        state = {name: tuple(v.shape) for name, v in network.state_dict().items() if "num_batches" not in name}
        assert state == table.parameters()
        logits = network.eval()(torch.randn(2, table.channels, table.bins, table.frames))
        assert {name: tuple(found.shape) for name, found in logits.items()} == {"class": (2, 4), "more": (2, 2)}

    @given(descriptions())
    def test_a_table_survives_its_file(self, values):
        table = architecture_from(values)
        said = json.loads(json.dumps(table.as_dict()))
        assert said == values
        assert architecture_from(said) == table


class TestBatchNormFolding:
    @given(descriptions(), st.integers(0, 2**31))
    def test_folding_keeps_the_function(self, values, seed):
        table = architecture_from(values)
        torch.manual_seed(seed)
        network = Classifier(table)
        for norm in network.norms:
            for name, value in norm.state_dict().items():
                if value.is_floating_point():
                    value.copy_(torch.rand(value.shape) + (0.5 if "var" in name or name == "weight" else -0.5))
        x = torch.randn(3, table.channels, table.bins, table.frames)
        plain, normed = fold_batchnorm(network.eval()), network.eval()
        assert not any(block.norm for block in plain.architecture.blocks)
        for one, other in zip(*(one.activations(x, len(table.blocks)) for one in (plain, normed)), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(plain(x)["class"], normed(x)["class"], rtol=1e-3, atol=1e-4)


class TestPublishedNetworks:
    def test_published_sizes(self):
        wyse = wyse2017().architecture
        assert (wyse.bins, wyse.frames, [block.channels for block in wyse.blocks], wyse.dense) == (
            257,
            856,
            [2048, 64],
            (32,),
        )
        assert wyse.parameters()["convolutions.0.weight"] == (2048, 257, 5)
        for orientation, shape in (("frequency", (256, 513, 11)), ("time", (256, 431, 11)), ("both", (16, 1, 5, 5))):
            table = huzaifah2019(orientation).architecture
            assert table.parameters()["convolutions.0.weight"] == shape
            assert all(block.norm and block.pool for block in table.blocks)
        verma = MODEL_CONFIGS["verma2018"]().architecture
        assert [block.kernel for block in verma.blocks] == [(3, 3)] * 5
        piczak = MODEL_CONFIGS["piczak2015"]().architecture
        # 80 x 4 x 96 after the first convolution, 80 x 1 x 10 after the second pooling (101 frames).
        assert piczak.flat() == 800
        assert piczak.dense == (5000, 5000)

    def test_receptive_fields_of_the_published_one_dimensional_network(self):
        blocks = huzaifah2019().architecture.blocks
        assert [block_frames(blocks[:count]) for count in (1, 2, 3)] == [11, 32, 74]


class TestClassifier:
    def test_a_flat_summary_needs_the_length_it_was_made_for_and_means_do_not(self):
        x = torch.randn(1, 1, 257, 300)
        assert Classifier(wyse2017(4).with_heads(HEADS).architecture)(x)["class"].shape == (1, 3)

    @pytest.mark.parametrize("orientation", ["frequency", "time", "both"])
    def test_what_each_orientation_does_not_notice(self, orientation):
        """A shift along the axis that is slid along moves the features; the other axis stands for channels."""
        torch.manual_seed(0)
        network = Classifier(
            Architecture(
                "made", orientation, 1, 24, 24, (Block(6, (3, 3) if orientation == "both" else (3,)),), heads=HEADS
            )
        ).eval()
        x = torch.zeros(1, 1, 24, 24)
        x[0, 0, 8, 8] = 1
        in_time, in_frequency = torch.roll(x, 5, 3), torch.roll(x, 5, 2)

        def found(y):
            return torch.sort(network.activations(y, 1)[0].flatten(2).sum(2).flatten()).values

        assert torch.allclose(found(x), found(in_time), atol=1e-5) == (orientation != "time")
        assert torch.allclose(found(x), found(in_frequency), atol=1e-5) == (orientation != "frequency")


class TestRefusals:
    @pytest.mark.parametrize(
        "change",
        [
            lambda v: v.pop("blocks"),
            lambda v: v.update(blocks=[]),
            lambda v: v.update(bins=0),
            lambda v: v.update(bins=True),
            lambda v: v.update(bins=10**9),
            lambda v: v.update(bins="257"),
            lambda v: v.update(name="a.b"),
            lambda v: v.update(name="\x1b[2J"),
            lambda v: v.update(orientation="up"),
            lambda v: v.update(summary="sum"),
            lambda v: v.update(heads={}),
            lambda v: v.update(dense=[16_384] * 16),
            lambda v: v.update(dense_dropout=1.0),
            lambda v: v["blocks"][0].update(kernel=[3, 3]),
            lambda v: v["blocks"][0].update(kernel=[20_000]),
            lambda v: v["blocks"][0].update(pool=[1000]),
            lambda v: v["blocks"][0].update(stride=0),
            lambda v: v["blocks"][0].update(norm=1),
        ],
    )
    def test_tables_that_no_network_could_have(self, change):
        with pytest.raises(ModelError):
            architecture_from(copy.deepcopy(damaged(change)))

    @pytest.mark.parametrize("values", [None, [], 3, "x", {"blocks": 3}])
    def test_things_that_are_no_tables(self, values):
        with pytest.raises(ModelError, match="cannot be read"):
            architecture_from(values)
