import os
import subprocess
import sys
import time
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.audio import Sound, check_format, load, peak, save
from gramophone.audio.write import ogg_checksum
from gramophone.errors import ModelError, UsageError

OFFERED = [
    (".wav", "PCM_16"),
    (".wav", "PCM_24"),
    (".wav", "PCM_32"),
    (".wav", "FLOAT"),
    (".flac", "PCM_16"),
    (".flac", "PCM_24"),
    (".ogg", "VORBIS"),
]


def noise(channels=2, frames=4_800, rate_hz=48_000, level=0.5, seed=0):
    samples = np.random.default_rng(seed).uniform(-level, level, (channels, frames))
    return Sound(samples.astype(np.float32), rate_hz)


def difference_db(found, expected):
    error = np.mean(np.square(found - expected, dtype=np.float64))
    return 10 * np.log10(max(error, 1e-30) / np.mean(np.square(expected, dtype=np.float64)))


def refusal(sound, path, **settings):
    before = sorted(path.parent.iterdir())
    with pytest.raises(UsageError) as caught:
        save(sound, path, **settings)
    assert caught.value.exit_code == 2
    assert str(path) in str(caught.value)
    assert sorted(path.parent.iterdir()) == before
    return str(caught.value)


FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from gramophone.audio import Sound, save
from gramophone.errors import UsageError
sound = Sound(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 200_000)).astype(np.float32), 48_000)
for limit in (0, 10, 3_000, 20_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for name in ("a.wav", "a.flac", "a.ogg"):
        try:
            save(sound, Path(sys.argv[1], name), overwrite=True)
        except UsageError as error:
            assert name + " could not be written" in str(error), error
            assert "free some space" in str(error), error
        else:
            raise SystemExit(f"{name} passed with {limit} bytes")
"""


@pytest.mark.survives("formats")
class TestFormats:
    @pytest.mark.parametrize(("suffix", "subtype"), OFFERED)
    @pytest.mark.parametrize("rate_hz", [1_000, 44_101, 192_000])
    @pytest.mark.parametrize("frames", [1, 65_537])
    def test_every_offer(self, tmp_path, suffix, subtype, rate_hz, frames):
        sound = noise(2, frames, rate_hz, level=0.2)
        written = save(sound, tmp_path / f"a{suffix}", subtype=subtype)
        assert (written.rate_hz, written.frames, written.gain_db) == (rate_hz, frames, 0.0)
        assert soundfile.info(written.path).subtype == subtype
        found = load(written.path)
        assert found.samples.shape == sound.samples.shape
        assert peak(found.samples) == pytest.approx(written.peak, abs=1e-4)
        if subtype in ("PCM_24", "PCM_32", "FLOAT"):
            assert difference_db(found.samples, sound.samples) < -90

    @pytest.mark.parametrize(("suffix", "subtype"), [(".wav", "PCM_24"), (".FLAC", "PCM_24"), (".ogg", "VORBIS")])
    def test_defaults(self, tmp_path, suffix, subtype):
        assert soundfile.info(save(noise(), tmp_path / f"a{suffix}").path).subtype == subtype

    def test_wav_is_a_wav_to_others(self, tmp_path):
        save(noise(2, 100), tmp_path / "a.wav", subtype="PCM_16")
        with wave.open(str(tmp_path / "a.wav")) as file:
            assert file.getparams()[:4] == (2, 2, 48_000, 100)

    @pytest.mark.parametrize(("suffix", "channels"), [(".wav", 1), (".wav", 32), (".flac", 8), (".ogg", 32)])
    def test_channels(self, tmp_path, suffix, channels):
        assert load(save(noise(channels), tmp_path / f"a{suffix}").path).channels == channels

    @settings(derandomize=True, deadline=None, max_examples=80)
    @given(
        offer=st.sampled_from([offer for offer in OFFERED if offer[1] not in ("PCM_16", "VORBIS")]),
        channels=st.integers(1, 8),
        frames=st.integers(1, 300),
        rate_hz=st.integers(1_000, 384_000),
        seed=st.integers(0, 999),
    )
    def test_round_trip(self, tmp_path_factory, offer, channels, frames, rate_hz, seed):
        suffix, subtype = offer
        if suffix == ".flac" and rate_hz > 65_535:
            rate_hz -= rate_hz % 10
        sound = noise(channels, frames, rate_hz, seed=seed)
        found = load(save(sound, tmp_path_factory.mktemp("round") / f"a{suffix}", subtype=subtype).path)
        assert found.rate_hz == rate_hz
        assert difference_db(found.samples, sound.samples) < -90


class TestFileNames:
    @pytest.mark.parametrize("name", ["with space.wav", "🎻 naïve.flac", "-rf.ogg", "x" * 251 + ".wav", ".wav.wav"])
    def test_odd_names(self, tmp_path, name):
        save(noise(), tmp_path / name)
        save(noise(), str(tmp_path / name), overwrite=True)
        assert [path.name for path in tmp_path.iterdir()] == [name]

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
    @pytest.mark.parametrize("suffix", [".wav", ".ogg"])
    def test_name_that_is_not_text(self, tmp_path, suffix):
        path = tmp_path / (os.fsdecode(b"\xff\xfe") + suffix)
        assert load(save(noise(), path).path).rate_hz == 48_000


class TestVorbis:
    def test_long_vorbis_does_not_crash(self, tmp_path):
        sound = Sound(np.tile(noise(1, 8_000, level=1e-3).samples, 600), 8_000)
        written = save(sound, tmp_path / "a.ogg")
        assert written.frames == 4_800_000
        assert soundfile.info(written.path).duration == 600

    def test_ogg_checksum_of_the_encoder(self, tmp_path):
        soundfile.write(tmp_path / "a.ogg", noise().samples.T, 48_000)
        content = (tmp_path / "a.ogg").read_bytes()
        page = content[: 28 + content[27]]
        assert int.from_bytes(page[22:26], "little") == ogg_checksum(page[:22] + bytes(4) + page[26:])


class TestLevels:
    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
    @pytest.mark.parametrize("level", [1.0, 1e10])
    def test_loud_sounds_are_scaled_and_say_so(self, tmp_path, suffix, level):
        samples = np.where(np.random.default_rng(0).random((2, 48_000)) < 0.5, -1, 1).astype(np.float32)
        written = save(Sound(samples * np.float32(level), 48_000), tmp_path / f"a{suffix}")
        found = load(written.path).samples
        assert written.gain_db < 0
        assert written.peak <= 1
        assert peak(found) == pytest.approx(written.peak, abs=1e-6)
        assert peak(found) > 0.4
        if suffix != ".ogg":
            assert written.peak == pytest.approx(0.999)
            assert difference_db(found, samples * np.float32(0.999)) < -90

    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
    def test_silence_stays_silent(self, tmp_path, suffix):
        written = save(Sound(np.zeros((1, 5_000), np.float32), 8_000), tmp_path / f"a{suffix}")
        assert (written.gain_db, written.peak) == (0.0, 0.0)
        assert load(written.path).is_silent

    @settings(derandomize=True, deadline=None, max_examples=80)
    @given(
        offer=st.sampled_from(OFFERED),
        level=st.floats(1e-3, 1e6),
        frames=st.integers(1, 5_000),
        square=st.booleans(),
        seed=st.integers(0, 999),
    )
    def test_no_gain_clips(self, tmp_path_factory, offer, level, frames, square, seed):
        sound = noise(2, frames, level=level, seed=seed)
        if square:
            sound = Sound(np.sign(sound.samples) * np.float32(level), 48_000)
        path = tmp_path_factory.mktemp("loud") / f"a{offer[0]}"
        written = save(sound, path, subtype=offer[1])
        assert written.gain_db <= 0
        assert peak(load(path).samples) <= 1
        assert written.gain_db == 0 or offer[0] == ".ogg" or written.peak == pytest.approx(0.999)


class TestReproducibility:
    @pytest.mark.parametrize(("suffix", "subtype"), OFFERED)
    @pytest.mark.survives("same seed")
    def test_same_sound_same_bytes(self, tmp_path, suffix, subtype):
        sound = noise(2, 70_000)
        first = save(sound, tmp_path / f"a{suffix}", subtype=subtype).path.read_bytes()
        # The time stamp of a float WAV has whole seconds.
        time.sleep(1.1 if subtype == "FLOAT" else 0)
        assert save(sound, tmp_path / f"b{suffix}", subtype=subtype).path.read_bytes() == first


class TestFormatLimits:
    @pytest.mark.parametrize("name", ["a.mp3", "a", "a.wav.txt", ".wav"])
    def test_unknown_suffix(self, tmp_path, name):
        assert "no known audio suffix; use .wav, .flac, .ogg" in refusal(noise(), tmp_path / name)

    @pytest.mark.parametrize(
        ("name", "subtype"),
        [("a.flac", "FLOAT"), ("a.ogg", "OPUS"), ("a.wav", "MS_ADPCM"), ("a.wav", "nonsense")],
    )
    def test_unknown_subtype(self, tmp_path, name, subtype):
        text = refusal(noise(), tmp_path / name, subtype=subtype)
        assert f"cannot hold {subtype}; for {name[1:]} choose" in text

    @pytest.mark.parametrize(
        ("name", "rate_hz", "limit"), [("a.ogg", 192_001, 192_000), ("a.flac", 655_351, 655_350)]
    )
    def test_rates_beyond_the_format(self, tmp_path, name, rate_hz, limit):
        text = refusal(noise(1, 100, rate_hz), tmp_path / name)
        assert f"cannot hold {rate_hz} Hz; the limit of {name[1:]} is {limit} Hz" in text
        assert save(noise(1, 100, limit), tmp_path / name).rate_hz == limit

    def test_rates_between_those_of_flac(self, tmp_path):
        text = refusal(noise(1, 100, 65_536), tmp_path / "a.flac")
        assert "cannot hold 65536 Hz; above 65535 Hz .flac takes multiples of 10 Hz" in text
        for rate_hz in (65_535, 65_540):
            assert save(noise(1, 100, rate_hz), tmp_path / "a.flac", overwrite=True).rate_hz == rate_hz

    @pytest.mark.parametrize(("name", "limit"), [("a.flac", 8), ("a.ogg", 255), ("a.wav", 1024)])
    def test_channels_beyond_the_format(self, tmp_path, name, limit):
        text = refusal(noise(limit + 1, limit + 1), tmp_path / name)
        assert f"cannot hold {limit + 1} channels; the limit of {name[1:]} is {limit}: mix down" in text

    def test_wav_beyond_four_gigabytes(self, tmp_path):
        hour = 3_600 * 48_000
        assert check_format(tmp_path / "a.wav", rate_hz=48_000, channels=2, frames=4 * hour) == "PCM_24"
        with pytest.raises(UsageError, match=r"would take 5\.2 GB; the limit of \.wav is 4\.3 GB: choose \.flac"):
            check_format(tmp_path / "a.wav", rate_hz=48_000, channels=2, frames=5 * hour)
        assert check_format(tmp_path / "a.flac", rate_hz=48_000, channels=2, frames=5 * hour) == "PCM_24"


class TestFailedWrites:
    @pytest.mark.skipif(sys.platform != "linux", reason="the limit is enforced by signals elsewhere")
    @pytest.mark.survives("full disks")
    @pytest.mark.usefixtures("unmeasured")
    def test_full_disk_keeps_the_old_files(self, tmp_path):
        names = ("a.flac", "a.ogg", "a.wav")
        for name in names:
            (tmp_path / name).write_bytes(b"old")
        command = [sys.executable, "-c", FULL_DISK, tmp_path]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
        assert {(tmp_path / name).read_bytes() for name in names} == {b"old"}

    def test_samples_lost_without_an_error_are_noticed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(soundfile.SoundFile, "write", lambda self, data: None)
        assert "not all of it arrived; free some space" in refusal(noise(), tmp_path / "a.wav")


class TestRefusals:
    def test_values_that_are_not_finite_are_the_models_fault(self, tmp_path):
        sound = noise()
        sound.samples[1, 7] = np.nan
        with pytest.raises(ModelError, match="not finite") as caught:
            save(sound, tmp_path / "a.wav")
        assert caught.value.exit_code == 5
        assert str(tmp_path / "a.wav") in str(caught.value)
        assert list(tmp_path.iterdir()) == []

    def test_existing_files_are_kept(self, tmp_path):
        path = save(noise(seed=1), tmp_path / "a.wav").path
        before = path.read_bytes()
        assert "exists already; choose another name or add --overwrite" in refusal(noise(seed=2), path)
        assert path.read_bytes() == before
        save(noise(seed=2), path, overwrite=True)
        assert path.read_bytes() != before

    def test_no_folder(self, tmp_path):
        with pytest.raises(UsageError, match="does not exist; create it first"):
            save(noise(), tmp_path / "none" / "a.wav")
