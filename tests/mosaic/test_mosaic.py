import numpy as np
import pytest
import torch

from gramophone.condition import Condition, analyse, weights_of
from gramophone.demo.textures import rain
from gramophone.errors import InputError
from gramophone.mosaic import ChoiceSettings, Run, choose, play_strokes, render, strokes_of, style_states
from gramophone.mosaic.long_term_spectrum import match_spectrum
from gramophone.mosaic.runs import runs_of
from gramophone.mosaic.strokes import assigned, is_percussive

RATE_HZ = 22050
HOP_S = 512 / 22050


def note(hz, seconds=0.6, rate_hz=RATE_HZ):
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    envelope = np.minimum(1, time / 0.01) * np.exp(-1.5 * time)
    return sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 7)) * envelope


def tune(semitones, seconds=0.6):
    return np.concatenate([note(220 * 2 ** (k / 12), seconds) for k in semitones]).astype(np.float32)


def played(content, style, keep=("melody", "rhythm"), range_semitones=5, strength=0.3, **settings):
    condition = Condition(analyse(torch.from_numpy(content)[None], RATE_HZ), weights_of(keep, strength))
    states = style_states([analyse(torch.from_numpy(style)[None], RATE_HZ)], range_semitones)
    choice = choose(condition, states, ChoiceSettings(**settings))
    runs = [runs_of(voice, choice, states, condition) for voice in choice.voices]
    return render(runs, [style[None]], RATE_HZ, len(content))[0], choice, states


def frequency(signal):
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), 1 << 18))
    return spectrum.argmax() * RATE_HZ / (1 << 18)


def drums(kinds, gap_s=0.3, seed=0):
    """Kinds: `l` is a decaying low tone, `h` a decaying burst of noise."""
    rng = np.random.default_rng(seed)
    hit = round(gap_s * RATE_HZ)
    time = np.arange(hit) / RATE_HZ
    low = np.sin(2 * np.pi * 90 * time) * np.exp(-25 * time)
    parts = [low if kind == "l" else np.diff(rng.standard_normal(hit + 1)) * np.exp(-40 * time) for kind in kinds]
    return np.concatenate([np.zeros(2000), *parts]).astype(np.float32)


class TestChoice:
    def test_a_sound_carries_itself_without_transposition(self):
        sound = tune([0, 4, 7, 2])
        result, choice, states = played(sound, sound)
        path = choice.voices[0].states
        assert (states.semitones[path] == 0).mean() > 0.9
        assert choice.octave == 0
        assert choice.coverage.pitch > 0.95
        assert np.corrcoef(result, sound)[0, 1] > 0.9

    def test_the_notes_asked_for_are_played_in_tune(self):
        content = tune([1, 6, 3, 8])
        result, choice, _ = played(content, tune([0, 5, 10, 2]))
        assert choice.coverage.pitch > 0.9
        for place, semitones in enumerate([1, 6, 3, 8]):
            start = round((0.6 * place + 0.15) * RATE_HZ)
            found = frequency(result[start : start + 8192])
            partial = max(1, round(found / (220 * 2 ** (semitones / 12))))
            cents = 1200 * np.log2(found / partial / (220 * 2 ** (semitones / 12)))
            assert abs(cents) < 20

    def test_the_octave_is_found_or_given(self):
        content, style = tune([0, 4, 7, 2]), tune([24, 28, 31, 26])
        assert played(content, style, range_semitones=3)[1].octave == 2
        assert played(content, style, range_semitones=3, octave=1)[1].octave == 1

    def test_a_style_without_pitch_says_so(self):
        noise = rain(RATE_HZ, 2.0, 0).astype(np.float32).reshape(-1)
        choice = played(tune([0, 4, 7, 2]), noise)[1]
        assert choice.coverage.pitch < 0.5
        assert "its nearest play the others" in choice.coverage.sentence()
        assert "the melody stays as rhythm only" in choice.coverage.sentence(stays_as_rhythm=True)


class TestRendering:
    def test_a_single_run_is_the_style_itself(self):
        rng = np.random.default_rng(0)
        style = rng.standard_normal((2, RATE_HZ)).astype(np.float32)
        run = Run(0, 30, 0, 0, 5, np.zeros(30), np.ones(30))
        line = render([[run]], [style], RATE_HZ, 15000)
        inside = slice(1024, 14000)
        shift = 5 * 512
        np.testing.assert_allclose(line[:, inside], style[:, inside.start + shift : inside.stop + shift], atol=1e-4)

    @pytest.mark.parametrize(("semitones", "detune"), [(7, 0.0), (-5, 0.0), (0, 0.04), (3, -0.03)])
    def test_runs_are_transposed(self, semitones, detune):
        style = np.sin(2 * np.pi * 440 * np.arange(2 * RATE_HZ) / RATE_HZ).astype(np.float32)[None]
        run = Run(2, 25, 0, semitones, 3, np.full(25, detune), np.ones(25))
        line = render([[run]], [style], RATE_HZ, 16000)[0]
        assert frequency(line[3000:13000]) == pytest.approx(440 * 2 ** (semitones / 12 + detune), rel=1e-3)


class TestSpectrumMatching:
    def test_colour_comes_nearer_to_the_style(self):
        rng = np.random.default_rng(0)
        white = torch.from_numpy(rng.standard_normal((1, RATE_HZ))).float()
        dull = torch.nn.functional.conv1d(white[None], torch.ones(1, 1, 4) / 4, padding=2)[0, :, :RATE_HZ]
        result = match_spectrum(white, [dull], [1.0], RATE_HZ)

        def tilt(wave):
            power = torch.fft.rfft(wave[0]).abs().square()
            return float((power[len(power) // 4 :].sum() / power.sum()).log())

        assert tilt(dull) < tilt(result) < tilt(white) - 0.3
        torch.testing.assert_close(match_spectrum(dull, [dull], [1.0], RATE_HZ), dull, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(match_spectrum(white, [1e-3 * dull, 0 * dull], [0.3, 0.7], RATE_HZ), result)
        silence = torch.zeros(1, RATE_HZ)
        assert torch.equal(match_spectrum(silence, [dull], [1.0], RATE_HZ), silence)


class TestStrokes:
    def test_strokes_are_found_where_they_are(self):
        found = strokes_of(drums("lhlhhl")[None], RATE_HZ)
        starts = (np.array([stroke.start for stroke in found]) - 2000) / RATE_HZ
        np.testing.assert_allclose(starts, np.arange(6) * 0.3, atol=0.012)
        assert is_percussive(found, 1.9)
        assert not is_percussive(strokes_of(rain(RATE_HZ, 2.0, 0).astype(np.float32).reshape(1, -1), RATE_HZ), 2.0)
        assert strokes_of(np.zeros((1, RATE_HZ), np.float32), RATE_HZ) == []

    def test_strokes_of_channels_in_opposite_phase_are_found(self):
        mono = drums("lhlhhl")
        found = strokes_of(np.stack([mono, -mono]), RATE_HZ)
        assert [stroke.start for stroke in found] == [stroke.start for stroke in strokes_of(mono[None], RATE_HZ)]

    def test_low_strokes_play_low_and_high_ones_high(self):
        content, style = drums("lhllhh"), drums("hhllhl", seed=1)
        asked, have = strokes_of(content[None], RATE_HZ), strokes_of(style[None], RATE_HZ)
        chosen = assigned(asked, have)
        assert "".join("hhllhl"[number] for number in chosen) == "lhllhh"
        result = play_strokes(asked, have, style[None], RATE_HZ, len(content))[0]
        again = strokes_of(result[None], RATE_HZ)
        np.testing.assert_allclose([s.start for s in again], [s.start for s in asked], atol=0.02 * RATE_HZ)


class TestSilence:
    @pytest.mark.parametrize("hole", [slice(8000, 20000), slice(0, 3000)])
    def test_silence_within_a_style_makes_no_burst(self, hole):
        content, style = tune([0, 4, 7, 2]), tune([0, 5, 10, 2])
        style[hole] = 0
        result = played(content, style)[0]
        assert np.isfinite(result).all()
        assert 0.1 < np.abs(result).max() / np.abs(content).max() < 3

    def test_a_style_of_silence_is_refused(self):
        with pytest.raises(InputError, match="every style is silent"):
            style_states([analyse(torch.zeros(1, RATE_HZ), RATE_HZ)], 2)
