"""Files of weights: nothing is believed that was not checked."""

import contextlib
import json
import os
import pickle
import struct

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from gramophone.errors import InputError, LimitError, ModelError, UsageError
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import wyse2017

DESIGN = wyse2017(3).with_heads({"class": 2})


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Classifier(DESIGN.architecture).eval()


@pytest.fixture
def kept(network, tmp_path):
    path = tmp_path / "a.safetensors"
    stored.write(path, network, DESIGN.representation, {"description": "made"}, overwrite=False)
    return path


def parts(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def rewrite(path, change):
    """The same file with another description in its header."""
    header, _ = parts(path)
    tensors = {name: value.clone() for name, value in stored.read(path).tensors.items()}
    said = json.loads(header["__metadata__"]["gramophone"])
    change(said, tensors)
    save_file(tensors, path, metadata={"gramophone": json.dumps(said)})


class TestRoundTrip:
    def test_a_network_survives_its_file(self, network, kept):
        found = stored.read(kept)
        assert found.card == {"description": "made"}
        assert (found.architecture, found.representation) == (DESIGN.architecture, DESIGN.representation)
        x = torch.rand(2, 1, 257, 60)
        again = found.classifier()
        torch.testing.assert_close(again(x)["class"], network(x)["class"], atol=5e-3, rtol=5e-3)
        assert not any(value.requires_grad for value in again.parameters())
        assert not again.training

    def test_filters_have_16_bits_and_vectors_32(self, kept):
        header, _ = parts(kept)
        assert header["convolutions.0.weight"]["dtype"] == "F16"
        assert header["convolutions.0.bias"]["dtype"] == "F32"

    def test_weights_of_8_bits_are_within_half_a_step(self, network, kept, tmp_path):
        path = tmp_path / "small.safetensors"
        with torch.no_grad():
            network.convolutions[0].weight[1] = 0
        stored.write(path, network, DESIGN.representation, {}, overwrite=False, weight_bits=8)
        assert path.stat().st_size < 0.7 * kept.stat().st_size
        found, given = stored.read(path).tensors, network.state_dict()
        for name in DESIGN.architecture.parameters():
            in_8_bits = name.endswith(".weight") and given[name].ndim > 1
            step = given[name].flatten(1).abs().amax(1, keepdim=True) / 127 if in_8_bits else 0.0
            error = (found[name] - given[name]).abs()
            assert bool(((error.flatten(1) if in_8_bits else error) <= step / 2 + 1e-7).all()), name
        again = tmp_path / "again.safetensors"
        written = stored.read(path).classifier()
        stored.write(again, written, DESIGN.representation, {}, overwrite=False, weight_bits=8)
        assert again.read_bytes() == path.read_bytes()
        for damage, said in (("pop", "other parameters than"), ("nan", "not finite"), ("I8", "is of type I8")):
            tensors = load_file(path)
            if damage == "pop":
                tensors.pop("convolutions.0.weight.step")
            elif damage == "nan":
                tensors["convolutions.0.weight.step"][0] = float("nan")
            else:
                tensors["centre"] = tensors["centre"].to(torch.int8)
            save_file(tensors, again, metadata=parts(path)[0]["__metadata__"])
            with pytest.raises(ModelError, match=said):
                stored.read(again)


class TestWriting:
    def test_an_existing_file_is_kept(self, network, kept):
        before = kept.read_bytes()
        with pytest.raises(UsageError, match="exists already"):
            stored.write(kept, network, DESIGN.representation, {}, overwrite=False)
        assert kept.read_bytes() == before

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
    def test_values_that_are_not_finite_are_not_written(self, network, tmp_path, value):
        with torch.no_grad():
            network.convolutions[0].weight[0, 0, 0] = value
        with pytest.raises(ModelError, match=r"1 of 3855 values of convolutions.0.weight are not finite"):
            stored.write(tmp_path / "a.safetensors", network, DESIGN.representation, {}, overwrite=False)
        assert not list(tmp_path.iterdir())


@pytest.mark.survives("weights")
class TestRefusals:
    def test_a_missing_file(self, tmp_path):
        with pytest.raises(InputError, match=r"name a \.safetensors file"):
            stored.read(tmp_path / "none.safetensors")

    def test_a_file_larger_than_any_network(self, kept):
        with pytest.raises(LimitError, match="the limit for a network is 100"):
            stored.read(kept, most_bytes=100)

    def test_a_pickle_is_refused_and_its_code_not_run(self, tmp_path):
        class Payload:
            def __reduce__(self):
                return (os.mkdir, (str(tmp_path / "sentinel"),))

        path = tmp_path / "a.safetensors"
        path.write_bytes(pickle.dumps(Payload()))
        with pytest.raises(ModelError, match="not a readable safetensors file"):
            stored.read(path)
        assert not (tmp_path / "sentinel").exists()

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda h, t: t["convolutions.0.weight"].__setitem__((0, 0, 0), float("nan")), "not finite"),
            (lambda h, t: t["heads.class.bias"].fill_(float("inf")), "not finite"),
            (lambda h, t: t["spread"].zero_(), "spread has values that are not above 0"),
            (lambda h, t: t.pop("centre"), "other parameters than its network"),
            (lambda h, t: t.update(more=torch.ones(1)), "other parameters than its network"),
            (lambda h, t: t.update(centre=torch.zeros(1, 256)), "centre has the shape"),
            (lambda h, t: t.update(centre=torch.zeros(1, 257, dtype=torch.int64)), "centre is of type I64"),
            (lambda h, t: h["architecture"]["blocks"][0].update(channels=4), "has the shape"),
            (lambda h, t: h["architecture"].update(bins=0), "cannot be read"),
            (lambda h, t: h["representation"].update(n_fft=1024), "does not fit its representation"),
            (lambda h, t: h.update(format=2), "has format 2"),
            (lambda h, t: h.pop("card"), "header that cannot be read"),
            (lambda h, t: h.update(card=3), "contradicts itself"),
        ],
    )
    def test_contents_that_contradict_each_other(self, kept, change, said):
        rewrite(kept, change)
        with pytest.raises(ModelError, match=said):
            stored.read(kept)

    def test_a_foreign_file_of_tensors(self, tmp_path):
        path = tmp_path / "a.safetensors"
        save_file({"weight": torch.ones(2)}, path)
        with pytest.raises(ModelError, match="does not say which network"):
            stored.read(path)
        save_file({"weight": torch.ones(2)}, path, metadata={"gramophone": "["})
        with pytest.raises(ModelError, match="header that cannot be read"):
            stored.read(path)

    @settings(max_examples=150)
    @given(data=st.data())
    def test_damaged_bytes_give_the_network_or_one_clear_error(self, tmp_path_factory, data):
        folder = tmp_path_factory.mktemp("weights")
        path = folder / "a.safetensors"
        stored.write(path, Classifier(DESIGN.architecture), DESIGN.representation, {}, overwrite=False)
        whole = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            whole[data.draw(st.integers(0, min(len(whole) - 1, 3000)))] = data.draw(st.integers(0, 255))
        path.write_bytes(whole[: data.draw(st.sampled_from([len(whole), len(whole) // 2, 100, 7, 0]))])
        with contextlib.suppress(ModelError):
            found = stored.read(path)
            assert all(bool(value.isfinite().all()) for value in found.tensors.values())
            found.classifier()
