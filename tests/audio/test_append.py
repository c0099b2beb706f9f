"""Files that grow: the same as files written at once, and complete whatever happens."""

import numpy as np
import pytest
import soundfile

from gramophone.audio import Sound, appending, check_room, load
from gramophone.audio.loudness import below_full_scale
from gramophone.audio.write import SPARE_BYTES
from gramophone.errors import LimitError, UsageError

RATE_HZ = 8000


def noise(seconds, seed=0, channels=1, level=0.1):
    samples = level * np.random.default_rng(seed).standard_normal((channels, round(seconds * RATE_HZ)))
    return Sound(np.clip(samples, -0.7, 0.7).astype(np.float32), RATE_HZ)


@pytest.mark.survives("blocks")
class TestAppendedBlocks:
    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_blocks_stand_one_after_the_other(self, tmp_path, suffix, channels):
        parts = [noise(0.5, seed, channels) for seed in range(3)]
        with appending(tmp_path / f"out{suffix}", rate_hz=RATE_HZ, channels=channels) as file:
            for part in parts:
                file.write(part)
        found = load(tmp_path / f"out{suffix}").samples
        expected = np.concatenate([part.samples for part in parts], axis=1)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < (0.5 if suffix == ".ogg" else 1e-6)
        assert (file.written().frames, file.written().rate_hz) == (12000, RATE_HZ)


class TestSoftClipping:
    def test_nothing_passes_full_scale(self, tmp_path):
        with appending(tmp_path / "out.wav", rate_hz=RATE_HZ, channels=1) as file:
            file.write(Sound(np.array([[0.5, 0.9, -3.0, 20.0]], np.float32), RATE_HZ))
        samples = load(tmp_path / "out.wav").samples[0]
        assert samples[0] == pytest.approx(0.5, abs=1e-6)
        assert np.abs(samples).max() <= 1
        assert samples[2] < -0.99

    def test_the_knee_is_smooth_and_keeps_the_order(self):
        samples = np.linspace(-4, 4, 8001, dtype=np.float32)[None]
        bent = below_full_scale(samples)
        assert np.all(np.diff(bent) >= 0)
        assert np.diff(bent).max() <= np.diff(samples).max() * 1.01
        assert np.array_equal(bent[np.abs(samples) <= 0.8], samples[np.abs(samples) <= 0.8])


class TestFailedWrites:
    def test_an_error_in_between_leaves_nothing(self, tmp_path):
        def interrupted():
            with appending(tmp_path / "out.wav", rate_hz=RATE_HZ, channels=1) as file:
                file.write(noise(0.5))
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            interrupted()
        assert not list(tmp_path.iterdir())

    def test_a_full_disk_leaves_what_was_written_and_can_be_played(self, tmp_path, monkeypatch):
        free = iter([10**9, 10**9, SPARE_BYTES])

        class Usage:
            def __init__(self, amount):
                self.free = amount

        monkeypatch.setattr("gramophone.audio.write.shutil.disk_usage", lambda _: Usage(next(free)))
        with appending(tmp_path / "out.flac", rate_hz=RATE_HZ, channels=1) as file:
            for seed in range(3):
                file.write(noise(0.5, seed))
        assert file.full
        assert load(tmp_path / "out.flac").samples.shape == (1, 8000)

    def test_a_write_that_fails_leaves_what_was_written(self, tmp_path, monkeypatch):
        with appending(tmp_path / "out.flac", rate_hz=RATE_HZ, channels=1) as file:
            file.write(noise(0.5))

            def fail(_):
                raise soundfile.LibsndfileError(2)

            monkeypatch.setattr(file._file, "write", fail)
            file.write(noise(0.5, 1))
            assert file.full
        assert load(tmp_path / "out.flac").samples.shape == (1, 4000)


class TestRefusals:
    def test_no_room_at_all_is_an_error_and_no_file(self, tmp_path):
        with (
            pytest.raises(LimitError, match="disk is full"),
            appending(tmp_path / "out.wav", rate_hz=RATE_HZ, channels=1),
        ):
            pass
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", ["out.wav", "out.flac", "out.ogg"])
    def test_what_the_disk_cannot_hold_is_said_before(self, tmp_path, name, monkeypatch):
        class Usage:
            free = SPARE_BYTES + 1_000_000

        monkeypatch.setattr("gramophone.audio.write.shutil.disk_usage", lambda _: Usage)
        check_room(tmp_path / name, rate_hz=RATE_HZ, channels=1, duration_s=10)
        with pytest.raises(LimitError, match=r"only 1\.0 MB are free"):
            check_room(tmp_path / name, rate_hz=RATE_HZ, channels=1, duration_s=3600)

    def test_an_existing_file_is_kept_without_overwrite(self, tmp_path):
        (tmp_path / "out.wav").write_text("old")
        with pytest.raises(UsageError, match="exists already"):
            appending(tmp_path / "out.wav", rate_hz=RATE_HZ, channels=1).__enter__()
        assert (tmp_path / "out.wav").read_text() == "old"
