import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.condition import (
    Condition,
    Weights,
    analyse,
    auto_keep,
    parse_keep,
    successive_pitch_likeness,
    traits_of,
    weights_of,
)
from gramophone.condition.keep import condition_weight, pitch_weight
from gramophone.condition.pitch import log_frequency_magnitudes, pitch_features, unit
from gramophone.condition.traits import Traits
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import rain
from gramophone.errors import UsageError

RATE_HZ = 22050
TIME_S = torch.arange(RATE_HZ) / RATE_HZ


def note(hz, tilt=1.0, seconds=1.0):
    time = torch.arange(round(seconds * RATE_HZ)) / RATE_HZ
    partials = [torch.sin(2 * torch.pi * hz * n * time) / n**tilt for n in range(1, 9) if hz * n < RATE_HZ / 2]
    return torch.stack(partials).sum(0)


def middle(waveform):
    features = pitch_features(log_frequency_magnitudes(waveform, RATE_HZ, 512))
    return unit(features)[:, 20]


class TestPitchFeatures:
    @pytest.mark.parametrize("hz", [110.0, 440.0, 1000.0])
    def test_a_partial_lies_at_its_log_frequency(self, hz):
        magnitudes = log_frequency_magnitudes(torch.sin(2 * torch.pi * hz * TIME_S), RATE_HZ, 512)
        assert magnitudes.shape == (252, RATE_HZ // 512 + 1)
        assert abs(int(magnitudes[:, 20].argmax()) - 36 * np.log2(hz / 55)) <= 0.6

    def test_pitch_features_know_the_note_and_not_the_timbre(self):
        same = float(middle(note(220.0, 0.5)) @ middle(note(220.0, 2.0)))
        other = float(middle(note(220.0, 1.0)) @ middle(note(220.0 * 2 ** (2 / 12), 1.0)))
        assert same > 0.75
        assert other < 0.3

    def test_pitch_features_do_not_depend_on_the_level(self):
        torch.testing.assert_close(middle(note(330.0)), middle(1e-4 * note(330.0)), rtol=1e-3, atol=1e-4)


class TestAnalysis:
    def test_silence_has_finite_features(self):
        heard = analyse(torch.zeros(1, RATE_HZ), RATE_HZ)
        for values in (heard.pitch, heard.envelope, heard.energy, heard.onset, heard.shape, heard.loudness):
            assert torch.isfinite(values).all()
        assert not heard.pitch.any()
        assert auto_keep(traits_of(heard)) == {"rhythm"}

    @pytest.mark.parametrize("rate_hz", [16000, 44100])
    def test_frames_do_not_depend_on_the_rate(self, rate_hz):
        wave = torch.sin(2 * torch.pi * 440 * torch.arange(2 * rate_hz) / rate_hz)[None].repeat(2, 1)
        heard = analyse(wave, rate_hz)
        assert abs(heard.frames - 2 * RATE_HZ // 512 - 1) <= 1
        assert abs(int(heard.magnitudes[:, 40].argmax()) - 108) <= 1

    def test_channels_in_opposite_phase_are_heard(self):
        wave = note(440.0)
        assert float(analyse(torch.stack([wave, -wave]), RATE_HZ).energy.max()) > 1


class TestAutoKeep:
    def test_what_a_content_has(self):
        tune = torch.cat([note(hz, seconds=0.5) for hz in (262.0, 330.0, 392.0, 523.0, 392.0, 330.0)])[None]
        phrase = torch.from_numpy(spoken_phrase(RATE_HZ, 4.0, 0)).float().reshape(1, -1)
        noise = torch.from_numpy(rain(RATE_HZ, 4.0, 0)).float().reshape(1, -1)
        assert auto_keep(traits_of(analyse(tune, RATE_HZ))) == {"melody", "rhythm"}
        assert "words" in auto_keep(traits_of(analyse(phrase, RATE_HZ)))
        assert auto_keep(traits_of(analyse(noise, RATE_HZ))) == {"rhythm"}

    def test_tuned_drums_are_no_voice(self):
        speaking = Traits(stable_pitch=0.2, speech=0.9)
        assert auto_keep(speaking) == {"words", "rhythm"}
        assert auto_keep(speaking, is_struck=True) == {"rhythm"}

    def test_drawn_out_vowels_are_no_melody(self):
        assert auto_keep(Traits(stable_pitch=0.6, speech=0.6)) == {"words", "rhythm"}

    def test_strokes_of_one_pitch_are_no_melody(self):
        ringing = Traits(stable_pitch=0.9, speech=0.0)
        assert auto_keep(ringing) == {"melody", "rhythm"}
        assert auto_keep(ringing, has_one_pitch=True) == {"rhythm"}


class TestWeights:
    @given(st.floats(0, 0.99), st.sets(st.sampled_from(["melody", "words", "rhythm"]), min_size=1))
    def test_weights_fall_with_strength(self, strength, keep):
        lower, higher = weights_of(keep, strength), weights_of(keep, min(1.0, strength + 0.01))
        for name in ("pitch", "envelope", "loudness", "onset"):
            assert 0 <= getattr(higher, name) <= getattr(lower, name) <= 1
        assert condition_weight(strength) - condition_weight(strength + 0.01) < 0.05
        assert pitch_weight(strength) - pitch_weight(strength + 0.01) < 0.06

    def test_the_ends_of_the_dial(self):
        assert weights_of(["melody", "rhythm"], 0.1) == weights_of(["melody", "rhythm"], 0.3)
        assert weights_of(["melody", "words", "rhythm"], 1.0) == Weights(0, 0, 0, 0)


class TestCondition:
    def test_moments_are_alike_by_their_pitch(self):
        tune = torch.cat([note(hz, seconds=0.6) for hz in (262.0, 370.0, 262.0)])[None]
        factors = Condition(analyse(tune, RATE_HZ), weights_of(["melody"], 0.3)).factors()
        likeness = factors @ factors.T
        first, second, third = 12, 38, 64
        assert float(likeness[first, third]) > 0.5
        assert float(likeness[first, second]) < 0.2
        assert float((likeness.diagonal() - 1).abs().max()) < 0.05

    def test_without_weights_all_moments_are_alike(self):
        condition = Condition(analyse(note(300.0)[None], RATE_HZ), Weights(0, 0, 0, 0))
        factors = condition.factors()
        torch.testing.assert_close(factors @ factors.T, torch.ones(44, 44))


class TestSuccessivePitchLikeness:
    def test_without_two_strokes_there_is_nothing_to_compare(self):
        heard = analyse(note(440.0)[None], RATE_HZ)
        assert successive_pitch_likeness(heard, []) == successive_pitch_likeness(heard, [0.1]) == 0

    def test_strokes_are_compared_with_those_before(self):
        def likeness(*tones_hz):
            tune = torch.cat([note(hz, seconds=0.4) for hz in tones_hz])[None]
            return successive_pitch_likeness(analyse(tune, RATE_HZ), [0.4 * n for n in range(len(tones_hz))])

        assert likeness(220.0, 220.0, 220.0) > 0.9
        assert likeness(220.0, 311.0, 247.0) < 0.3
        assert likeness(220.0) == 0.0


class TestParseKeep:
    def test_names_of_what_is_kept(self):
        assert parse_keep(["auto"]) is None
        assert parse_keep(["all"]) == {"melody", "words", "rhythm"}
        assert parse_keep(["melody", "rhythm"]) == {"melody", "rhythm"}
        for wrong in (["auto", "melody"], ["pitch"], []):
            with pytest.raises(UsageError, match="keep must be auto, all, or some of melody, words, rhythm"):
                parse_keep(wrong)
        with pytest.raises(UsageError, match=r"strength must be between 0 and 1, not 1\.3"):
            weights_of(["melody"], 1.3)
