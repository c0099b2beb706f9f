"""`gramophone models`, and transfers through networks."""

import hashlib
import json

import pytest
import soundfile
import torch

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained import packaged as shipped
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import huzaifah2019, wyse2017
from gramophone.raw import Condition, LruConfig
from gramophone.raw import packaged as shipped_raw
from gramophone.raw.model_file import write
from gramophone.raw.models import model_of
from gramophone.runs.run_record import read_record

CARD = {
    "network": "wyse2017",
    "description": "made for tests",
    "data": "made",
    "licence": "none needed",
    "split": "nothing held out",
    "clips": {"train": 3, "test": 2},
    "accuracy": {"class": 0.5},
    "seconds": 61.0,
    "machine": "a machine",
    "command": "gramophone train folder --data sounds",
    "created": "2026-01-02T03:04:05+00:00",
}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Two small shipped networks."""
    place = tmp_path / "weights"
    place.mkdir()
    hashes = {}
    for plan in (wyse2017(4), huzaifah2019(channels=4)):
        torch.manual_seed(0)
        design = plan.with_heads({"class": 2})
        table, seen = design.architecture, design.representation
        name = table.name
        path = place / f"{name}.safetensors"
        stored.write(path, Classifier(table), seen, CARD, overwrite=False)
        said = {**CARD, "architecture": table.as_dict(), "representation": seen.as_dict()}
        (place / f"{name}.json").write_text(json.dumps(said))
        hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (place / "sha256.json").write_text(json.dumps(hashes))
    monkeypatch.setattr(shipped, "FOLDER", place)
    monkeypatch.setattr(shipped_raw, "FOLDER", tmp_path / "raw")
    return place


@pytest.fixture
def model(made, tmp_path):
    """A small causal model that is shipped, too."""
    place = tmp_path / "raw"
    place.mkdir()
    conditions = (Condition("amount", low=0.0, high=1.0),)
    card = {
        **{name: CARD[name] for name in ("description", "data", "seconds", "machine", "command", "created")},
        "parameters": 1234,
        "conditions": {"amount": "from 0 to 1"},
        "recordings": 2,
        "train_s": 10.0,
        "held_out_s": 1.0,
        "bits": {"all": 4.25, "rain": 5.0},
    }
    path = place / "lru.safetensors"
    write(path, model_of(LruConfig(conditions=conditions, channels=4, skip=8)), card, overwrite=False)
    (place / "sha256.json").write_text(json.dumps({"lru": hashlib.sha256(path.read_bytes()).hexdigest()}))
    return path


class TestModelsCommand:
    def test_the_list(self, made, gramophone):
        outcome = gramophone("models")
        assert outcome.code == 0
        assert outcome.out == gramophone("models", "list").out
        assert [line.split()[0] for line in outcome.out.splitlines()] == ["name", "wyse2017", "huzaifah2019"]
        assert "50.0 %" in outcome.out

    def test_cards(self, made, gramophone):
        said = gramophone("models", "card", "wyse2017").out
        for words in (
            "4 of 5, 64 of 5",
            "16000 Hz",
            "none needed",
            "class 50.0 % on 2 clips: nothing held out",
            "2026-01-02 in 1 min 1 s on a machine",
            "gramophone train folder --data sounds",
        ):
            assert words in said
        assert "huzaifah2019" not in said
        assert "huzaifah2019" in gramophone("models", "card").out

    def test_verifying(self, made, gramophone):
        assert gramophone("models", "verify").out.count("is as it was made") == 2
        path = made / "huzaifah2019.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"\x01")
        outcome = gramophone("models", "verify")
        assert outcome.code == 5
        assert "install the package again" in outcome.err
        assert gramophone("models", "verify", "wyse2017").code == 0
        path.unlink()
        assert gramophone("models", "verify").code == 3
        assert "missing" in gramophone("models").out

    def test_causal_models_are_listed_too(self, model, gramophone):
        assert "4.25 bits" in gramophone("models").out
        said = gramophone("models", "card", "lru").out
        for words in ("1,234 parameters", "amount: from 0 to 1", "2 recordings, 10 s", "all 4.250, rain 5.000"):
            assert words in said
        assert gramophone("models", "verify", "lru").code == 0
        model.write_bytes(model.read_bytes()[:-1] + b"\x01")
        assert gramophone("models", "verify", "lru").code == 5
        model.unlink()
        assert "missing" in gramophone("models").out

    def test_an_unknown_network(self, made, gramophone):
        outcome = gramophone("models", "card", "resnet")
        assert outcome.code == 2
        assert "choose one of wyse2017, huzaifah2019" in outcome.err


class TestNetworkTransfers:
    @pytest.mark.parametrize(
        "weights", [(), ("--weights", "trained"), ("--weights", "random"), ("--weights", "mine")]
    )
    @pytest.mark.parametrize("network", ["wyse2017", "huzaifah2019"])
    def test_a_transfer_through_a_network(self, made, folder, gramophone, network, weights):
        for name, make in (("voice", spoken_phrase), ("rain", rain)):  # as long as huzaifah2019 needs
            soundfile.write(folder / f"{name}.wav", make(16000, 1.0, 0).T, 16000, subtype="FLOAT")
        weights = tuple(word.replace("mine", str(made / f"{network}.safetensors")) for word in weights)
        words = ("transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--network", network, "--iterations", "3")
        outcome = gramophone(*words, *weights)
        assert outcome.code == 0, outcome.err
        about = soundfile.info("a.wav")
        assert (about.samplerate, about.frames) == (16000, 16000)
        record = read_record(folder / "a.json")
        assert record["settings"]["network"]["kind"] == network
        assert record["settings"]["network"]["weights"] == (weights[1] if weights else "trained")
        losses = [loss["total"] for loss in record["losses"]]
        assert losses[-1] < losses[0]

    def test_weights_of_the_network_and_shares_of_the_styles(self, made, folder, gramophone):
        words = ("transfer", "voice.wav", "rain.wav", "fire.wav", "-o", "a.wav", "--network", "wyse2017")
        assert gramophone(*words, "--weights", "1,3", "--weights", "random", "--iterations", "1").code == 0
        record = read_record(folder / "a.json")
        assert record["parameters"]["weights"] == [0.25, 0.75]
        assert record["settings"]["network"]["weights"] == "random"


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (("--network", "resnet"), 2, "network must be one of wyse2017, huzaifah2019"),
            (("--network", "verma2018"), 2, "no network 'verma2018' comes with gramophone"),
            (("--network", "wyse2017", "--scale", "mel"), 2, "has a frequency scale of its own; leave out scale"),
            (("--network", "wyse2017", "--weights", "none.safetensors"), 3, "none.safetensors does not exist"),
            (("--weights", "random"), 2, "need a network"),
            (("--network", "wyse2017", "--weights", "1,2"), 2, "do not fit 1 style(s)"),
            (("--network", "wyse2017", "--weights", "drawn"), 2, "one for each style, such as 2,1"),
        ],
    )
    def test_refusals(self, made, folder, gramophone, words, code, said):
        outcome = gramophone("transfer", "voice.wav", "rain.wav", "-o", "a.wav", *words)
        assert (outcome.code, said in outcome.err) == (code, True), outcome.err
        assert not (folder / "a.wav").exists()

    def test_a_file_of_another_network_and_a_damaged_one(self, made, folder, gramophone):
        words = ("transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--network", "wyse2017", "--weights")
        outcome = gramophone(*words, str(made / "huzaifah2019.safetensors"))
        assert outcome.code == 5
        assert "holds a network huzaifah2019, not wyse2017" in outcome.err
        (folder / "bad.safetensors").write_bytes(b"\x80\x04code")
        outcome = gramophone(*words, "bad.safetensors")
        assert outcome.code == 5
        assert "not a readable safetensors file" in outcome.err
        assert not (folder / "a.wav").exists()

    def test_textures_take_no_weights_of_networks(self, folder, gramophone):
        outcome = gramophone("texture", "rain.wav", "-o", "a.wav", "--weights", "trained")
        assert outcome.code == 2
        assert "the weights trained need a network" in outcome.err
