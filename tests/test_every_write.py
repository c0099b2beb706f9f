"""A disk that fills up at any byte of any file: the old file stays, nothing is left, and one sentence says so.

The largest size that the system grants to a file stands for the disk. Steps are as short as the shortest write that
makes a file grow, so that each of these writes fails at least once.
"""

from contextlib import contextmanager, suppress
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from gramophone.audio import Excerpt, Provenance, Selection, Sound, Style, StyleSource, appending, save
from gramophone.batch.item import ItemOutcome
from gramophone.batch.results import NAME, _write_parquet
from gramophone.errors import LimitError, WriteError
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.classifier import Classifier
from gramophone.networks.pretrained.configs import wyse2017
from gramophone.runs.run_record import write_record
from gramophone.web.errors import DISK_FULL
from gramophone.web.job_observer import BlocksObserver

resource = pytest.importorskip("resource", reason="this system limits no sizes of files")

RATE_HZ = 8000
OLD = b"the old file"
SHORTEST_WRITE = 28  # the head of a page of Ogg; of FLAC only the first four bytes are a shorter one


def noise(frames, seed=0):
    samples = 0.1 * np.random.default_rng(seed).standard_normal((1, frames))
    return Sound(samples.astype(np.float32), RATE_HZ)


@contextmanager
def room_for(size_bytes):
    """Lets files grow so far; Python ignores the signal, so that the write fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def sound(path):
    save(noise(150), path, overwrite=True, loops=True)


def style(path):
    source, excerpt = StyleSource("rain.wav", None, 1.0), Excerpt(0, 0.0, 0.1)
    save(
        Style(noise(80).samples, RATE_HZ, Provenance((source,), (excerpt,), Selection("all", 1, 0.0, 0.0), "1")),
        path,
        overwrite=True,
    )


def record(path):
    write_record(path, {"format": 1, "losses": list(range(100))}, overwrite=True)


def weights(path):
    design = wyse2017(channels=1).with_heads({"class": 2})
    checkpoint.write(path, Classifier(design.architecture), design.representation, {}, overwrite=True)


def results(path):
    pytest.importorskip("pyarrow")
    if not path.with_name(NAME).exists():
        outcome = ItemOutcome(0, 1, "texture", "a.wav", "made", figures={"loss": 1.0})
        path.with_name(NAME).write_text(f"{outcome.as_json()}\n", encoding="utf-8")
    _write_parquet(path.with_name(NAME), ["loss"])


def appended(path, frames=60):
    with appending(path, rate_hz=RATE_HZ, channels=1, overwrite=True) as file:
        for seed in range(3):
            file.write(noise(frames, seed))
    return file


@pytest.mark.survives("full disks")
class TestEveryWrite:
    @pytest.mark.parametrize(
        ("write", "name"),
        [
            *((sound, name) for name in ("a.wav", "a.flac", "a.ogg")),
            *((style, "a.safetensors"), (record, "a.json"), (weights, "a.safetensors")),
            (results, "results.parquet"),
        ],
    )
    def test_keeps_the_old_file(self, tmp_path, write, name):
        path = tmp_path / name
        write(path)
        size, names = path.stat().st_size, sorted(tmp_path.iterdir())
        path.write_bytes(OLD)
        step = SHORTEST_WRITE if write is sound else max(SHORTEST_WRITE, size // 30)
        for room in [*range(2, size, step), size - 1]:
            with room_for(room), pytest.raises(WriteError) as caught:
                write(path)
            assert str(caught.value).startswith(f"{path} could not be written: ")
            assert str(caught.value).count("\n") == 0
            assert path.read_bytes() == OLD
            assert sorted(tmp_path.iterdir()) == names
        with room_for(size):
            write(path)
        assert path.stat().st_size == size

    @pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
    @pytest.mark.parametrize("frames", [60, 12_000])
    def test_of_blocks_leaves_what_arrived_or_the_old_file(self, tmp_path, name, frames):
        path = tmp_path / name
        appended(path, frames)
        size, whole = path.stat().st_size, soundfile.read(path, dtype="float32")[0]
        longest = 0
        for room in [*range(2, size, max(SHORTEST_WRITE, size // 25)), size - 1]:
            path.write_bytes(OLD)
            with room_for(room), suppress(LimitError, WriteError):
                file = appended(path, frames)
            if path.read_bytes() != OLD:
                found = soundfile.read(path, dtype="float32")[0]
                longest = len(found)
                assert file.full
                assert 0 < longest == file.written().frames < len(whole)
                np.testing.assert_array_equal(found, whole[:longest])
            assert list(tmp_path.iterdir()) == [path]
        assert longest > 2 * frames or (frames == 60 and name != "a.wav")

    def test_the_studio_fails_a_texture_whose_last_block_does_not_fit(self, tmp_path):
        observer = BlocksObserver.__new__(BlocksObserver)
        observer._folder, observer._texture = tmp_path, SimpleNamespace(rate_hz=RATE_HZ, channels=1)
        with room_for(16_000), pytest.raises(LimitError) as caught, observer.attending(lambda: True):
            observer._flac.write(noise(6000))
        assert str(caught.value) == DISK_FULL
        assert observer._flac.frames == 4096
