import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import InputError
from gramophone.phase import STREAM_METHODS, PhaseStream, gsrtisi_la, invert
from gramophone.spectral import Stft

RATE_HZ = 22050
STFT = Stft(256, 32)
REFINED = ["rtisi-la", "rtpghi+gsrtisi-la"]


def collected(stream, blocks, samples=None):
    return torch.cat([*(stream.push(block) for block in blocks), stream.flush(samples)], 1)


class TestAgainstOffline:
    @pytest.mark.parametrize("method", STREAM_METHODS)
    @pytest.mark.parametrize("blocks", [1, 7, 100])
    def test_a_stream_is_what_is_done_offline(self, waveform, method, blocks):
        magnitude = torch.stack([STFT.magnitude(waveform(name)[:3000]) for name in ("speech", "rain")])
        stream = PhaseStream(STFT, RATE_HZ, method=method, seed=4)
        found = collected(stream, magnitude.split(blocks, -1), 3000)
        expected = invert(magnitude, STFT, 3000, method=method, seed=4)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)

    @pytest.mark.parametrize(("look_ahead", "iterations"), [(0, 0), (1, 0), (2, 5)])
    def test_a_stream_with_other_rounds_is_what_is_done_offline(self, waveform, look_ahead, iterations):
        magnitude = STFT.magnitude(waveform("speech")[:3000])[None]
        options = {"look_ahead": look_ahead, "iterations": iterations, "seed": 4}
        stream = PhaseStream(STFT, RATE_HZ, method="rtpghi+gsrtisi-la", **options)
        found = collected(stream, magnitude.split(7, -1), 3000)
        torch.testing.assert_close(found, gsrtisi_la(magnitude, STFT, 3000, **options), rtol=0, atol=1e-5)


class TestQuality:
    @pytest.mark.parametrize("method", REFINED)
    def test_more_rounds_and_more_look_ahead_are_better(self, waveform, method):
        from gramophone.phase import spectral_convergence_db

        sound = waveform("speech")[6000:10000]
        magnitude = STFT.magnitude(sound)[None]

        def judged(**asked):
            found = collected(PhaseStream(STFT, RATE_HZ, method=method, **asked), [magnitude], 4000)
            return spectral_convergence_db(found, magnitude, STFT)

        assert judged(iterations=16) < judged(iterations=2) - 1
        assert judged(look_ahead=3) < judged(look_ahead=0) - 1


class TestLatency:
    @pytest.mark.parametrize("method", STREAM_METHODS)
    @pytest.mark.parametrize(("n_fft", "hop_samples"), [(256, 32), (256, 64), (256, 128), (96, 40)])
    def test_the_latency_is_what_is_stated(self, waveform, method, n_fft, hop_samples):
        stft = Stft(n_fft, hop_samples)
        magnitude = stft.magnitude(waveform("speech"))[None, :, :30]
        stream = PhaseStream(stft, RATE_HZ, method=method)
        given_after = []
        total = 0
        for frame in range(30):
            total += stream.push(magnitude[..., frame]).shape[1]
            given_after.append(total)
        waited = [
            next(after for after in range(30) if given_after[after] > frame * hop_samples) - frame
            for frame in range(12)
        ]
        assert set(waited) == {stream.latency_frames}
        assert stream.latency_ms == pytest.approx(1000 * stream.latency_frames * hop_samples / RATE_HZ)

    @pytest.mark.parametrize("method", STREAM_METHODS)
    def test_no_sample_depends_on_what_comes_after_the_latency(self, waveform, method):
        magnitude = STFT.magnitude(waveform("speech"))[None, :, 200:240]
        changed = magnitude.clone()
        changed[..., 20:] = 0
        one, other = (collected(PhaseStream(STFT, RATE_HZ, method=method), [m]) for m in (magnitude, changed))
        first = int((one != other).any(0).float().argmax())
        latency = PhaseStream(STFT, RATE_HZ, method=method).latency_frames
        assert (20 - latency) * 32 <= first < 22 * 32

    def test_look_ahead_adds_up(self):
        frames = {m: PhaseStream(STFT, RATE_HZ, method=m).look_ahead_frames for m in STREAM_METHODS}
        assert frames == {"spsi": 0, "rtpghi0": 0, "rtpghi": 1, "rtisi-la": 3, "rtpghi+gsrtisi-la": 4}
        assert PhaseStream(STFT, RATE_HZ, look_ahead=1).look_ahead_frames == 2


class TestFlush:
    @pytest.mark.parametrize("method", STREAM_METHODS)
    @settings(max_examples=15)
    @given(
        frames=st.integers(1, 12),
        channels=st.integers(1, 3),
        cut=st.integers(1, 5),
        level=st.sampled_from([0.0, 1.0]),
    )
    def test_any_stream_ends_well(self, method, frames, channels, cut, level):
        draw = torch.rand(channels, 9, frames, generator=torch.Generator().manual_seed(frames))
        stream = PhaseStream(Stft(16, 4), RATE_HZ, method=method)
        found = collected(stream, (level * draw).split(cut, -1))
        assert found.shape == (channels, max(1, 4 * (frames - 1)))
        assert torch.isfinite(found).all()
        assert level or not found.any()

    @pytest.mark.parametrize("method", STREAM_METHODS)
    def test_after_a_flush_it_begins_anew(self, waveform, method):
        magnitude = STFT.magnitude(waveform("speech"))[None, :, 100:130]
        stream = PhaseStream(STFT, RATE_HZ, method=method)
        assert torch.equal(collected(stream, [magnitude]), collected(stream, [magnitude]))
        assert stream.flush().numel() == 0


class TestRefusals:
    def test_what_does_not_belong_to_the_stream(self):
        stream = PhaseStream(STFT, RATE_HZ)
        stream.push(torch.ones(2, 129))
        with pytest.raises(InputError, match="1 channels came after 2; give the same number every time"):
            stream.push(torch.ones(1, 129))
        with pytest.raises(InputError, match="do not fit an n_fft of 256"):
            stream.push(torch.ones(2, 100))
        with pytest.raises(InputError, match="ask for 1 to 31"):
            stream.flush(99)

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"method": "pghi"}, "there is no stream method 'pghi'; choose one of spsi"),
            ({"method": "rtpghi", "iterations": 4}, "rtpghi has no iterations"),
            ({"look_ahead": -1}, "must not be negative"),
            ({"iterations": -1}, "must not be negative"),
        ],
    )
    def test_what_cannot_be(self, asked, said):
        with pytest.raises(ValueError, match=said):
            PhaseStream(STFT, RATE_HZ, **asked)
