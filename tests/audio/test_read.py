import json
import os
import struct
import subprocess
import sys
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.audio import Sound, TruncatedWarning, load
from gramophone.errors import GramophoneError, InputError, LimitError, UsageError

SUBTYPES = {
    ".wav": "PCM_24",
    ".flac": "PCM_24",
    ".ogg": "VORBIS",
    ".mp3": None,
    ".aiff": "PCM_16",
    ".w64": "PCM_16",
    ".caf": "ALAC_16",
}


def write(path, samples, rate_hz=48_000, subtype=None):
    soundfile.write(path, samples.T, rate_hz, subtype=subtype or SUBTYPES[path.suffix])
    return path


def noise(channels=2, frames=4_800, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


def wav(rate_hz=48_000, channels=1, data=b"\0" * 960, announced=None):
    size = len(data) if announced is None else announced
    form = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * 2 * channels % 2**32, 2 * channels, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def with_claim(flac, frames):
    """A FLAC file whose header claims another number of frames (its lowest 36 of the bits from byte 18)."""
    word = int.from_bytes(flac[18:26], "big")
    return flac[:18] + (word >> 36 << 36 | frames).to_bytes(8, "big") + flac[26:]


def refusal(error, path, **settings):
    with pytest.raises(error) as caught:
        load(path, **settings)
    assert type(caught.value) is error
    assert caught.value.exit_code == {InputError: 3, LimitError: 4, UsageError: 2}[error]
    return str(caught.value)


UNREADABLE = """
import json, os, sys
from gramophone.audio import load
from gramophone.errors import GramophoneError
os.chdir(sys.argv[1])
if os.geteuid() == 0:
    os.setuid(65534)
try:
    load("a.wav")
except GramophoneError as error:
    json.dump([type(error).__name__, str(error)], sys.stdout)
"""


def survive(path, content):
    """Reads the damaged content: a sound and the warnings, or None after an error of our own."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            sound = load(path)
        except GramophoneError as error:
            refused: GramophoneError | None = error
        else:
            refused = None
    if refused is not None:
        assert str(path) in str(refused)
        return None
    assert isinstance(sound, Sound)
    assert all(item.category is TruncatedWarning for item in seen)
    return sound, [str(item.message) for item in seen]


@pytest.mark.survives("lengths and rates")
class TestFormats:
    @pytest.mark.parametrize(
        ("subtype", "step"),
        [
            ("PCM_U8", 2**-7),
            ("PCM_16", 2**-15),
            ("PCM_24", 2**-22),
            ("PCM_32", 2**-23),
            ("FLOAT", 0),
            ("DOUBLE", 0),
        ],
    )
    @pytest.mark.parametrize("channels", [1, 2, 32])
    def test_wav_of_every_depth(self, tmp_path, subtype, step, channels):
        samples = noise(channels, 500)
        sound = load(write(tmp_path / "a.wav", samples, subtype=subtype))
        assert sound.rate_hz == 48_000
        assert sound.samples.shape == samples.shape
        assert np.abs(sound.samples - samples).max() <= step

    @pytest.mark.parametrize("suffix", SUBTYPES)
    def test_every_format(self, tmp_path, suffix):
        sound = load(write(tmp_path / f"a{suffix}", noise(2, 70_000)))
        assert sound.samples.shape == (2, 70_000)
        assert not sound.is_silent

    @pytest.mark.parametrize("rate_hz", [1_000, 8_000, 44_101, 384_000])
    def test_every_rate(self, tmp_path, rate_hz):
        assert load(write(tmp_path / "a.wav", noise(), rate_hz)).rate_hz == rate_hz

    def test_resampling_on_the_way(self, tmp_path):
        sound = load(write(tmp_path / "a.wav", noise(2, 44_101), 44_101), rate_hz=22_050)
        assert (sound.rate_hz, sound.samples.shape) == (22_050, (2, 22_050))

    def test_one_sample(self, tmp_path):
        assert load(write(tmp_path / "a.wav", noise(1, 1))).samples.shape == (1, 1)

    def test_loud_and_tiny_samples_pass(self, tmp_path):
        samples = np.array([[1e10, -1e10, 1e-42, 0]], np.float32)
        sound = load(write(tmp_path / "a.wav", samples, subtype="FLOAT"))
        np.testing.assert_array_equal(sound.samples, samples)


@pytest.mark.survives("no sound")
class TestFileNames:
    @pytest.mark.parametrize("name", ["with space.wav", "🎻 naïve.wav", "-rf.wav", "two\nlines.wav", "no suffix"])
    def test_odd_names(self, tmp_path, name):
        path = tmp_path / name
        path.write_bytes(wav())
        assert load(path).samples.shape == (1, 480)
        assert load(str(path)).is_silent

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
    def test_name_that_is_not_text(self, tmp_path):
        path = tmp_path / os.fsdecode(b"\xff\xfe.wav")
        path.write_bytes(wav())
        assert load(path).rate_hz == 48_000

    def test_relative_name_with_a_leading_dash(self, tmp_path, monkeypatch):
        (tmp_path / "-o.wav").write_bytes(wav())
        monkeypatch.chdir(tmp_path)
        assert load("-o.wav").rate_hz == 48_000


@pytest.mark.survives("truncation")
class TestTruncation:
    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".aiff"])
    def test_truncated_anywhere(self, tmp_path, suffix):
        frames = 60_000 if suffix == ".ogg" else 5_000
        path = write(tmp_path / f"a{suffix}", noise(2, frames))
        whole, content = load(path), path.read_bytes()
        heard = 0
        for length in range(0, len(content) - 1, 97 if suffix != ".aiff" else 997):
            got = survive(path, content[:length])
            if got is not None:
                sound, messages = got
                heard += 1
                assert sound.samples.shape[1] <= frames
                assert len(messages) == 1
                assert str(path) in messages[0]
                np.testing.assert_allclose(sound.samples, whole.samples[:, : sound.samples.shape[1]], atol=1e-6)
        assert heard > 0

    def test_truncation_names_both_durations(self, tmp_path):
        path = write(tmp_path / "a.wav", noise(1, 48_000), subtype="PCM_16")
        path.write_bytes(path.read_bytes()[: 44 + 48_000])
        with pytest.warns(TruncatedWarning, match=r"declares 1\.000 s .48000 frames. but only 0\.500 s"):
            assert load(path).duration_s == 0.5

    def test_truncated_mp3(self, tmp_path):
        path = write(tmp_path / "a.mp3", noise(1, 48_000))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.warns(TruncatedWarning, match="declares 1"):
            assert 0.2 < load(path).duration_s < 0.8

    @pytest.mark.parametrize("announced", [2**32 - 1, 0x7FFFF000, 960])
    def test_length_of_a_piped_wav_is_no_truncation(self, tmp_path, announced):
        (tmp_path / "a.wav").write_bytes(wav(announced=announced))
        assert load(tmp_path / "a.wav").samples.shape == (1, 480)

    def test_chunks_around_the_samples_are_no_truncation(self, tmp_path):
        content = wav(data=b"\1\0" * 481)
        extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
        (tmp_path / "a.wav").write_bytes(content[:36] + extra + content[36:] + extra)
        assert load(tmp_path / "a.wav").samples.shape == (1, 481)


@pytest.mark.survives("mutations")
class TestCorruptedFiles:
    @pytest.mark.parametrize("suffix", [suffix for suffix in SUBTYPES if suffix != ".mp3"])
    def test_mutations_raise_and_print_nothing_foreign(self, tmp_path_factory, suffix, capfd):
        path = write(tmp_path_factory.mktemp("mutated") / f"a{suffix}", noise(2, 900))
        content = path.read_bytes()

        @settings(derandomize=True, deadline=None, max_examples=150)
        @given(
            changes=st.lists(
                st.tuples(st.integers(0, len(content) - 1) | st.integers(0, 99), st.integers(0, 255)),
                min_size=1,
                max_size=8,
            )
        )
        def mutate(changes):
            changed = bytearray(content)
            for at, value in changes:
                changed[at] = value
            survive(path, bytes(changed))

        mutate()
        assert capfd.readouterr() == ("", "")


class TestLimits:
    @pytest.mark.parametrize("rate_hz", [1, 999, 384_001, 2**31 - 1])
    def test_rate_outside_the_limits(self, tmp_path, rate_hz):
        (tmp_path / "a.wav").write_bytes(wav(rate_hz))
        text = refusal(LimitError, tmp_path / "a.wav")
        assert (
            f"{tmp_path / 'a.wav'} has a sample rate of {rate_hz} Hz; it must be between 1000 and 384000 Hz" in text
        )

    @pytest.mark.parametrize("channels", [33, 1024])
    def test_too_many_channels(self, tmp_path, channels):
        (tmp_path / "a.wav").write_bytes(wav(channels=channels, data=bytes(channels * 20)))
        text = refusal(LimitError, tmp_path / "a.wav")
        assert f"has {channels} channels; the limit is 32: mix the file down" in text

    @pytest.mark.survives("lying headers")
    def test_lying_length_is_refused_before_anything_is_allocated(self, tmp_path):
        flac = write(tmp_path / "a.flac", noise(2, 9_000)).read_bytes()
        (tmp_path / "a.flac").write_bytes(with_claim(flac, 2**36 - 1))
        tracemalloc.start()
        try:
            text = refusal(LimitError, tmp_path / "a.flac")
            assert tracemalloc.get_traced_memory()[1] < 1e6
        finally:
            tracemalloc.stop()
        assert "the limit is 691.2 MB, that is 1800 s of stereo at 48 kHz: split the file" in text

    def test_length_unknown_to_the_header(self, tmp_path):
        samples = noise(2, 150_000)
        flac = write(tmp_path / "a.flac", samples).read_bytes()
        (tmp_path / "a.flac").write_bytes(with_claim(flac, 0))
        assert np.abs(load(tmp_path / "a.flac").samples - samples).max() < 1e-6
        assert "limit is 0.4 MB" in refusal(LimitError, tmp_path / "a.flac", limit_s=1.0)

    @pytest.mark.survives("bombs")
    def test_bomb_stops_at_the_limit(self, tmp_path):
        path = write(tmp_path / "a.flac", np.zeros((2, 2_000_000), np.float32))
        assert path.stat().st_size < 50_000
        for content in (path.read_bytes(), with_claim(path.read_bytes(), 0)):
            path.write_bytes(content)
            tracemalloc.start()
            try:
                assert "the limit is 0.8 MB" in refusal(LimitError, path, limit_s=2.0)
                assert tracemalloc.get_traced_memory()[1] < 3e6
            finally:
                tracemalloc.stop()
        assert load(path).is_silent

    def test_limit_holds_after_resampling(self, tmp_path):
        path = write(tmp_path / "a.wav", noise(2, 9_000), 1_000)
        assert load(path, limit_s=1.0).duration_s == 9
        assert "split the file" in refusal(LimitError, path, limit_s=1.0, rate_hz=384_000)


@pytest.mark.survives("no sound")
class TestUnusablePaths:
    def test_missing(self, tmp_path):
        (tmp_path / "broken link.wav").symlink_to(tmp_path / "nowhere.wav")
        (tmp_path / "file").write_bytes(b"x")
        for name in ("none.wav", "no folder/a.wav", "broken link.wav", "file/a.wav"):
            text = refusal(InputError, tmp_path / name)
            assert str(tmp_path / name) in text
            assert "does not exist; check the name" in text

    def test_impossible_names(self, tmp_path):
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        for name in ("a\0b.wav", "x" * 300, "loop"):
            assert "check the name" in refusal(InputError, tmp_path / name)

    def test_folder(self, tmp_path):
        assert f"{tmp_path} is a folder; give an audio file" in refusal(InputError, tmp_path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
    def test_pipes_and_devices_are_not_opened(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.wav")
        for path in (tmp_path / "pipe.wav", Path("/dev/zero")):
            text = refusal(InputError, path)
            assert str(path) in text
            assert "regular file" in text

    @pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
    def test_unreadable(self, tmp_path):
        (tmp_path / "a.wav").write_bytes(wav())
        (tmp_path / "a.wav").chmod(0)
        tmp_path.chmod(0o755)
        done = subprocess.run([sys.executable, "-c", UNREADABLE, tmp_path], capture_output=True, check=True)
        kind, text = json.loads(done.stdout)
        assert kind == "InputError"
        assert "a.wav cannot be read: Permission denied; check its permissions" in text


@pytest.mark.survives("no sound")
class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.wav", b"R"),
            ("a.wav", b"RIFF"),
            ("a.wav", b"some text\n" * 100),
            ("a.au", b"some text\n" * 100),
            ("a.raw", b"some text\n" * 100),
            ("a.vox", b"some text\n" * 100),
            ("a.mp3", b"<html><body>404</body></html>" * 10),
            ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 99),
            ("a.wav", b"#EXTM3U\nfile:///etc/passwd\n"),
            ("a.wav", b"ffconcat version 1.0\nfile other.wav\n"),
            ("a.wav", wav()[:36]),
            ("a.wav", bytes(5_000)),
        ],
    )
    def test_no_audio(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        text = refusal(InputError, tmp_path / name)
        assert str(tmp_path / name) in text
        assert "convert it to WAV or FLAC" in text

    def test_empty(self, tmp_path):
        (tmp_path / "a.wav").touch()
        assert "is empty (0 bytes); copy or record it again" in refusal(InputError, tmp_path / "a.wav")

    def test_header_only(self, tmp_path):
        for number, content in enumerate([wav(data=b""), wav(data=b"", announced=9_600)]):
            path = tmp_path / f"{number}.wav"
            path.write_bytes(content)
            assert f"{path} holds no samples" in refusal(InputError, path)

    @pytest.mark.survives("values")
    def test_not_finite(self, tmp_path):
        samples = noise(2, 70_000)
        samples[0, 3], samples[1, 69_999], samples[1, 5] = np.nan, np.inf, -np.inf
        path = write(tmp_path / "a.wav", samples, subtype="FLOAT")
        assert f"{path} holds 3 samples of 140000 that are not finite" in refusal(InputError, path)

    @pytest.mark.parametrize("value", [1.1e10, 1e30, -3e38])
    @pytest.mark.survives("odd samples")
    def test_far_beyond_full_scale(self, tmp_path, value):
        path = write(tmp_path / "a.wav", np.array([[0.1, value]], np.float32), subtype="FLOAT")
        text = refusal(InputError, path)
        assert (
            f"holds samples up to {abs(value):.3g}, where full scale is 1; the limit is 1e+10: normalise it" in text
        )

    def test_wrong_settings(self, tmp_path):
        path = write(tmp_path / "a.wav", noise())
        assert "999 Hz" in refusal(UsageError, path, rate_hz=999)
        for limit_s in (0.0, -1.0, float("nan")):
            assert "limit must be above 0 s" in refusal(UsageError, path, limit_s=limit_s)
