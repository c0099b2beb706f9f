"""Files of causal models: they hold what was written, and say what is wrong with others."""

import json

import pytest
import torch
from safetensors.torch import save_file

from gramophone.errors import InputError, LimitError, ModelError
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import verma2018
from gramophone.raw.model_file import HEADER, read, rounded, write
from gramophone.raw.models import model_of


@pytest.fixture
def written(small, tmp_path):
    model = rounded(model_of(small, seed=3))
    write(tmp_path / "a.safetensors", model, {"data": "rain"}, overwrite=False)
    return model, tmp_path / "a.safetensors"


class TestFiles:
    def test_they_hold_the_model(self, written):
        model, path = written
        found = read(path)
        assert found.config == model.config
        assert found.card == {"data": "rain"}
        for name, value in found.model().named_parameters():
            assert torch.equal(value, model.get_parameter(name))
            assert not value.requires_grad
        plain = path.with_name("plain")
        plain.touch()
        assert path.stat().st_mode == plain.stat().st_mode

    def test_another_kind_is_named(self, written):
        _, path = written
        kind = read(path).config.as_dict()["kind"]
        other = {"wavenet": "lru", "lru": "wavenet"}[kind]
        with pytest.raises(ModelError, match=f"holds a network {kind}, not {other}; say --network {kind}"):
            read(path, other)

    def test_a_classifier_is_named(self, tmp_path):
        design = verma2018((4, 4, 4, 4, 4)).with_heads({"class": 2})
        path = tmp_path / "a.safetensors"
        checkpoint.write(path, Classifier(design.architecture), design.representation, {}, overwrite=False)
        with pytest.raises(ModelError, match="holds the classifier verma2018; name a file of"):
            read(path)

    def test_missing_and_huge_files(self, written, tmp_path):
        with pytest.raises(InputError, match="does not exist"):
            read(tmp_path / "no.safetensors")
        with pytest.raises(LimitError, match="the limit for a model of raw audio is 100"):
            read(written[1], most_bytes=100)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (
                lambda tensors, header: tensors.pop("head_0_bias"),
                "other parameters than its network has: head_0_bias",
            ),
            (lambda tensors, header: tensors.update(head_0_bias=torch.zeros(3)), "head_0_bias is F32 of shape"),
            (lambda tensors, header: tensors["head_0_bias"].fill_(float("nan")), "are not finite numbers"),
            (lambda tensors, header: header.update(format=9), "has format 9, not 1"),
            (lambda tensors, header: header.pop("card"), "header that cannot be read"),
            (lambda tensors, header: header.update(card=3), "has no card"),
            (lambda tensors, header: header["raw"].update(channels=-1), "description of the network cannot be read"),
        ],
    )
    def test_damage_is_named(self, written, change, said):
        model, path = written
        tensors = {name: value.clone() for name, value in model.state_dict().items()}
        header = {"format": 1, "raw": model.config.as_dict(), "card": {}}
        change(tensors, header)
        save_file(tensors, path, metadata={HEADER: json.dumps(header)})
        with pytest.raises(ModelError, match=said):
            read(path)

    @pytest.mark.parametrize("content", [b"", b"RIFF", None])
    def test_other_files_are_refused(self, tmp_path, content):
        path = tmp_path / "a.safetensors"
        if content is None:
            save_file({"a": torch.zeros(1)}, path)
        else:
            path.write_bytes(content)
        with pytest.raises(ModelError, match=r"not a readable safetensors file|does not say which network"):
            read(path)
