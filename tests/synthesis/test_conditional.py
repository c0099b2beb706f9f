"""The parts of the conditional core, each against its formula in plain numbers."""

import numpy as np
import pytest
import torch

from gramophone.condition import Condition, analyse, kept_stroke_fraction, weights_of
from gramophone.condition.analysis import HOP_S
from gramophone.mosaic import play_strokes, strokes_of
from gramophone.mosaic.choice import Choice, Voice
from gramophone.mosaic.coverage import Coverage
from gramophone.networks.conditional import Places, at_frames, conditional_style_term
from gramophone.optim.objective import Objective
from gramophone.spectral import LogScale, Stft
from gramophone.synthesis import conditional
from gramophone.synthesis.conditional import (
    CoreSettings,
    KernelStage,
    Mosaic,
    StyleSet,
    at_level_of,
    free_weight,
    kernel_stage,
    mosaic_of,
    power_of_two_stft,
    spans_within,
)

RATE_HZ = 22_050
MELODY = frozenset({"melody", "rhythm"})


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def strokes(times_s, seconds, low):
    """Decaying tones (low) or bursts of noise in a silence that is not quite one."""
    rng = np.random.default_rng(low)
    samples = 1e-4 * rng.standard_normal(round(seconds * RATE_HZ))
    for at in (round(place * RATE_HZ) for place in times_s):
        time = np.arange(min(4000, len(samples) - at))
        samples[at : at + len(time)] += np.exp(-time / 600) * (
            np.sin(0.03 * time) if low else rng.standard_normal(len(time))
        )
    return torch.from_numpy(samples[None]).float()


class TestRhythm:
    CONTENT = strokes([0.2, 0.6, 1.1], 2.0, low=True)

    def test_the_first_percussive_style_plays_whole_strokes(self):
        sparse, dense = strokes([0.5, 3, 5.5, 8], 10.0, low=False), strokes([0.3, 0.8, 1.5, 2.0], 3.0, low=False)
        styles = StyleSet([sparse, dense], RATE_HZ)
        found = mosaic_of(self.CONTENT, styles, keep=frozenset({"rhythm"}), strength=0.3)
        expected = play_strokes(
            strokes_of(self.CONTENT.numpy(), RATE_HZ),
            strokes_of(dense.numpy(), RATE_HZ),
            dense.numpy(),
            RATE_HZ,
            self.CONTENT.shape[1],
        )
        np.testing.assert_array_equal(found.waveform, expected)
        assert (found.choice, found.coverage, found.is_complete, found.is_playable) == (None, None, True, True)

    def test_fewer_strokes_are_held_at_more_strength(self):
        assert [kept_stroke_fraction(one) for one in (0.2, 0.3, 1.0)] == [1, 1, 0]
        assert kept_stroke_fraction(0.65) == pytest.approx(1 - 0.5**2.5)

    @pytest.mark.parametrize(
        ("pitch", "complete", "playable"), [(0.95, 1, 1), (0.94, 0, 1), (0.49, 0, 0), (None, 1, 1)]
    )
    def test_coverage_is_that_of_the_choice(self, pitch, complete, playable):
        coverage = Coverage(pitch, 1, 0, 1.0)
        choice = Choice((Voice(np.zeros(1, int), torch.ones(1)),), torch.ones(3, 1), 0, coverage)
        condition = Condition(analyse(self.CONTENT, RATE_HZ), weights_of(["rhythm"], 0.3))
        mosaic = Mosaic(self.CONTENT, condition, choice)
        assert (mosaic.coverage, mosaic.is_complete, mosaic.is_playable) == (coverage, complete, playable)


class TestStylesOfAChoice:
    def test_scores_are_logs_of_relative_weights(self):
        found = conditional._weight_scores([0.5, 2.0, 0.0], np.array([2, 0, 1, 1]))
        np.testing.assert_allclose(found, 0.3 * np.log([1e-6, 0.25, 1, 1]), rtol=1e-6)
        assert conditional._weight_scores(None, np.array([0])) is None

    def test_frames_are_counted_without_rests(self):
        voices = tuple(Voice(np.array(path), torch.ones(4)) for path in ([0, 1, 2, 3], [-1, -1, 3, -1]))
        choice = Choice(voices, torch.ones(3, 4), 0, Coverage(1.0, 1, 0, 1.0))
        found = conditional._frames_by_style(choice, np.array([0, 0, 1, 1]), 3)
        np.testing.assert_allclose(found, [2 + 1e-6, 3 + 1e-6, 1e-6], rtol=1e-12)


class TestTransforms:
    @pytest.mark.parametrize(
        ("rate_hz", "n_fft"), [(22_050, 2048), (44_100, 4096), (8000, 1024), (7000, 512), (96_000, 8192)]
    )
    def test_windows_are_the_nearest_power_of_two_to_93_ms(self, rate_hz, n_fft):
        stft = power_of_two_stft(0.0929, rate_hz)
        assert (stft.n_fft, stft.hop_samples) == (n_fft, n_fft // 4)

    def test_spans_are_in_frames_and_at_most_half_of_the_shortest_sound(self):
        assert spans_within((23.0, 93.0, 186.0), 22_050, 512, 100) == (1, 4, 8)
        assert spans_within((186.0, 93.0, 1.0), 22_050, 512, 11) == (1, 4, 5)
        assert spans_within((500.0,), 22_050, 512, 1) == (1,)

    def test_levels_are_mean_energies(self):
        found = at_level_of(random(1, 5, 7), 3 * random(1, 5, 9, seed=1))
        assert float(found.square().mean()) == pytest.approx(float(9 * random(1, 5, 9, seed=1).square().mean()))
        assert not at_level_of(torch.zeros(1, 5, 7), torch.zeros(1, 5, 9)).any()


class TestKernelStage:
    CONTENT = random(1, 16_384) - 0.5
    STYLES = StyleSet([random(1, 20_000, seed=1) - 0.5], RATE_HZ)

    def stage(self, strength, monkeypatch=None, **settings):
        settings = CoreSettings(range_semitones=0, iterations=10, **settings)
        mosaic = mosaic_of(self.CONTENT, self.STYLES, keep=MELODY, strength=strength, settings=settings)
        return mosaic, kernel_stage(mosaic, self.STYLES, strength=strength, seed=4, settings=settings)

    @pytest.mark.parametrize(
        ("strength", "noise", "iterations"),
        [(0.3, 0.0, 0), (0.3, 0.4, 10), (0.65, 0.1, 14), (0.65, 0.4, 14), (1.0, 0.2, 30)],
    )
    def test_freedom_gives_weights_steps_and_noise(self, strength, noise, iterations):
        mosaic, stage = self.stage(strength, noise=noise)
        free = max(0.0, (strength - 0.3) / 0.7) ** 2.5
        assert free_weight(strength) == pytest.approx(free)
        weights = {term.name: term.weight for term in stage.objective.terms}
        expected = {"condition": 1 - free, "style": free}
        assert weights == pytest.approx({name: weight for name, weight in expected.items() if weight})
        assert stage.iterations == iterations
        magnitude = Stft(2048, 512).magnitude(mosaic.waveform)
        target = stage.scale.forward(magnitude)
        drawn = conditional._noise(magnitude, stage.scale, mosaic.condition.weights.loudness, 4)
        share = max(noise, free)
        torch.testing.assert_close(stage.start, (1 - share) * target + share * drawn)
        assert (stage.seed, stage.samples, stage.stft.n_fft) == (4, 16_384, 2048)

    def test_a_given_phase_is_kept(self):
        stft = Stft(512, 128)
        spectrum = stft.forward(self.CONTENT)
        scale = LogScale.of(spectrum.abs())
        stage = KernelStage(
            Objective([]), scale.forward(spectrum.abs()), scale, stft, 16_384, 0, 0, 0, phase=spectrum.angle()
        )
        assert list(stage.steps()) == []
        torch.testing.assert_close(stage.waveform(stage.start), self.CONTENT, atol=1e-5, rtol=1e-4)

    @pytest.mark.parametrize("loudness", [0.0, 0.4, 1.0])
    def test_noise_has_the_mean_spectrum_and_the_loudness_that_is_kept(self, loudness):
        magnitude = random(2, 9, 6) * torch.tensor([1.0, 2.0, 0.0, 3.0, 1.0, 0.5])
        scale = LogScale.of(magnitude)
        found = scale.inverse(conditional._noise(magnitude, scale, loudness, 7))
        drawn = random(2, 9, 6, seed=7).numpy()
        reference = float(scale.reference)
        mean = np.expm1(np.log1p(magnitude.numpy() / reference).mean(2, keepdims=True)) * reference
        energy = (magnitude.numpy() ** 2).sum(1, keepdims=True)
        level = np.sqrt((energy / energy.mean() + 0.001) / 1.001)
        np.testing.assert_allclose(found, 2 * drawn * mean * level**loudness, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("blur_ms", [0.0, 30.0, None])
    def test_frames_are_asked_for_around_their_own_time(self, monkeypatch, blur_ms):
        asked = {}

        def term(styles, conditions, places, *rest, **options):
            asked.update(conditions=conditions, places=places)
            return conditional_style_term(styles, conditions, places, *rest, **options)

        monkeypatch.setattr(conditional, "conditional_style_term", term)
        mosaic, _ = self.stage(0.3, **({} if blur_ms is None else {"blur_ms": blur_ms}))
        places, hop_s = asked["places"], 512 / RATE_HZ
        frames = 33
        found = torch.zeros(frames, frames)
        found[places.time, places.frame] = places.weight
        deviation = max((46.0 if blur_ms is None else blur_ms) / 1000 / hop_s, 1e-3)
        away = np.arange(frames)[:, None] - np.arange(frames)
        expected = np.exp(-0.5 * (away / deviation) ** 2) * (np.abs(away) <= round(2 * deviation))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert len(places.time) == int((expected > 0).sum())
        np.testing.assert_allclose(
            asked["conditions"], at_frames(mosaic.condition.factors(), HOP_S, hop_s, frames), atol=1e-6
        )


class TestConditionsOfStyles:
    def test_are_means_of_the_times_that_ask_for_a_frame(self):
        conditions, styles = random(4, 2), [random(1, 3, 2), random(1, 3, 1, seed=1)]
        times, frames, weights = [0, 0, 1, 3], [0, 2, 2, 1], [1.0, 3.0, 0.5, 2.0]
        term = conditional_style_term(
            styles, conditions, Places(*map(torch.tensor, (times, frames, weights))), [1], compiled=False
        )
        shares = np.zeros((4, 3))
        shares[times, frames] = weights
        shares[2] = 1  # asks for nothing, so for all alike
        shares /= shares.sum(1, keepdims=True)
        np.testing.assert_allclose(term.target.style_conditions, shares.T @ conditions.numpy(), rtol=1e-5)
        np.testing.assert_allclose(term.target.mass, shares.sum(0), rtol=1e-6)
        assert term.target.lengths == (2, 1)

    def test_at_another_hop_they_lie_on_straight_lines(self):
        rows = torch.tensor([[0.0, 1.0], [2.0, 0.0], [3.0, 4.0]])
        found = at_frames(rows, 0.02, 0.005, 11)
        place = np.minimum(np.arange(11) * 0.25, 2)
        expected = np.stack([np.interp(place, [0, 1, 2], column) for column in rows.T.numpy()], 1)
        np.testing.assert_allclose(found, expected, atol=1e-6)
