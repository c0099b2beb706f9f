"""Centre stays centre: channels have the order of WAV in every format, however the file orders them."""

import av
import numpy as np
import pytest
import soundfile

from gramophone.audio import Sound, appending, load, save
from gramophone.audio.channel_order import from_vorbis, to_vorbis

RATE_HZ = 48_000


@pytest.fixture
def encoded(module_beside):
    return module_beside("encoded")


def by_ffmpeg(path, channels):
    """Samples as another program plays them, in the order of its layouts, which is that of WAV."""
    packed = av.AudioResampler(format="flt")
    with av.open(str(path)) as file:
        frames = [part.to_ndarray() for frame in file.decode(audio=0) for part in packed.resample(frame)]
    return np.concatenate(frames, axis=1).reshape(-1, channels).T


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.survives("channel order")
class TestChannelOrder:
    @pytest.mark.parametrize(("codec", "form"), [("flac", "flac"), ("flac", "matroska"), ("aac", "mp4")])
    def test_files_of_others(self, tmp_path, encoded, channels, codec, form):
        if codec == "aac" and channels in (4, 7):
            pytest.skip("AAC has other layouts of four and seven channels")
        path = encoded.encode(tmp_path / "a", encoded.tones(channels), RATE_HZ, codec, form)
        assert encoded.places(load(path).samples, RATE_HZ) == list(range(channels))

    @pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
    def test_ogg_as_others_play_it(self, tmp_path, encoded, channels, subtype):
        path, order = tmp_path / "a.ogg", np.random.default_rng(channels).permutation(channels)
        soundfile.write(path, encoded.tones(channels)[order].T, RATE_HZ, subtype=subtype)
        found = encoded.places(load(path).samples, RATE_HZ)
        assert found == encoded.places(by_ffmpeg(path, channels), RATE_HZ)
        assert sorted(found) == list(range(channels))

    @pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
    def test_files_for_others(self, tmp_path, encoded, channels, suffix):
        sound = Sound(encoded.tones(channels), RATE_HZ)
        save(sound, tmp_path / f"a{suffix}")
        with appending(tmp_path / f"b{suffix}", rate_hz=RATE_HZ, channels=channels) as file:
            file.write(sound)
        for name in "ab":
            path = tmp_path / f"{name}{suffix}"
            assert encoded.places(load(path).samples, RATE_HZ) == list(range(channels))
            assert encoded.places(by_ffmpeg(path, channels), RATE_HZ) == list(range(channels))

    @pytest.mark.parametrize("form", ["AIFF", "CAF", "AU", "W64", "RF64"])
    def test_formats_that_are_only_read(self, tmp_path, encoded, channels, form):
        soundfile.write(tmp_path / "a", encoded.tones(channels).T, RATE_HZ, format=form, subtype="PCM_16")
        assert encoded.places(load(tmp_path / "a").samples, RATE_HZ) == list(range(channels))

    def test_there_and_back(self, channels):
        assert [from_vorbis(channels)[place] for place in to_vorbis(channels)] == list(range(channels))
