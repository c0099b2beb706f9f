"""`gramophone train`: what it leaves, how it stops and goes on, what it refuses."""

import csv
import json
import platform
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from gramophone.networks.pretrained import checkpoint as stored

TRAIN = ("train", "folder", "--data", "sounds", "--network", "wyse2017", "--channels", "2", "--batch", "2")
SHORT = (*TRAIN, "--epochs", "2", "-o", "a.safetensors")


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """Two classes of four half seconds."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name, rate in (("low", 500), ("high", 5000)):
        (tmp_path / "sounds" / name).mkdir(parents=True)
        for take in range(4):
            times = np.arange(8000) / 16000
            tone = 0.3 * np.sin(2 * np.pi * rate * times * random.uniform(0.9, 1.1))
            soundfile.write(tmp_path / "sounds" / name / f"{take}.wav", tone + random.normal(0, 0.01, 8000), 16000)
    return tmp_path


def left(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


LONG = (*TRAIN, "--epochs", "100", "--checkpoint-every", "0", "-o", "a.safetensors", "--quiet")


def wait_for(path, process):
    began = time.monotonic()
    before = path.stat().st_mtime_ns if path.exists() else 0
    while process.poll() is None and time.monotonic() - began < 60:
        if path.exists() and path.stat().st_mtime_ns != before:
            return
        time.sleep(0.01)


class TestTrainedNetwork:
    def test_a_network_its_card_and_two_pictures(self, sounds, gramophone):
        outcome = gramophone(*SHORT)
        assert outcome.code == 0
        assert "accuracy on 2 clips that it was not trained on" in outcome.out
        assert "clips/s" in outcome.err
        assert left(sounds) == ["a-confusion.png", "a-curve.png", "a.json", "a.safetensors"]
        assert [path.name for path in sounds.iterdir() if path.is_dir()] == ["sounds"]
        found = stored.read(sounds / "a.safetensors")
        assert found.architecture.heads == {"class": 2, "centroid": 16}
        assert not any(block.norm for block in found.architecture.blocks)
        facts = json.loads((sounds / "a.json").read_text())
        assert facts["clips"] == {"train": 6, "test": 2}
        assert facts["classes"] == ["high", "low"]
        assert [epoch["epoch"] for epoch in facts["epochs"]] == [1, 2]
        assert np.sum(facts["confusion"]) == 2
        assert found.card["accuracy"] == facts["accuracy"]
        assert facts["command"].startswith("gramophone train folder --data sounds")

    def test_the_same_command_gives_the_same_network_and_another_seed_another(self, sounds, gramophone):
        assert gramophone(*SHORT).code == 0
        first = (sounds / "a.safetensors").read_bytes()
        tensors = stored.read(sounds / "a.safetensors").tensors
        assert gramophone(*SHORT, "--overwrite").code == 0
        again = stored.read(sounds / "a.safetensors").tensors
        assert all(bool((tensors[name] == again[name]).all()) for name in tensors)
        assert gramophone(*SHORT, "--overwrite", "--seed", "1").code == 0
        assert (sounds / "a.safetensors").read_bytes() != first

    def test_variations_are_in_the_card_and_change_the_network(self, sounds, gramophone):
        assert gramophone(*SHORT, "--quiet").code == 0
        first = stored.read(sounds / "a.safetensors").tensors
        varied = ("--transpose", "3", "--tilt", "1.5")
        assert gramophone(*SHORT, *varied, "--quiet", "--overwrite").code == 0
        recipe = json.loads((sounds / "a.json").read_text())["recipe"]
        assert (recipe["transposition_semitones"], recipe["tilt_db_per_octave"]) == (3, 1.5)
        again = stored.read(sounds / "a.safetensors").tensors
        assert not all(bool((again[name] == first[name]).all()) for name in first)

    @pytest.mark.parametrize("option", ["--transpose", "--tilt"])
    def test_variations_that_cannot_be_are_refused(self, sounds, gramophone, option):
        beyond = gramophone(*SHORT, option, "-1")
        assert beyond.code == 2
        assert "must be between 0 and" in beyond.err
        waveform = gramophone(*SHORT[:3], "sounds", "--network", "soundnet", option, "1", "-o", "a.safetensors")
        assert waveform.code == 2
        assert "sees no spectrogram of linear frequencies" in waveform.err
        textures = gramophone(
            "train", "texture", "--data", "sounds", "--network", "lru", option, "1", "-o", "b.safetensors"
        )
        assert textures.code == 2
        assert f"takes no {option}" in textures.err

    def test_a_first_layer_without_a_step_can_be_heard(self, sounds, gramophone):
        words = (*TRAIN[:5], "verma2018", "--first-stride", "1", "--batch", "2", "--epochs", "1", "--quiet")
        assert gramophone(*words, "-o", "a.safetensors").code == 0
        assert [block.stride for block in stored.read(sounds / "a.safetensors").architecture.blocks] == [1] * 5
        for name in ("low", "high"):
            tone, rate_hz = soundfile.read(f"sounds/{name}/0.wav")
            soundfile.write(f"{name}.wav", np.tile(tone, 2), rate_hz)
        asked = ("--preset", "verma2018", "--weights", "a.safetensors", "--iterations", "2", "--quiet")
        assert gramophone("transfer", "low.wav", "high.wav", "-o", "b.wav", *asked).code == 0

    def test_one_task_and_spectrograms_that_are_kept(self, sounds, gramophone):
        assert gramophone(*SHORT, "--one-task", "--quiet", "--cache", "kept").code == 0
        assert len(list((sounds / "kept").glob("*.npy"))) == 1
        assert stored.read(sounds / "a.safetensors").architecture.heads == {"class": 2}


class TestResuming:
    def test_killed_and_stopped_it_goes_on_to_the_same_network(self, sounds, gramophone, start):
        assert gramophone(*LONG).code == 0
        whole = stored.read(sounds / "a.safetensors").tensors
        (sounds / "a.safetensors").unlink()
        checkpoint = sounds / "a.checkpoint"
        for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
            process = start(*LONG, "--overwrite")
            wait_for(checkpoint, process)
            process.send_signal(number)
            said = process.communicate(timeout=60)[1]
            assert process.returncode == code, said
            assert not (sounds / "a.safetensors").exists()
        assert "run the same command again to continue from a.checkpoint" in said
        assert gramophone(*LONG, "--overwrite").code == 0
        found = stored.read(sounds / "a.safetensors").tensors
        assert all(bool((whole[name] == found[name]).all()) for name in whole)
        assert not checkpoint.exists()


class TestProcesses:
    def test_two_processes_train_one_network(self, sounds):
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "gramophone", *SHORT]
        done = subprocess.run([sys.executable, *words], check=False, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("accuracy on 2 clips") == 1
        assert "2 processes" in stored.read(sounds / "a.safetensors").card["machine"]

    @pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep memory")
    def test_memory_is_kept_in_a_process_of_its_own(self):
        code = "from gramophone.cli.run_train import keep_memory; print(keep_memory())"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        assert done.stdout == "True\n"


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (("train", "folder", "--data", "none", "-o", "a.safetensors"), 3, "none is not a folder"),
            (("train", "esc50", "--data", "sounds", "-o", "a.safetensors"), 3, "holds no esc50.csv"),
            (("train", "instruments", "--data", "sounds", "-o", "a.safetensors"), 3, "notes.csv cannot be read"),
            ((*TRAIN, "-o", "a.pt"), 2, "give one that ends in .safetensors"),
            ((*TRAIN, "-o", "no/a.safetensors"), 2, "the folder no does not exist"),
            (
                (*TRAIN[:5], "resnet", "-o", "a.safetensors"),
                2,
                "there is no network 'resnet'; choose one of wyse2017",
            ),
            ((*TRAIN, "--epochs", "0", "-o", "a.safetensors"), 2, "epochs and batch must be at least 1, not 0"),
            ((*TRAIN[:6], "--channels", "0", "-o", "a.safetensors"), 2, "channels must be between 1 and 8192, not 0"),
            ((*SHORT, "--first-stride", "1"), 2, "wyse2017 has a fixed stride; omit --first-stride"),
            (
                (*TRAIN[:5], "verma2018", "--first-stride", "3", "-o", "a.safetensors"),
                2,
                "first stride must be between 1 and 2, not 3",
            ),
            ((*SHORT, "--workers=-1"), 2, "workers must be at least 0, not -1"),
            (
                (*TRAIN[:5], "piczak2015", *TRAIN[6:8], "-o", "a.safetensors"),
                2,
                "piczak2015 has a fixed number of filters",
            ),
            (("train", "sounds", "--data", "x", "-o", "a.safetensors"), 2, "Invalid value"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, sounds, gramophone, words, code, said):
        outcome = gramophone(*words)
        assert (outcome.code, said in outcome.err) == (code, True), outcome.err
        assert left(sounds) == []

    def test_an_existing_network_is_kept(self, sounds, gramophone):
        (sounds / "a.json").write_text("mine")
        outcome = gramophone(*SHORT)
        assert outcome.code == 2
        assert "a.json exists already" in outcome.err
        assert left(sounds) == ["a.json"]

    def test_a_damaged_recording_is_named_and_may_be_skipped(self, sounds, gramophone):
        (sounds / "sounds" / "low" / "2.wav").write_bytes(b"RIFF")
        outcome = gramophone(*SHORT)
        assert outcome.code == 3
        assert "1 recordings cannot be read: low/2.wav" in outcome.err
        assert gramophone(*SHORT, "--skip-damaged").code == 0

    def test_esc50_from_its_own_table(self, tmp_path, monkeypatch, gramophone):
        """A whole table, its clips missing but for none: the fold held out is the one that was named."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "audio16k").mkdir()
        with (tmp_path / "esc50.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["filename", "fold", "target", "category"])
            for fold in range(1, 6):
                for label in range(50):
                    for take in range(8):
                        table.writerow([f"{fold}-{label}{take}-A-{label}.wav", fold, label, f"c{label}"])
        outcome = gramophone("train", "esc50", "--data", ".", "--fold", "5", "-o", "a.safetensors")
        assert outcome.code == 3
        assert "2000 of 2000 clips of ESC-50 are missing" in outcome.err
