import numpy as np
import pytest
import torch

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError, UsageError
from gramophone.metrics.harmony import Harmony
from gramophone.metrics.mixture import spectrum_distance_db
from gramophone.spectral import Stft
from gramophone.synthesis.carrier_stage import bed_db, bound_weight, carrier_stage, with_own_phase
from gramophone.synthesis.conditional import CoreSettings, StyleSet, free_weight, kernel_stage, mosaic_of
from gramophone.synthesis.core import transfer_core

RATE_HZ = 22050
SHORT = CoreSettings(range_semitones=5, iterations=3, phase_rounds=2)


def note(hz, seconds, rate_hz=RATE_HZ):
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 6)) * np.exp(-time)


def tune(semitones, seconds=0.5, rate_hz=RATE_HZ, channels=1):
    notes = [note(220 * 2 ** (k / 12), seconds, rate_hz) for k in semitones]
    return torch.from_numpy(np.concatenate(notes)).float().repeat(channels, 1)


def texture(make, seconds=2.0):
    return torch.from_numpy(make(RATE_HZ, seconds, 0)).float().reshape(1, -1)


MELODY = frozenset({"melody", "rhythm"})
CONTENT, STYLE = tune([1, 6, 3, 8]), tune([0, 5, 10, 2])


def envelope_correlation(a, b):
    levels = [
        torch.nn.functional.avg_pool1d(x.square().mean(0)[None, None], 512).add(1e-6).log()[0, 0] for x in (a, b)
    ]
    return float(torch.corrcoef(torch.stack(levels))[0, 1])


def correlation(a, b):
    return float(torch.corrcoef(torch.cat([a, b]))[0, 1])


def spectrum_distance(result, style):
    return spectrum_distance_db(result[0], style[0], RATE_HZ)


def harmony_of(result, content):
    noise = torch.randn(content.shape, generator=torch.Generator().manual_seed(0))
    return Harmony.of(content[0].numpy(), noise[0].numpy(), RATE_HZ).measure(result[0].numpy())[0].value


class TestMelody:
    @pytest.mark.parametrize("strength", [0.1, 0.6, 1.0])
    def test_a_melody_in_a_pitched_style(self, strength):
        core = transfer_core(CONTENT, StyleSet([STYLE], RATE_HZ), strength=strength, settings=SHORT)
        result = core.run()
        assert result.shape == CONTENT.shape
        assert torch.isfinite(result).all()
        assert core.keep == {"melody", "rhythm"}
        assert float(result.square().mean()) == pytest.approx(float(CONTENT.square().mean()), rel=1e-3)

    def test_notes_are_excerpts_at_every_strength_unless_no_copy_is_asked_for(self):
        styles = StyleSet([STYLE], RATE_HZ)
        assert all(transfer_core(CONTENT, styles, strength=s, settings=SHORT).stage is None for s in (0.3, 0.8))
        from_noise = CoreSettings(range_semitones=2, iterations=2, noise=1.0)
        assert transfer_core(CONTENT, styles, strength=0.3, settings=from_noise).stage is not None

    @pytest.mark.parametrize("strength", [0.3, 0.7])
    def test_a_pitched_style_without_the_notes_plays_its_nearest(self, strength):
        scale, one_note = tune([0, 3, 6, 9]), tune([4, 4])
        settings = CoreSettings(range_semitones=0, iterations=3)
        core = transfer_core(scale, StyleSet([one_note], RATE_HZ), keep=MELODY, strength=strength, settings=settings)
        assert not core.coverage.is_playable
        assert core.carried is None

    def test_notes_that_a_style_does_not_have_come_in_below_a_third(self):
        chords = tune([0, 3, 6, 9]) + tune([4, 7, 10, 13])
        settings = CoreSettings(range_semitones=0)
        found = []
        for strength in (0.1, 0.3):
            core = transfer_core(
                chords, StyleSet([tune([4, 6])], RATE_HZ), keep=MELODY, strength=strength, settings=settings
            )
            assert core.carried is None
            found.append(core.run())
            assert abs(correlation(found[-1], chords)) < 0.15
        supported, excerpts = found
        assert harmony_of(supported, chords) > harmony_of(excerpts, chords) + 0.1
        assert correlation(supported, excerpts) > 0.7


class TestStrength:
    def test_the_dial_begins_with_everything_kept(self):
        assert free_weight(0.0) == free_weight(0.3) == 0
        assert free_weight(1.0) == 1

    @pytest.mark.parametrize("carried", ["words", "melody"])
    def test_with_growing_strength_the_bed_rises_and_the_bounds_fall(self, carried):
        strengths = np.linspace(0, 1, 11)
        assert (np.diff([bed_db(carried, s) for s in strengths]) > 0).all()
        assert (np.diff([bound_weight(carried, s) for s in strengths]) <= 0).all()
        assert bound_weight(carried, 1.0) == 0

    def test_up_to_a_third_the_mosaic_is_what_the_kernel_asks_for(self):
        mosaic = mosaic_of(CONTENT, StyleSet([STYLE], RATE_HZ), keep=MELODY, strength=0.3, settings=SHORT)
        stage = kernel_stage(mosaic, StyleSet([STYLE], RATE_HZ), strength=0.3, settings=SHORT)
        assert list(stage.steps()) == []
        losses = stage.objective.losses(stage.start)
        assert float(losses["condition"]) < 0.05


class TestStartFromNoise:
    def test_from_noise_the_condition_is_approached_without_any_excerpt(self):
        settings = CoreSettings(range_semitones=5, iterations=10, noise=1.0, phase_rounds=2)
        mosaic = mosaic_of(CONTENT, StyleSet([STYLE], RATE_HZ), keep=MELODY, strength=0.3, settings=settings)
        stage = kernel_stage(mosaic, StyleSet([STYLE], RATE_HZ), strength=0.3, settings=settings)
        losses = [step.losses["condition"] for step in stage.steps()]
        assert losses[-1] < 0.2 * float(stage.objective.losses(stage.start)["condition"])

    def test_seeds_and_only_seeds_change_a_result_from_noise(self):
        settings = CoreSettings(range_semitones=2, iterations=2, noise=1.0, phase_rounds=1)
        one, again, other = (
            transfer_core(CONTENT, StyleSet([STYLE], RATE_HZ), seed=seed, settings=settings).run()
            for seed in (0, 0, 1)
        )
        assert torch.equal(one, again)
        assert not torch.allclose(one, other)


class TestCarriedContent:
    def test_words_follow_the_envelope_and_not_the_voice(self):
        phrase = torch.from_numpy(spoken_phrase(RATE_HZ, 2.5, 0)).float().reshape(1, -1)
        style = texture(rain)
        core = transfer_core(phrase, StyleSet([style], RATE_HZ), keep=["words"], strength=0.3)
        result = core.run()
        assert envelope_correlation(result, phrase) > 0.35
        assert abs(float(torch.corrcoef(torch.cat([result, phrase]))[0, 1])) < 0.1
        free = transfer_core(phrase, StyleSet([style], RATE_HZ), keep=["words"], strength=1.0).run()
        assert envelope_correlation(free, phrase) < envelope_correlation(result, phrase) - 0.25

    def test_a_melody_in_a_texture_is_carried(self):
        core = transfer_core(CONTENT, StyleSet([texture(fire)], RATE_HZ), strength=0.3, settings=SHORT)
        assert core.stage is not None
        assert "melody" in {term.name for term in core.stage.objective.terms}
        result = core.run()
        assert harmony_of(result, CONTENT) > 0.6
        assert abs(correlation(result, CONTENT)) < 0.15
        assert spectrum_distance(result, texture(fire)) < 0.5 * spectrum_distance(CONTENT, texture(fire))

    def test_a_style_with_a_phase_of_its_own_is_the_same_sound_and_no_copy(self):
        style = texture(fire)
        other = with_own_phase(style, RATE_HZ, seed=1)
        stft = Stft(1024, 256)
        theirs, ours = (stft.magnitude(sound) for sound in (style, other))
        assert float((ours - theirs).norm() / theirs.norm()) < 0.4
        assert abs(correlation(style, other)) < 0.3
        assert not torch.equal(other, with_own_phase(style, RATE_HZ, seed=2))

    def test_words_are_carried_with_their_melody(self):
        phrase = torch.from_numpy(spoken_phrase(RATE_HZ, 2.5, 0)).float().reshape(1, -1)
        core = transfer_core(phrase, StyleSet([texture(fire)], RATE_HZ), keep=["melody", "words"], strength=0.3)
        assert core.carried == "melody"
        result = core.run()
        assert envelope_correlation(result, phrase) > 0.35
        assert abs(correlation(result, phrase)) < 0.1

    @pytest.mark.parametrize("carried", ["words", "melody"])
    def test_what_is_carried_begins_below_no_floor_of_silence(self, carried):
        content = CONTENT.clone()
        content[:, 8000:20000] = 0
        stage = carrier_stage(content, StyleSet([texture(rain)], RATE_HZ), carried, settings=SHORT)
        losses = stage.objective.losses(stage.start)
        assert all(torch.isfinite(loss) for loss in losses.values())
        assert carried in losses


class TestSeveralStyles:
    def test_two_styles_play_by_what_fits_or_by_weights(self):
        low, high = tune([0, 2]), tune([12, 14])
        content = tune([0, 12, 2, 14])
        settings = CoreSettings(range_semitones=1, octave=0)
        fitting = mosaic_of(content, StyleSet([low, high], RATE_HZ), keep=MELODY, strength=0.3, settings=settings)
        assert fitting.coverage.pitch > 0.9
        alone = mosaic_of(
            content, StyleSet([low, high], RATE_HZ), keep=MELODY, strength=0.3, weights=[1.0, 0.0], settings=settings
        )
        assert alone.coverage.pitch < 0.8


class TestRatesAndChannels:
    @pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 2), (44100, 1)])
    def test_any_rate_and_stereo(self, rate_hz, channels):
        content, style = (tune(k, 0.5, rate_hz, channels) for k in ([1, 6], [0, 5, 2]))
        result = transfer_core(content, StyleSet([style], rate_hz), settings=SHORT).run()
        assert result.shape == content.shape
        assert torch.isfinite(result).all()


class TestRefusals:
    def test_silence_and_impossible_strengths_are_refused(self):
        with pytest.raises(InputError, match="the content is silent"):
            transfer_core(torch.zeros_like(CONTENT), StyleSet([STYLE], RATE_HZ))
        with pytest.raises(InputError, match="every style is silent"):
            transfer_core(CONTENT, StyleSet([torch.zeros_like(STYLE)], RATE_HZ))
        for wrong in (0.0, 1.5):
            with pytest.raises(UsageError, match="strength must be above 0"):
                transfer_core(CONTENT, StyleSet([STYLE], RATE_HZ), strength=wrong)
