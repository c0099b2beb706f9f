import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.errors import InputError, UsageError
from gramophone.presets import preset
from gramophone.synthesis import representative, texture
from gramophone.synthesis.learn_style import Recording

RATE_HZ = 8000


def tone(hz, seconds, rate_hz=RATE_HZ, channels=1):
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = 0.3 * np.sin(2 * np.pi * hz * times_s)
    return Sound(np.repeat(wave[None], channels, axis=0), rate_hz)


def noise(seconds, rate_hz=RATE_HZ, seed=0):
    samples = 0.1 * np.random.default_rng(seed).standard_normal((1, round(seconds * rate_hz)))
    return Sound(samples, rate_hz)


def silence(seconds, rate_hz=RATE_HZ):
    return Sound(np.zeros((1, round(seconds * rate_hz)), np.float32), rate_hz)


def after_each_other(*sounds):
    return Sound(np.concatenate([sound.samples for sound in sounds], axis=1), sounds[0].rate_hz)


def learn(*sounds, keep_s=2.0, **limits):
    recordings = [Recording(f"{place}.wav", f"number {place}", [sound]) for place, sound in enumerate(sounds)]
    return representative(recordings, keep_s, **limits)


def places(style):
    return [(one.source, one.start_s, one.duration_s) for one in style.provenance.excerpts]


class TestWholeRecordings:
    def test_what_fits_is_kept_as_it_is(self):
        sound = noise(1.97)
        style = learn(sound)
        assert style.samples.tobytes() == sound.samples.tobytes()
        assert places(style) == [(0, 0.0, pytest.approx(1.97))]
        assert (style.provenance.choice.method, style.provenance.choice.distance) == ("all", 0.0)

    def test_recordings_that_fit_follow_each_other(self):
        one, other = noise(0.8), noise(0.9, seed=1)
        style = learn(one, other)
        fade = RATE_HZ // 100
        np.testing.assert_array_equal(style.samples[:, : 6400 - fade], one.samples[:, :-fade])
        np.testing.assert_array_equal(style.samples[:, 6400:], other.samples[:, fade:])
        assert [excerpt[0] for excerpt in places(style)] == [0, 1]
        assert [source.duration_s for source in style.provenance.sources] == [0.8, 0.9]


class TestExcerpts:
    def test_every_kind_of_sound_gets_its_share(self):
        sound = after_each_other(tone(300, 8), noise(4), tone(1500, 4))
        style = learn(sound, keep_s=4.0)
        share = np.zeros(3)
        for _, start_s, duration_s in places(style):
            share[0 if start_s < 8 else 1 if start_s < 12 else 2] += duration_s
        assert share.tolist() == [2, 1, 1]
        choice = style.provenance.choice
        assert choice.method == "herding"
        assert choice.distance < choice.random_distance / 3

    def test_neighbours_stay_joined(self):
        sound = noise(6)
        style = learn(sound, keep_s=5.0)
        at = 0
        fade = round(RATE_HZ * 0.01)
        for _, start_s, duration_s in places(style):
            start, length = round(start_s * RATE_HZ), round(duration_s * RATE_HZ)
            inside = slice(at + fade, at + length - fade)
            np.testing.assert_array_equal(
                style.samples[:, inside], sound.samples[:, start + fade : start + length - fade]
            )
            at += length - fade
        assert len(places(style)) <= 2
        assert sum(duration_s for _, _, duration_s in places(style)) == pytest.approx(5.0)

    @pytest.mark.parametrize("keep_s", [1.0, 2.3, 3.0])
    def test_never_longer_than_asked_and_nearly_as_long(self, keep_s):
        style = learn(noise(7.7), noise(3.1, seed=1), keep_s=keep_s)
        assert 0.7 * keep_s < style.duration_s <= keep_s

    def test_silence_in_between_has_no_say(self):
        style = learn(after_each_other(silence(3), noise(2.5), silence(3)), keep_s=2.0)
        assert all(start_s >= 3 and start_s + duration_s <= 5.5 for _, start_s, duration_s in places(style))

    def test_a_long_recording_is_looked_at_all_over(self):
        kinds = [tone(300, 15), noise(15), tone(1500, 15), tone(700, 15)]
        style = learn(after_each_other(*kinds), keep_s=4.0, most_pieces=16)
        assert style.provenance.choice.candidates <= 16
        assert sorted(int(start_s // 15) for _, start_s, _ in places(style)) == [0, 1, 2, 3]


class TestRatesAndChannels:
    def test_the_highest_rate_and_the_most_channels(self):
        style = learn(tone(300, 1.5, 8000), tone(1000, 1.5, 16000), tone(500, 1.5, 11025, channels=2), keep_s=3.0)
        assert (style.rate_hz, style.channels) == (16000, 2)
        assert {source for source, _, _ in places(style)} == {0, 1, 2}
        spectrum = np.abs(np.fft.rfft(style.samples[0]))
        loud_hz = np.flatnonzero(spectrum > 0.2 * spectrum.max()) / style.duration_s
        assert all(min(abs(hz - pure) for pure in (300, 500, 1000)) < 20 for hz in loud_hz)


class TestBlocks:
    def test_blocks_make_no_difference(self):
        sound = noise(5.3)
        parts = np.split(sound.samples, [7, 900, 20_000, 20_001], axis=1)
        blocks = (Sound(part, RATE_HZ) for part in parts)
        one, other = learn(sound), representative([Recording("0.wav", "x", blocks)], 2.0)
        assert one.samples.tobytes() == other.samples.tobytes()
        assert one.provenance == other.provenance


class TestUseInTexture:
    def test_a_style_is_a_style_for_a_texture(self):
        style = learn(noise(3), keep_s=1.0)
        task = texture([style], preset("infinite", "texture", iterations=1), duration_s=0.4)
        next(iter(task))
        assert task.finish().sound.rate_hz == RATE_HZ


class TestRefusals:
    def test_what_cannot_be_learned_from(self):
        with pytest.raises(InputError, match=r"number 1 is silent; give a recording with sound in it"):
            learn(noise(3), silence(3))
        with pytest.raises(InputError, match=r"number 0 lasts 0\.150 s; at least 0\.2 s are needed"):
            learn(noise(0.15))
        with pytest.raises(InputError, match=r"number 0 lasts 0\.000 s"):
            representative([Recording("a", "number 0", [])])
        with pytest.raises(UsageError, match="no recording"):
            representative([])

    @pytest.mark.parametrize("keep_s", [0.99, 300.1, float("nan"), float("inf"), -1.0])
    def test_lengths_that_cannot_be_kept(self, keep_s):
        with pytest.raises(UsageError, match="give 1 to 300 s"):
            learn(noise(3), keep_s=keep_s)
