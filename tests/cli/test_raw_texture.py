"""`gramophone train texture`, and `texture` and `stream` by the network that it leaves."""

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from gramophone.raw import Condition, LruConfig
from gramophone.raw.model_file import read, write
from gramophone.raw.models import model_of
from gramophone.runs.run_record import read_record

CONDITIONS = (Condition("sort", ("calm", "wild")), Condition("level", low=1.0, high=3.0))
TRAIN = ("train", "texture", "--data", "sounds", "--network", "lru", "--channels", "4", "-o", "a.safetensors")
BY_NETWORK = ("texture", "--network", "lru", "--weights", "net.safetensors", "--duration", "0.7", "-o", "out.wav")


def with_words(command, words):
    """A command whose options are replaced by others of their names."""
    kept = list(command)
    for word in words:
        if word in kept:
            place = kept.index(word)
            del kept[place : place + 2]
    return (*kept, *words)


@pytest.fixture
def network(tmp_path, monkeypatch):
    """A small network of two conditions in a folder to work in."""
    monkeypatch.chdir(tmp_path)
    config = LruConfig(conditions=CONDITIONS, channels=4, skip=8)
    write(tmp_path / "net.safetensors", model_of(config), {"gain": 2.0}, overwrite=False)
    return tmp_path


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """Two recordings of 6 s and their table."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sounds").mkdir()
    random = np.random.default_rng(0)
    for place in (1, 2):
        soundfile.write(tmp_path / "sounds" / f"{place}.wav", 0.1 * place * random.standard_normal(48000), 8000)
    with (tmp_path / "sounds" / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "level", "sort"), ("1.wav", "1", "calm"), ("2.wav", "2", "wild")])
    return tmp_path


class TestTraining:
    def test_a_model_its_card_and_its_curve(self, sounds, gramophone):
        outcome = gramophone(*TRAIN, "--condition", "level,sort", "--epochs", "1")
        assert outcome.code == 0, outcome.err
        assert "bits a sample of 1.2 s that it was not trained on: all" in outcome.out
        assert "samples/s" in outcome.err
        assert sorted(path.name for path in sounds.iterdir()) == [
            *("a-curve.png", "a.json", "a.safetensors", "sounds"),
        ]
        card = json.loads((sounds / "a.json").read_text())
        assert card["conditions"] == {"level": "from 1 to 2", "sort": "one of calm, wild"}
        assert card["command"].startswith("gramophone train texture --data sounds")
        assert len(card["epochs"]) == 1
        assert read(sounds / "a.safetensors", "lru").card["bits"] == card["bits"]

    def test_it_stops_and_goes_on(self, sounds, gramophone):
        words = [*TRAIN, "--epochs", "60", "--checkpoint-every", "0", "--quiet"]
        with subprocess.Popen([sys.executable, "-m", "gramophone", *words], stderr=subprocess.PIPE) as process:
            began = time.monotonic()
            while not (sounds / "a.checkpoint").exists() and time.monotonic() - began < 60:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert b"run the same command again to continue from a.checkpoint" in said
        assert not (sounds / "a.safetensors").exists()
        other = gramophone(*words, "--seed", "1")
        assert (other.code, "belongs to a training with another seed" in other.err) == (2, True)

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (("--network", "verma2018"), 2, "textures are learnt by wavenet or lru, not by verma2018"),
            (("--condition", "pitch"), 3, "lacks the column(s) pitch"),
            (("--fold", "1"), 2, "takes no --fold"),
            (("--channels", "1"), 2, "channels must be between 2 and 512"),
        ],
    )
    def test_refusals(self, sounds, gramophone, words, code, said):
        outcome = gramophone(*with_words(TRAIN, words))
        assert (outcome.code, said in outcome.err) == (code, True), outcome.err

    def test_conditions_are_for_textures(self, sounds, gramophone):
        outcome = gramophone("train", "folder", "--data", "sounds", "--condition", "level", "-o", "b.safetensors")
        assert (outcome.code, "takes no --condition" in outcome.err) == (2, True)

    def test_too_little_sound_is_refused_with_the_least(self, sounds, gramophone):
        (sounds / "sounds" / "2.wav").unlink()
        outcome = gramophone(*TRAIN)
        assert outcome.code == 3
        assert "there are 6.0 s of recordings; 10 s are needed at least" in outcome.err
        outcome = gramophone(*TRAIN, "--condition", "level")
        assert "1 of 2 recordings that table.csv lists are missing: 2.wav" in outcome.err


class TestTexture:
    def test_file_and_record(self, network, gramophone):
        outcome = gramophone(*BY_NETWORK, "--condition", "level=1:3:2,sort=wild", "--seed", "4")
        assert outcome.code == 0, outcome.err
        samples, rate_hz = soundfile.read("out.wav")
        assert (len(samples), rate_hz) == (11200, 16000)
        assert 0 < np.abs(samples).max() <= 0.5  # the recordings were twice as loud in training
        record = read_record(network / "out.json")
        assert record["parameters"]["condition"] == {"sort": ["wild"], "level": [1.0, 3.0, 2.0]}
        assert record["settings"]["network"] == "lru"
        assert record["seed"] == 4

    def test_seeds_and_conditions_decide(self, network, gramophone):
        sounds = []
        for name, words in (("a", ()), ("b", ()), ("c", ("--seed", "1")), ("d", ("--condition", "sort=wild"))):
            assert gramophone(*BY_NETWORK[:-1], f"{name}.wav", *words, "--quiet").code == 0
            sounds.append(soundfile.read(f"{name}.wav")[0].tobytes())
        assert sounds[0] == sounds[1]
        assert len(set(sounds)) == 3

    def test_a_stream_goes_on_with_the_same_samples(self, network, gramophone):
        assert gramophone(*BY_NETWORK, "--quiet").code == 0
        words = ("--network", "lru", "--weights", "net.safetensors", "--duration", "0.7", "-o", "s.wav", "--quiet")
        assert gramophone("stream", *words).code == 0
        pieces = [soundfile.read(f"s-{place:04}.wav")[0] for place in (1, 2)]
        assert np.concatenate(pieces) == pytest.approx(soundfile.read("out.wav")[0], abs=1e-4)

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (
                ("--condition", "level=4"),
                2,
                "level was trained from 1 to 3, not at 4; give a value in that range, or",
            ),
            (("--condition", "sort=odd"), 2, "sort must be one of calm, wild, not 'odd'"),
            (("--condition", "pitch=1"), 2, "trained with the conditions sort, level, not pitch"),
            (("--condition", "level"), 2, "'level' is not a condition; write it as NAME=VALUE"),
            (("--condition", "level=1,level=2"), 2, "the condition level is named twice"),
            (("--network", "wavenet"), 5, "holds a network lru, not wavenet; say --network lru"),
            (("--weights", "no.safetensors"), 3, "no.safetensors does not exist"),
            (("--weights", "random"), 2, "has the weights of a training, not random"),
            (("--rhythm", "1"), 2, "takes no rhythm"),
            (("--loop",), 2, "takes no loop"),
            (("rain.wav",), 2, "takes no recordings, not 'rain.wav'"),
        ],
    )
    def test_refusals(self, network, gramophone, words, code, said):
        outcome = gramophone(*with_words(BY_NETWORK, words))
        assert (outcome.code, said in outcome.err) == (code, True), outcome.err
        assert not (network / "out.wav").exists()

    def test_clamping_takes_the_nearest_value(self, network, gramophone):
        assert gramophone(*BY_NETWORK, "--condition", "level=4", "--clamp").code == 0
        assert read_record(network / "out.json")["parameters"]["condition"]["level"] == [3.0]

    def test_what_is_for_networks_alone(self, network, gramophone):
        for words, said in (
            (("--condition", "level=1"), "condition is for networks"),
            (("--clamp",), "clamp is for networks"),
        ):
            outcome = gramophone("texture", "a.wav", "-o", "b.wav", *words)
            assert (outcome.code, said in outcome.err) == (2, True)
        outcome = gramophone("texture", "--network", "lru", "--weights", "net.safetensors", "-o", "b.wav")
        assert "needs a duration" in outcome.err
        outcome = gramophone(
            "stream", "--network", "lru", "--weights", "net.safetensors", "--osc", "9000", "--duration", "1"
        )
        assert "--midi and --osc set the weights of styles" in outcome.err
