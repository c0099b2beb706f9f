"""`LiveTransfer`: what every block keeps, whatever comes in and however it is cut."""

import functools
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gramophone
from gramophone.audio import Sound
from gramophone.demo.textures import fire, melody, rain
from gramophone.errors import InputError, UsageError
from gramophone.live import MODES, LiveTransfer

RATE_HZ = 22050
BLOCK = 256


@functools.cache
def recording(maker, duration_s=1.5):
    return Sound(maker(RATE_HZ, duration_s, 0), RATE_HZ)


def played(live, samples, block=BLOCK):
    return np.concatenate([live.process(samples[start : start + block]) for start in range(0, len(samples), block)])


def rms(samples):
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def clicks(places, samples):
    made = np.zeros(samples, np.float32)
    for place in places:
        made[place : place + 32] = 0.8 * np.hanning(32)
    return made


@pytest.fixture(scope="module")
def voice():
    """Two seconds of a melody."""
    return recording(melody, 2.0).samples[0]


class TestBlocks:
    @settings(max_examples=8, deadline=None)
    @given(cuts=st.lists(st.integers(1, 3000), min_size=1, max_size=12), mode=st.sampled_from(MODES))
    def test_the_output_does_not_depend_on_how_the_input_is_cut(self, cuts, mode):
        samples = recording(melody, 2.0).samples[0][:12_000]
        whole = LiveTransfer(recording(rain), RATE_HZ, BLOCK, mode=mode).process(samples)
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK, mode=mode)
        bounds = [0, *[edge for edge in np.cumsum(cuts) if edge < len(samples)], len(samples)]
        parts = [live.process(samples[a:b]) for a, b in itertools.pairwise(bounds)]
        assert [len(part) for part in parts] == np.diff(bounds).tolist()
        assert np.array_equal(np.concatenate(parts), whole)
        assert rms(whole) > 0.001

    @pytest.mark.parametrize("style", [rain, melody])
    def test_the_seed_decides_everything(self, voice, style):
        first, again, other = (
            played(LiveTransfer(recording(style), RATE_HZ, BLOCK, seed=seed), voice) for seed in (3, 3, 4)
        )
        assert np.array_equal(first, again)
        # Nothing is drawn where a melody is played by excerpts.
        assert np.array_equal(first, other) == (style is melody)

    def test_channels_are_mixed_down_and_all_get_the_same(self, voice):
        mono = LiveTransfer(recording(rain), RATE_HZ, BLOCK).process(voice)
        stereo = LiveTransfer(recording(rain), RATE_HZ, BLOCK).process(np.stack([voice, voice]))
        assert stereo.shape == (2, len(voice))
        assert np.array_equal(stereo[0], mono)
        assert np.array_equal(stereo[1], mono)

    def test_an_empty_block_is_answered_by_one(self):
        assert LiveTransfer(recording(rain), RATE_HZ).process(np.zeros(0, np.float32)).shape == (0,)

    def test_memory_does_not_grow(self, voice):
        live = LiveTransfer([recording(rain), recording(melody)], RATE_HZ, BLOCK)
        played(live, voice)
        tracemalloc.start()
        try:
            played(live, voice)
            before = tracemalloc.get_traced_memory()[0]
            played(live, voice)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert grown < 30_000


class TestLatency:
    @pytest.mark.parametrize(("mode", "most_s"), [("default", 0.2), ("fast", 0.06)])
    @pytest.mark.parametrize("rate_hz", [16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
    def test_it_is_within_the_limit_of_the_mode(self, mode, most_s, rate_hz):
        noise = Sound(np.random.default_rng(0).standard_normal((1, rate_hz // 2)).astype(np.float32), rate_hz)
        assert 0 < LiveTransfer(noise, rate_hz, mode=mode).latency_samples <= most_s * rate_hz

    @settings(max_examples=6, deadline=None)
    @given(
        places=st.lists(st.integers(9000, 30_000), min_size=1, max_size=3, unique=True), mode=st.sampled_from(MODES)
    )
    def test_clicks_come_out_that_much_later(self, places, mode):
        apart = [place for n, place in enumerate(sorted(places)) if n == 0 or place - sorted(places)[n - 1] > 6000]
        content = clicks(apart, 42_000)
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK, mode=mode, strength=0.0)
        result = played(live, content)
        delay = live.latency_samples
        for place in apart:
            around = result[place + delay - 2500 : place + delay + 2500] ** 2
            energy = np.convolve(around, np.hanning(RATE_HZ // 100), "same")
            assert abs(int(energy.argmax()) - 2500) < 0.012 * RATE_HZ

    def test_the_dry_signal_is_as_late_as_the_output(self, voice):
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK, mix=0.0)
        result, delay = played(live, voice), live.latency_samples
        np.testing.assert_allclose(result[delay:], voice[:-delay], atol=1e-6)


class TestSafety:
    @settings(max_examples=12, deadline=None)
    @given(
        seed=st.integers(0, 1000),
        gain=st.sampled_from([0.0, 1e-6, 0.1, 1.0, 30.0, 1e30]),
        bad=st.sampled_from([np.nan, np.inf, -np.inf]),
        strength=st.sampled_from([0.0, 0.5, 1.0]),
    )
    def test_nothing_is_ever_louder_than_full_scale(self, seed, gain, bad, strength):
        rng = np.random.default_rng(seed)
        noise = (gain * rng.standard_normal(8000)).astype(np.float32)
        noise[rng.integers(0, 8000, 20)] = bad
        style = melody if seed % 2 else rain
        live = LiveTransfer(recording(style), RATE_HZ, BLOCK, strength=strength, mix=float(rng.random()))
        result = played(live, noise)
        assert np.isfinite(result).all()
        assert np.abs(result).max() <= 1.0
        assert live.meters.repaired >= 1

    def test_a_burst_of_what_is_no_number_leaves_no_trace(self, voice):
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK)
        played(live, np.full(4000, np.nan, np.float32))
        result = played(live, voice)
        assert 0.2 < rms(result[8000:]) / rms(voice[: len(voice) - 8000]) < 4

    @pytest.mark.parametrize("style", [rain, melody])
    def test_silence_is_answered_by_silence(self, voice, style):
        live = LiveTransfer(recording(style), RATE_HZ, BLOCK)
        loud = played(live, voice)
        quiet = played(live, np.zeros(15 * RATE_HZ, np.float32))
        assert rms(loud[RATE_HZ:]) > 0.01
        assert rms(quiet[-RATE_HZ:]) < 1e-3 * rms(loud[RATE_HZ:])
        assert rms(played(LiveTransfer(recording(style), RATE_HZ), np.zeros(RATE_HZ, np.float32))) < 1e-6

    def test_a_voice_after_a_long_murmur_is_not_swallowed(self, voice):
        murmur = (3e-4 * np.random.default_rng(0).standard_normal(20 * RATE_HZ)).astype(np.float32)
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK)
        late = np.pad(np.concatenate([murmur, voice]), (0, live.latency_samples))
        result = played(live, late)[live.latency_samples + len(murmur) :]
        first = slice(0, RATE_HZ // 4)
        assert 0.5 < rms(result[first]) / rms(voice[first]) < 1.5

    def test_feedback_is_turned_down_and_said(self):
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK)
        rng, out, levels = np.random.default_rng(0), np.zeros(BLOCK, np.float32), []
        for _ in range(8 * RATE_HZ // BLOCK):
            heard = 0.003 * rng.standard_normal(BLOCK).astype(np.float32) + 2.5 * out
            out = live.process(np.clip(heard, -1, 1))
            levels.append((rms(out), live.meters.is_ducking))
        assert live.meters.ducked >= 1
        assert any(ducking for _, ducking in levels)
        ducked = [level for level, ducking in levels if ducking]
        assert min(ducked) < 0.1 * max(level for level, _ in levels)

    def test_a_loud_tune_is_no_feedback(self, voice):
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK)
        played(live, voice / np.abs(voice).max())
        assert live.meters.ducked == 0


class TestControls:
    def test_another_style_comes_in_within_a_tenth_of_a_second_without_a_gap(self):
        tone = 0.05 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE_HZ) / RATE_HZ).astype(np.float32)
        low = Sound(0.02 * np.cumsum(rain(RATE_HZ, 1.5, 0), 1), RATE_HZ)
        live = LiveTransfer([low, recording(fire)], RATE_HZ, BLOCK, weights=[1, 0], strength=0.8)
        played(live, tone[: 2 * RATE_HZ])
        alone = LiveTransfer(recording(fire), RATE_HZ, BLOCK, strength=0.8, seed=1)
        played(alone, tone[: 2 * RATE_HZ])
        live.weights = [0, 1]
        later, as_if = played(live, tone[: RATE_HZ // 2]), played(alone, tone[: RATE_HZ // 2])
        settled = round(0.1 * RATE_HZ)
        np.testing.assert_allclose(later[settled:], as_if[settled:], atol=1e-3)
        levels = [rms(later[start : start + 220]) for start in range(0, RATE_HZ // 4, 220)]
        assert min(levels) > 0.1 * np.median(levels)

    def test_what_is_frozen_goes_on_without_an_input(self, voice):
        live = LiveTransfer(recording(rain), RATE_HZ, BLOCK, strength=0.2)
        played(live, voice[:RATE_HZ])
        live.freeze = True
        held = played(live, np.zeros(3 * RATE_HZ, np.float32))
        assert live.freeze
        assert rms(held[-RATE_HZ:]) > 0.01
        live.freeze = False
        assert rms(played(live, np.zeros(12 * RATE_HZ, np.float32))[-RATE_HZ:]) < 1e-4

    def test_more_strength_leaves_less_of_the_melody(self, voice):
        def likeness(strength):
            live = LiveTransfer(recording(rain), RATE_HZ, BLOCK, strength=strength)
            result = played(live, np.pad(voice, (0, live.latency_samples)))[live.latency_samples :]
            spectra = [
                np.abs(np.fft.rfft(one[RATE_HZ // 2 :][:16384] * np.hanning(16384))) for one in (voice, result)
            ]
            return float(np.corrcoef(*spectra)[0, 1])

        weak, middle, strong = map(likeness, (0.1, 0.6, 1.0))
        assert weak > middle > strong
        assert weak > 0.4

    def test_a_style_of_notes_is_told_from_one_of_noise(self):
        live = LiveTransfer([recording(melody, 3.0), recording(rain)], RATE_HZ)
        assert live.is_pitched == (True, False)

    def test_settings_can_be_read_back(self):
        live = LiveTransfer([recording(rain), recording(fire)], RATE_HZ, weights=[3, 1])
        live.strength, live.mix = 0.25, 0.5
        assert (live.strength, live.mix, live.weights) == (0.25, 0.5, (0.75, 0.25))
        assert live.rate_hz == RATE_HZ


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"strength": 1.5}, "strength must be between 0 and 1, not 1.5"),
            ({"mix": -0.1}, "mix must be between 0 and 1"),
            ({"weights": [1, 2]}, "2 weights do not fit 1 style"),
            ({"weights": [0.0]}, "not all 0"),
            ({"weights": [float("nan")]}, "weights must be 0 or more"),
            ({"mode": "slow"}, "the mode must be one of default, fast, not slow"),
            ({"block": 0}, "block must be between 1 and 16384 samples, not 0"),
            ({"rate_hz": 8000}, "live rates must be between 16000 and 96000 Hz, not 8000 Hz"),
        ],
    )
    def test_settings_outside_their_range(self, options, sentence):
        with pytest.raises(UsageError, match=sentence):
            LiveTransfer(recording(rain), **{"rate_hz": RATE_HZ, **options})

    def test_styles_that_cannot_be_used(self):
        with pytest.raises(InputError, match="style 1 is silent"):
            LiveTransfer(Sound(np.zeros((1, RATE_HZ), np.float32), RATE_HZ), RATE_HZ)
        with pytest.raises(InputError, match="style 2 lasts 0"):
            LiveTransfer([recording(rain), recording(rain).trimmed(0.1)], RATE_HZ)
        with pytest.raises(UsageError, match="1 to 8 styles, not 0"):
            LiveTransfer([], RATE_HZ)

    @pytest.mark.parametrize("block", [np.zeros((1, 2, 3), np.float32), np.zeros(5, np.int16)])
    def test_blocks_that_are_no_samples(self, block):
        with pytest.raises(UsageError, match="floating-point samples"):
            LiveTransfer(recording(rain), RATE_HZ).process(block)

    def test_it_is_exported(self):
        assert gramophone.LiveTransfer is LiveTransfer
