"""Lengths are what decodes: whatever a header states, however many streams were joined, nothing is lost unsaid."""

import io
import warnings

import numpy as np
import pytest
import soundfile

from gramophone.audio import TruncatedWarning, load
from gramophone.audio import blocks as blocks_of
from gramophone.audio.containers import sample_data
from gramophone.audio.file_view import FileView
from gramophone.audio.read import estimated_length_s, format_of
from gramophone.errors import InputError, LimitError

RATE_HZ = 44_100
HEADERS = [
    *(("WAV", "PCM_16", "FILE"), ("WAV", "PCM_24", "FILE"), ("WAV", "FLOAT", "FILE"), ("WAV", "PCM_16", "BIG")),
    *(("RF64", "PCM_16", "FILE"), ("W64", "PCM_24", "FILE"), ("CAF", "PCM_16", "FILE"), ("CAF", "FLOAT", "FILE")),
    *(("AIFF", "PCM_24", "FILE"), ("AIFF", "FLOAT", "FILE"), ("AIFF", "PCM_16", "LITTLE")),
    *(("AU", "PCM_16", "FILE"), ("AU", "FLOAT", "LITTLE")),
]
PADDED = ("ADPCM", "GSM610", "G72", "ULAW", "ALAW")  # codecs of whole blocks, which pad the last one


@pytest.fixture
def encoded(module_beside):
    return module_beside("encoded")


def noise(seconds=1.0, channels=2, seed=0, level=0.3):
    rng = np.random.default_rng(seed)
    return (level * rng.uniform(-1, 1, (channels, round(RATE_HZ * seconds)))).astype(np.float32)


def in_format(samples, form, subtype, endian="FILE"):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples.T, RATE_HZ, format=form, subtype=subtype, endian=endian)
    return buffer.getvalue()


def stating(content, count):
    """The file with another length in its header, in bytes of samples."""
    patched = bytearray(content)
    for at, field in sample_data(io.BytesIO(content)).fields(count).items():
        patched[at : at + len(field)] = field
    return bytes(patched)


def read(path, content):
    """Samples and warnings."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        sound = load(path)
    assert all(one.category is TruncatedWarning for one in seen)
    return sound.samples, [str(one.message) for one in seen]


@pytest.mark.survives("unfinished headers")
class TestHeadersThatLie:
    @pytest.mark.parametrize(("form", "subtype", "endian"), HEADERS)
    def test_a_file_that_was_never_finished_is_read_whole(self, tmp_path, form, subtype, endian):
        content = in_format(noise(), form, subtype, endian)
        whole, said = read(tmp_path / "a", content)
        assert (whole.shape, said) == ((2, RATE_HZ), [])
        for count in (0, 2**64):
            found, said = read(tmp_path / "a", stating(content, count))
            np.testing.assert_array_equal(found, whole)
            assert said == []

    @pytest.mark.parametrize(("form", "subtype", "endian"), HEADERS)
    def test_more_than_there_is_or_less_is_said(self, tmp_path, form, subtype, endian):
        content = in_format(noise(), form, subtype, endian)
        stated = sample_data(io.BytesIO(content)).stated
        whole, said = read(tmp_path / "a", stating(content, 2 * stated))
        assert whole.shape == (2, RATE_HZ)
        assert "declares 2.000 s (88200 frames) but only 1.000 s (44100 frames) can be read" in said[0]
        found, said = read(tmp_path / "a", stating(content, stated // 2))
        if form == "W64":  # is read to the end of the file
            assert (found.shape, said) == ((2, RATE_HZ), [])
        else:
            assert found.shape == (2, RATE_HZ // 2)
            assert "goes on after the end that its header states" in said[0]
            assert "may be 0.500 s, are not read; save it again in an audio editor" in said[0]

    @pytest.mark.parametrize("riff_bytes", [0, 36, 4088, 2**32 - 1])
    def test_every_length_that_recorders_leave(self, tmp_path, riff_bytes):
        content = bytearray(in_format(noise(), "WAV", "PCM_16"))
        content[4:8], content[40:44] = riff_bytes.to_bytes(4, "little"), bytes(4)
        found, said = read(tmp_path / "a.wav", bytes(content))
        assert (found.shape, said) == ((2, RATE_HZ), [])

    def test_chunks_after_the_samples_are_no_sound(self, tmp_path):
        content = in_format(noise(), "WAV", "PCM_16") + b"LIST\3\0\0\0abc\0"
        found, said = read(tmp_path / "a.wav", content)
        assert (found.shape, said) == ((2, RATE_HZ), [])

    def test_an_empty_recording_with_chunks_after_it_is_empty(self, tmp_path):
        (tmp_path / "a.wav").write_bytes(in_format(noise()[:, :0], "WAV", "PCM_16") + b"LIST\4\0\0\0abcd")
        with pytest.raises(InputError, match="holds no samples"):
            load(tmp_path / "a.wav")

    def test_joined_wav_files_say_that_the_second_is_not_read(self, tmp_path):
        content = in_format(noise(), "WAV", "PCM_16")
        found, said = read(tmp_path / "a.wav", content * 2)
        assert found.shape == (2, RATE_HZ)
        assert "goes on after the end" in said[0]


@pytest.mark.survives("lengths of MPEG audio")
class TestFalseAlarms:
    def test_no_complete_file_of_any_format_is_called_damaged(self, tmp_path):
        tried = 0
        samples = noise(0.6)
        for form in set(soundfile.available_formats()) - {"RAW", "SD2", "XI"}:
            for subtype in soundfile.available_subtypes(form):
                try:
                    content = in_format(samples[:1], form, subtype)
                except soundfile.LibsndfileError:  # not this rate
                    continue
                found, said = read(tmp_path / "a", content)
                padding = 3000 if any(word in subtype for word in PADDED) else 0
                assert said == [], (form, subtype)
                assert samples.shape[1] <= found.shape[1] <= samples.shape[1] + padding, (form, subtype)
                tried += 1
        assert tried > 100

    def test_mpeg_audio_without_a_stated_length(self, tmp_path, encoded, capfd):
        for path, codec, form in (
            ("a.mp3", "libmp3lame", "mp3"),
            ("a.mp2", "mp2", "mp2"),
            ("a.wav", "libmp3lame", "wav"),
        ):
            container = {"write_xing": "0"} if path == "a.mp3" else None
            encoded.encode(tmp_path / path, noise(3), RATE_HZ, codec, form, container=container)
            found, said = read(tmp_path / path, (tmp_path / path).read_bytes())
            assert said == []
            assert 3 * RATE_HZ <= found.shape[1] <= 3.06 * RATE_HZ
        assert capfd.readouterr() == ("", "")


@pytest.mark.survives("lengths of MPEG audio")
class TestMpegLengths:
    @pytest.mark.parametrize("beginning", ["quiet", "loud"])
    def test_variable_bit_rate_without_a_header_is_read_whole(self, tmp_path, encoded, beginning):
        parts = [noise(5, level=1e-4), noise(20, seed=1)]
        samples = np.concatenate(parts if beginning == "quiet" else parts[::-1], axis=1)
        path = encoded.mp3(tmp_path / "a.mp3", samples, vbr=True)
        found, said = read(path, path.read_bytes())
        assert said == []
        assert 25 <= found.shape[1] / RATE_HZ < 25.06
        # What libsndfile estimates is far from it, one way or the other.
        assert abs(soundfile.info(path).frames / RATE_HZ - 25) > 1

    def test_an_estimate_is_no_reason_to_refuse(self, tmp_path, encoded):
        samples = np.concatenate([noise(1, level=1e-6), noise(12, seed=1)], axis=1)
        path = encoded.mp3(tmp_path / "a.mp3", samples, vbr=True)
        assert load(path, limit_s=13 * RATE_HZ / 48_000 + 0.1).duration_s >= 13
        with pytest.raises(LimitError, match="split the file"):
            load(path, limit_s=11)

    @pytest.mark.parametrize("xing", [True, False])
    def test_a_stated_length_is_exact(self, tmp_path, encoded, xing):
        path = encoded.mp3(tmp_path / "a.mp3", noise(2), xing=xing)
        assert load(path).samples.shape[1] == 2 * RATE_HZ if xing else load(path).duration_s > 2
        assert "MP3" in format_of(path)
        assert estimated_length_s(path) == pytest.approx(2, abs=0.1)

    def test_truncation_of_a_stated_length_is_said(self, tmp_path, encoded):
        path = encoded.mp3(tmp_path / "a.mp3", noise(4), xing=True)
        found, said = read(path, path.read_bytes()[: path.stat().st_size // 2])
        assert 1.8 < found.shape[1] / RATE_HZ < 2.1
        assert "declares 4.000 s (176400 frames) but only" in said[0]

    def test_damage_in_the_middle_costs_no_more_than_that(self, tmp_path, encoded, capfd):
        path = encoded.mp3(tmp_path / "a.mp3", noise(4), xing=True)
        content = bytearray(path.read_bytes())
        content[len(content) // 2 :][:3000] = bytes(3000)
        content[len(content) // 2 : len(content) // 2 + 3000] = b"\xff\xfb" * 1500
        found, _ = read(path, bytes(content))
        assert found.shape[1] / RATE_HZ > 3.5
        assert capfd.readouterr() == ("", "")


@pytest.mark.survives("joined streams")
class TestJoinedStreams:
    @pytest.mark.parametrize("suffix", [".ogg", ".opus"])
    def test_ogg(self, tmp_path, suffix):
        subtype, rate_hz = ("VORBIS", RATE_HZ) if suffix == ".ogg" else ("OPUS", 48_000)
        parts = []
        for seed in range(3):
            soundfile.write(tmp_path / "part", noise(1, seed=seed).T, rate_hz, format="OGG", subtype=subtype)
            parts.append((tmp_path / "part").read_bytes())
        alone = [read(tmp_path / f"a{suffix}", part)[0] for part in parts]
        found, said = read(tmp_path / f"a{suffix}", b"".join(parts))
        assert said == []
        np.testing.assert_array_equal(found, np.concatenate(alone, axis=1))
        _, said = read(tmp_path / f"a{suffix}", b"".join(parts)[:-1000])
        assert "ends without an end mark" in said[0]

    @pytest.mark.parametrize("xing", [True, False])
    def test_mp3(self, tmp_path, encoded, xing):
        path = encoded.mp3(tmp_path / "a.mp3", noise(2), xing=xing)
        found, said = read(path, path.read_bytes() * 2)
        assert said == []
        assert 3.97 < found.shape[1] / RATE_HZ < 4.1

    def test_streams_that_differ_are_refused(self, tmp_path):
        path, both = tmp_path / "a.ogg", b""
        for channels in (1, 2):
            soundfile.write(path, noise(0.5, channels).T, RATE_HZ)
            both += path.read_bytes()
        path.write_bytes(both)
        with pytest.raises(InputError, match=r"joined of streams of 44100 Hz, 1 channel\(s\), and of 44100 Hz, 2"):
            load(path)

    def test_too_many_are_refused(self, tmp_path):
        soundfile.write(tmp_path / "a.ogg", noise(0.01).T, RATE_HZ)
        content = (tmp_path / "a.ogg").read_bytes()
        (tmp_path / "a.ogg").write_bytes(content * 1001)
        with pytest.raises(LimitError, match="over 1000 joined streams"):
            load(tmp_path / "a.ogg")


@pytest.mark.survives("further containers")
class TestFurtherContainers:
    @pytest.mark.parametrize(
        ("suffix", "codec", "form"),
        [
            *((".m4a", "aac", "mp4"), (".m4a", "alac", "mp4"), (".mov", "pcm_s16le", "mov"), (".3gp", "aac", "3gp")),
            *((".webm", "libopus", "webm"), (".mka", "flac", "matroska"), (".mkv", "ac3", "matroska")),
            *(
                (".aac", "aac", "adts"),
                (".ac3", "ac3", "ac3"),
                (".wma", "wmav2", "asf"),
                (".caf", "adpcm_ima_qt", "caf"),
            ),
            *((".wv", "wavpack", "wv"), (".tta", "tta", "tta"), (".avi", "mp3", "avi"), (".ts", "aac", "mpegts")),
            *((".flv", "aac", "flv"), (".ogg", "flac", "ogg"), (".mpg", "mp2", "mpeg")),
        ],
    )
    def test_are_read_by_the_second_decoder(self, tmp_path, encoded, suffix, codec, form):
        tones = encoded.tones(2, 48_000, 1.0)
        options = {"b": "128000"} if codec == "wmav2" else {}
        path = encoded.encode(tmp_path / f"a{suffix}", tones, 48_000, codec, form, options=options)
        sound = load(path)
        assert sound.rate_hz == 48_000
        assert sound.duration_s == pytest.approx(1, abs=0.05)
        assert encoded.places(sound.samples, 48_000) == [0, 1]
        assert np.abs(sound.samples[:, 20_000:30_000]).max() == pytest.approx(0.1, rel=0.1)
        assert sum(part.samples.shape[1] for part in blocks_of(path)) == sound.samples.shape[1]

    def test_a_telephone_s_recording(self, tmp_path, encoded):
        path = encoded.encode(tmp_path / "a.amr", encoded.tones(1, 8000, 1.0), 8000, "libopencore_amrnb", "amr")
        sound = load(path)
        assert (sound.rate_hz, sound.channels) == (8000, 1)
        assert sound.duration_s == pytest.approx(1, abs=0.1)

    def test_of_a_video_the_first_sound_is_taken_and_said(self, tmp_path, encoded):
        path = encoded.video(tmp_path / "a.mp4", [noise(1, 1), np.zeros((1, RATE_HZ), np.float32)], RATE_HZ)
        found, said = read(path, path.read_bytes())
        assert said == [f"{path} holds 2 audio streams, of which the first is used"]
        assert found.shape[1] / RATE_HZ == pytest.approx(1, abs=0.05)
        assert np.abs(found).max() > 0.1
        mute = encoded.video(tmp_path / "b.mp4", [], RATE_HZ)
        with pytest.raises(InputError, match="holds pictures but no sound"):
            load(mute)

    def test_a_truncated_one_says_so(self, tmp_path, encoded):
        options = {"movflags": "+faststart"}
        path = encoded.encode(tmp_path / "a.m4a", noise(4), RATE_HZ, "aac", "mp4", container=options)
        found, said = read(path, path.read_bytes()[: path.stat().st_size // 2])
        assert found.shape[1] < 3 * RATE_HZ
        assert "declares 4.0" in said[0]

    @pytest.mark.survives("playlists")
    def test_a_playlist_reads_no_other_file(self, tmp_path, encoded):
        encoded.encode(tmp_path / "other.m4a", noise(), RATE_HZ, "aac", "mp4")
        lists = (
            "ffconcat version 1.0\nfile other.m4a\n",
            "#EXTM3U\n#EXTINF:1,\nother.m4a\n",
            f"#EXTM3U\nfile://{tmp_path}/other.m4a\n",
        )
        for number, text in enumerate(lists):
            for head in (b"", b"\0\0\0\x20ftypM4A \0\0\0\0", b"\x1a\x45\xdf\xa3", b"ID3\4\0\0\0\0\0\0"):
                path = tmp_path / f"{number}.m4a"
                path.write_bytes(head + text.encode())
                with pytest.raises(InputError, match=r"convert it to WAV or FLAC|holds no samples"):
                    load(path)


def test_a_view_of_a_file():
    file = io.BytesIO(b"0123456789")
    view = FileView(file, 2, 8, {1: b"ab", 4: b"xyz"})
    assert (view.read(3), view.tell(), view.read(), view.read()) == (b"2ab", 3, b"5xy", b"")
    assert (view.seek(-2, 2), view.read(9)) == (4, b"xy")
    assert (view.seek(-1), view.seek(2**80), view.seek(100), view.read(4)) == (6, 6, 100, b"")
