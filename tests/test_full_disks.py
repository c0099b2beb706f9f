"""Full disks: asked about before anything is computed; what was computed is kept; nothing is left half-written."""

import errno
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import gramophone.audio.read
from gramophone import audio
from gramophone.audio import Sound, load
from gramophone.datasets.clips import Clip, Collection
from gramophone.datasets.features import prepare
from gramophone.errors import InputError, LimitError, UsageError, WriteError
from gramophone.files import atomic_write, remove_stale, reserve
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import wyse2017
from gramophone.request import TextureRequest, TransferRequest
from gramophone.runs import execute as runs
from gramophone.runs.aside import save_or_keep_aside
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.runs.run_record import read_record

RATE_HZ = 22_050


def noise(seconds=0.5, seed=0, channels=1):
    samples = 0.1 * np.random.default_rng(seed).standard_normal((channels, round(RATE_HZ * seconds)))
    return Sound(samples.astype(np.float32), RATE_HZ)


@pytest.fixture
def rain(tmp_path):
    audio.save(noise(), tmp_path / "rain.wav")
    return tmp_path / "rain.wav"


def texture(rain, output, **options):
    request = TextureRequest(styles=[str(rain)], iterations=1, duration_s=0.3)
    return Run(request, output, **options)


def fill(folder, but):
    """Fills a disk but for so many bytes."""
    status = os.statvfs(folder)
    with (folder / "fill").open("wb") as file:
        file.write(bytes(status.f_bavail * status.f_frsize - but))


@pytest.mark.survives("full disks")
class TestRoom:
    @pytest.mark.parametrize("task", ["texture", "transfer"])
    def test_is_asked_for_before_anything_is_computed(self, rain, tmp_path, monkeypatch, task):
        monkeypatch.setattr(
            "gramophone.audio.write.shutil.disk_usage", lambda _: type("Usage", (), {"free": 4_010_000})
        )
        styles = {"styles": [str(rain)], "iterations": 1}
        request = TextureRequest(**styles) if task == "texture" else TransferRequest(content=str(rain), **styles)
        with pytest.raises(
            LimitError, match=r"out\.wav needs at least 0\.0 MB for 0\.5 s, but only 0\.0 MB are free"
        ):
            runs.prepare(Run(request, tmp_path / "out.wav"), Observer())

    def test_a_disk_with_room_is_no_hindrance(self, rain, tmp_path):
        assert runs.execute(texture(rain, tmp_path / "out.wav"), Observer()).written.frames > 6000


@pytest.mark.survives("full disks")
class TestResultsThatDoNotFit:
    def test_are_kept_aside(self, rain, tmp_path, tiny_disk, monkeypatch):
        disk, aside = tiny_disk(300_000), tmp_path / "aside"
        aside.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(aside))
        monkeypatch.setattr(runs, "check_room", lambda *_args, **_options: None)  # it fills up meanwhile
        fill(disk, 8_000)
        with pytest.raises(
            WriteError, match=r"could not be written: the disk is full.*the result is kept as"
        ) as caught:
            runs.execute(texture(rain, disk / "out.wav"), Observer())
        assert caught.value.exit_code == 2
        (kept,) = aside.iterdir()
        assert str(kept) in str(caught.value)
        assert load(kept).duration_s == pytest.approx(0.3, abs=0.01)
        assert [one.name for one in disk.iterdir()] == ["fill"]

    def test_are_not_kept_twice_nor_where_there_is_no_room_either(self, tmp_path, tiny_disk):
        disk = tiny_disk(100_000)
        with pytest.raises(WriteError) as caught:
            save_or_keep_aside(noise(5), disk / "out.wav", overwrite=False, places=(disk, tmp_path / "none"))
        assert "kept as" not in str(caught.value)
        assert list(disk.iterdir()) == []

    def test_other_refusals_keep_nothing(self, tmp_path):
        (tmp_path / "out.wav").touch()
        with pytest.raises(UsageError, match="exists already"):
            save_or_keep_aside(noise(), tmp_path / "out.wav", overwrite=False, places=(tmp_path,))
        assert [one.name for one in tmp_path.iterdir()] == ["out.wav"]

    @pytest.mark.survives("records")
    def test_a_record_that_does_not_fit_says_that_the_sound_is_there(self, rain, tmp_path, monkeypatch):
        def full(*_args, **_options):
            raise WriteError("out.json could not be written: the disk is full; free some space")

        monkeypatch.setattr(runs, "write_record", full)
        with pytest.raises(WriteError, match=r"the sound itself is complete: .*out\.wav; add --overwrite"):
            runs.execute(texture(rain, tmp_path / "out.wav"), Observer())
        assert load(tmp_path / "out.wav").duration_s == pytest.approx(0.3, abs=0.01)
        monkeypatch.undo()
        runs.execute(texture(rain, tmp_path / "out.wav", overwrite=True), Observer())
        assert read_record(tmp_path / "out.json")["task"] == "texture"


@pytest.mark.survives("records")
class TestRecordsOfTwoSounds:
    def test_one_name_is_not_for_two(self, rain, tmp_path):
        runs.execute(texture(rain, tmp_path / "a.wav"), Observer())
        record = (tmp_path / "a.json").read_bytes()
        for overwrite, said in ((False, "exists already"), (True, r"is the run record of .*a\.wav, and would be")):
            with pytest.raises(UsageError, match=said):
                runs.execute(texture(rain, tmp_path / "a.flac", overwrite=overwrite), Observer())
        assert (tmp_path / "a.json").read_bytes() == record
        assert not (tmp_path / "a.flac").exists()
        runs.execute(texture(rain, tmp_path / "a.wav", overwrite=True), Observer())


@pytest.mark.survives("memory maps")
class TestMemoryMaps:
    def test_room_for_all_of_a_file_is_taken_or_refused(self, tmp_path, tiny_disk):
        disk = tiny_disk(200_000)
        for folder in (disk, tmp_path):
            with (folder / "map").open("wb") as file:
                file.truncate(1_000_000)
        with pytest.raises(OSError, match="No space left"):
            reserve(disk / "map")
        reserve(tmp_path / "map")
        assert (tmp_path / "map").stat().st_blocks * 512 >= 1_000_000

    def test_without_the_call_of_the_system(self, tmp_path, tiny_disk, monkeypatch):
        monkeypatch.delattr(os, "posix_fallocate")
        disk = tiny_disk(200_000)
        for folder in (disk, tmp_path):
            (folder / "map").write_bytes(b"head")
            os.truncate(folder / "map", 3_000_000)
        with pytest.raises(OSError, match="No space left"):
            reserve(disk / "map")
        reserve(tmp_path / "map")
        assert (tmp_path / "map").read_bytes()[:6] == b"head\0\0"
        assert (tmp_path / "map").stat().st_size == 3_000_000
        assert (tmp_path / "map").stat().st_blocks * 512 >= 3_000_000


@pytest.mark.survives("memory maps")
def test_features_that_do_not_fit_are_refused_and_leave_nothing(rain, tmp_path, tiny_disk):
    disk = tiny_disk(200_000)
    clips = tuple(Clip(rain, 0, "a") for _ in range(200))
    with pytest.raises(WriteError, match=r"made-.*\.npy could not be written: the disk is full"):
        list(prepare(Collection("made", ("one",), clips, 0.5, "none"), wyse2017(channels=4).representation, disk))
    assert list(disk.iterdir()) == []


@pytest.mark.survives("full disks")
class TestWeights:
    def test_the_disk_and_the_rights_are_those_of_other_files(self, tmp_path, tiny_disk):
        design = wyse2017(channels=32).with_heads({"class": 5})
        network = Classifier(design.architecture)
        disk = tiny_disk(100_000)
        with pytest.raises(WriteError, match="the disk is full"):
            checkpoint.write(disk / "a.safetensors", network, design.representation, {}, overwrite=False)
        assert list(disk.iterdir()) == []
        checkpoint.write(tmp_path / "a.safetensors", network, design.representation, {}, overwrite=False)
        (tmp_path / "other").touch()
        assert (tmp_path / "a.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode
        read = checkpoint.read(tmp_path / "a.safetensors").tensors
        assert all(bool(torch.isfinite(value).all()) for value in read.values())


@pytest.mark.survives("kills")
class TestLeftovers:
    def test_those_of_killed_processes_are_removed(self, tmp_path):
        def left(process, age_s, name="out"):
            path = tmp_path / f".{name}.{process:06x}{age_s:06x}.part.wav"
            path.touch()
            os.utime(path, (time.time() - age_s,) * 2)
            return path

        gone = 4_194_303  # the largest process id there can be
        kept = [left(gone, 1), left(os.getpid(), 100), left(gone, 100, "other")]
        removed = left(gone, 101)
        remove_stale([tmp_path / "out.wav", tmp_path / "out.json"])
        assert sorted(tmp_path.iterdir()) == sorted(kept)
        assert not removed.exists()

    def test_names_tell_the_process(self, tmp_path):
        with atomic_write(tmp_path / "a.wav", overwrite=False) as temporary:
            assert int(temporary.name.split(".")[2][:6], 16) == os.getpid()
            temporary.touch()


@pytest.mark.survives("changing inputs")
class TestInputsThatChange:
    @pytest.mark.parametrize("how", ["replaced", "overwritten", "removed"])
    def test_are_refused_with_the_name(self, rain, tmp_path, monkeypatch, how):
        other = audio.save(noise(seed=1), tmp_path / "other.wav").path

        actual = gramophone.audio.read._loaded

        def read(path, *rest):
            sound = actual(path, *rest)
            if how == "replaced":
                other.replace(path)
            elif how == "overwritten":
                path.write_bytes(other.read_bytes()[:-4])
            else:
                path.unlink()
            return sound

        monkeypatch.setattr("gramophone.audio.read._loaded", read)
        with pytest.raises(InputError, match=r"rain\.wav (changed while it was read|cannot be read)"):
            runs.prepare(texture(rain, tmp_path / "out.wav"), Observer())

    def test_the_record_has_the_checksum_of_what_was_read(self, rain, tmp_path):
        outcome = runs.execute(texture(rain, tmp_path / "out.wav"), Observer())
        record = json.loads(Path(outcome.run.record).read_text())
        from gramophone.files import sha256_of

        assert record["inputs"][0]["sha256"] == sha256_of(rain)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_every_system_error_becomes_one_sentence(tmp_path, number):
    def write():
        with atomic_write(tmp_path / "a.txt", overwrite=False) as temporary:
            temporary.touch()
            raise OSError(number, os.strerror(number))

    with pytest.raises(WriteError, match=r"a\.txt could not be written: .*; free some space or choose"):
        write()
    assert list(tmp_path.iterdir()) == []
