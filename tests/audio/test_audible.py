"""What nobody hears does not count: offsets, drift, pilot tones; and what is heard is left as it is."""

import warnings

import numpy as np
import pytest
import soundfile

import gramophone as gp
from gramophone.audio import InaudibleWarning, Sound, Style, audible, rms_db
from gramophone.audio.audible import inaudible, without_inaudible
from gramophone.audio.sound import Excerpt, Provenance, Selection, StyleSource
from gramophone.errors import InputError
from gramophone.evaluation import evaluate

RATE_HZ = 22_050


def rain(seconds=1.0, seed=0, rate_hz=RATE_HZ, channels=1):
    return (0.05 * np.random.default_rng(seed).standard_normal((channels, round(seconds * rate_hz)))).astype(
        np.float32
    )


def voice(seconds=1.0, rate_hz=RATE_HZ):
    """A tone of 300 Hz with harmonics, loud and quiet in turn."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = sum(np.sin(2 * np.pi * 300 * n * time_s) / n for n in range(1, 9))
    return (0.05 * tone * (0.02 + (np.sin(2 * np.pi * 4 * time_s) > 0)))[None].astype(np.float32)


def offset(samples, rate_hz):
    del rate_hz
    return np.full(samples.shape[1], 0.05)


def drift(samples, rate_hz):
    del rate_hz
    return np.linspace(-0.2, 0.3, samples.shape[1])


def rumble(samples, rate_hz):
    return 0.2 * np.sin(2 * np.pi * 7 * np.arange(samples.shape[1]) / rate_hz)


def pilot(samples, rate_hz):
    return 0.2 * np.sin(2 * np.pi * 22_000 * np.arange(samples.shape[1]) / rate_hz)


def energies(samples, rate_hz, width_s=0.05):
    width = round(width_s * rate_hz)
    mono = samples.mean(0)[: samples.shape[1] // width * width].reshape(-1, width)
    return 10 * np.log10(np.square(mono - mono.mean(1, keepdims=True)).mean(1) + 1e-9)


@pytest.mark.survives("inaudible parts")
class TestRemoval:
    @pytest.mark.parametrize(
        ("made", "rate_hz"), [(offset, 22_050), (drift, 22_050), (rumble, 22_050), (pilot, 48_000)]
    )
    @pytest.mark.parametrize("source", [voice, rain])
    def test_only_what_nobody_hears_is_removed(self, made, rate_hz, source):
        clean = source(1.0, rate_hz=rate_hz)
        if made is pilot and source is rain:  # what is removed takes the noise above 20 kHz along
            clean = without_inaudible(Sound(clean + 2 * pilot(clean, rate_hz).astype(np.float32), rate_hz)).samples
        spoiled = Sound((clean + made(clean, rate_hz)).astype(np.float32), rate_hz)
        found, said = audible(spoiled, "voice.wav")
        assert said.startswith("voice.wav is used without")
        assert ("above 20 kHz" if made is pilot else "below 20 Hz") in said
        error_db = rms_db(found.samples - clean) - rms_db(clean)
        assert error_db < (-12 if source is rain else -30)
        assert audible(found, "it") == (found, None)  # once is enough

    @pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
    def test_noise_tones_and_clicks_are_left_alone(self, rate_hz):
        time_s = np.arange(rate_hz // 2) / rate_hz
        click = np.eye(1, len(time_s), 999)
        for samples in (rain(0.5, rate_hz=rate_hz), np.sin(2 * np.pi * 31 * time_s)[None], click, 0 * click):
            sound = Sound(samples.astype(np.float32), rate_hz)
            assert audible(sound, "it") == (sound, None)
            assert without_inaudible(sound) is sound

    def test_figures(self):
        tone = np.sin(2 * np.pi * 1000 * np.arange(96_000) / 48_000)
        high = np.sin(2 * np.pi * 22_000 * np.arange(96_000) / 48_000)
        found = inaudible(Sound((0.1 * tone + 0.1 + 0.1 * high)[None].astype(np.float32), 48_000))
        assert found.low_db == pytest.approx(10 * np.log10(2), abs=0.05)  # an offset has twice the power of a tone
        assert found.high_db == pytest.approx(0, abs=0.1)
        assert found.audible_db == pytest.approx(10 * np.log10(1 / 4), abs=0.1)
        assert found.high_density == pytest.approx(19_980 / 4000, rel=0.05)

    @pytest.mark.parametrize(
        "samples",
        [
            np.full(48_000, 0.5),
            np.full(48_000, -1e-3),
            pilot(np.zeros((1, 48_000)), 48_000),
            np.linspace(0, 1, 48_000),
        ],
        ids=["offset", "small offset", "pilot", "drift"],
    )
    def test_a_recording_of_nothing_else_is_refused(self, samples):
        with pytest.raises(InputError, match="it is silent between 20 Hz and 20 kHz"):
            audible(Sound(samples[None].astype(np.float32), 48_000), "it")

    def test_a_style_stays_one(self):
        origin = Provenance(
            (StyleSource("a", None, 1.0),), (Excerpt(0, 0.0, 1.0),), Selection("all", 1, 0.0, 0.0), "1"
        )
        found, said = audible(Style(rain() + np.float32(0.2), RATE_HZ, origin), "it")
        assert isinstance(found, Style)
        assert found.provenance is origin
        assert said


@pytest.mark.survives("inaudible parts")
class TestTasks:
    @pytest.mark.parametrize(("content", "style"), [(0.01, 0), (0.05, 0), (0, 0.05), (0.05, 0.05)])
    def test_transfers_do_not_depend_on_offsets(self, content, style):
        clean = gp.transfer(Sound(voice(2), RATE_HZ), Sound(rain(2), RATE_HZ), keep="words", iterations=2).sound
        with pytest.warns(InaudibleWarning, match="is used without its offset"):
            made = gp.transfer(
                Sound(voice(2) + np.float32(content), RATE_HZ),
                Sound(rain(2, seed=0) + np.float32(style), RATE_HZ),
                keep="words",
                iterations=2,
            ).sound
        assert rms_db(made.samples) == pytest.approx(rms_db(clean.samples), abs=0.5)
        spread, expected = (energies(one.samples, RATE_HZ).std() for one in (made, clean))
        assert spread == pytest.approx(expected, abs=0.5)
        assert inaudible(made).low_db < -20

    def test_a_texture_does_not_depend_on_an_offset(self):
        with pytest.warns(InaudibleWarning, match="the style is used without"):
            made = gp.texture(Sound(rain() + np.float32(0.1), RATE_HZ), duration_s=0.2, iterations=1).sound
        assert rms_db(made.samples) == pytest.approx(rms_db(rain()), abs=1.5)

    def test_an_offset_alone_is_no_sound(self):
        constant = Sound(np.full((1, RATE_HZ), 0.5, np.float32), RATE_HZ)
        with pytest.raises(InputError, match="the style is silent between 20 Hz"):
            gp.texture(constant)
        with pytest.raises(InputError, match="the content is silent between 20 Hz"):
            gp.transfer(constant, Sound(rain(), RATE_HZ))
        with pytest.raises(InputError, match="style is silent between 20 Hz"):
            gp.learn_style(constant)
        with pytest.raises(InputError, match="the result is silent between 20 Hz"):
            evaluate(Sound(rain(), RATE_HZ), constant)

    def test_evaluations_hear_what_listeners_hear(self):
        sounds = [Sound(rain(2, seed), RATE_HZ) for seed in range(2)]
        clean = evaluate(*sounds)
        spoiled = evaluate(sounds[0], Sound(sounds[1].samples + np.float32(0.1), RATE_HZ))
        assert "the result is used without its offset" in spoiled.notes[0]
        assert spoiled["unseen_style_distance"].value == pytest.approx(clean["unseen_style_distance"].value, rel=0.05)


def test_files_name_the_file(tmp_path):
    from gramophone.runs.inputs import load_audible

    soundfile.write(tmp_path / "a.wav", (rain() + 0.1).T, RATE_HZ)
    said = []
    sound = load_audible(tmp_path / "a.wav", said.append)
    assert abs(sound.samples.mean()) < 1e-3
    what = "its offset and what lies below 20 Hz (+6 dB relative to the rest)"
    assert said == [f"{tmp_path}/a.wav is used without {what}, which nobody hears"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gp.texture(sound, duration_s=0.2, iterations=1).sound.duration_s == 0.2  # and is not told again


@pytest.mark.survives("inaudible parts")
def test_live_input_has_no_offset():
    clean = gp.LiveTransfer(Sound(rain(2), RATE_HZ), RATE_HZ, 512)
    spoiled = gp.LiveTransfer(Sound(rain(2), RATE_HZ), RATE_HZ, 512)
    blocks = np.split(voice(4)[0][: 512 * 160], 160)
    one = np.concatenate([clean.process(block) for block in blocks])
    other = np.concatenate([spoiled.process(block + np.float32(0.05)) for block in blocks])
    known = (
        2 * RATE_HZ
    )  # an offset is one when it has stayed for a while, and what it was taken for is forgotten then
    one, other = one[None, known:], other[None, known:]
    assert rms_db(other) == pytest.approx(rms_db(one), abs=0.5)
    np.testing.assert_allclose(energies(other, RATE_HZ), energies(one, RATE_HZ), atol=3)
