"""Scores, shares, gains and corrections of pitch of a few frames, against the formulas in plain numbers."""

import numpy as np
import pytest
import torch

from gramophone.condition import Condition
from gramophone.condition.analysis import Analysis
from gramophone.condition.keep import Weights
from gramophone.condition.pitch import BINS
from gramophone.mosaic.choice import Choice, ChoiceSettings, Voice, _coverage, _explained, _Scorer
from gramophone.mosaic.coverage import Coverage
from gramophone.mosaic.runs import _detune_bins, _gains
from gramophone.mosaic.transposition import StyleStates, standardised_shape
from gramophone.mosaic.viterbi import REST

ALL = Coverage(1.0, 0, 0, 1.0)


def analysis(pitch, energy=None, onset=None, envelope=None):
    frames = pitch.shape[1]
    ones = torch.ones(frames)
    return Analysis(
        pitch,
        pitch,
        torch.rand(24, frames, generator=torch.Generator().manual_seed(1)) + 0.1 if envelope is None else envelope,
        ones if energy is None else torch.tensor(energy),
        0 * ones if onset is None else torch.tensor(onset),
        ones,
    )


def states(pitch, energy=None, onset=None, semitones=None, audible=None):
    count = pitch.shape[1]
    shape = torch.rand(24, count, generator=torch.Generator().manual_seed(2))
    return StyleStates(
        pitch / torch.linalg.vector_norm(pitch, dim=0),
        shape / torch.linalg.vector_norm(shape, dim=0),
        torch.ones(count) if energy is None else torch.tensor(energy),
        torch.zeros(count) if onset is None else torch.tensor(onset),
        torch.ones(count, dtype=torch.bool) if audible is None else torch.tensor(audible),
        np.zeros(count, int),
        np.zeros(count, int) if semitones is None else np.array(semitones),
        np.arange(count),
        np.arange(count) == 0,
    )


def bumps(places, deviation=2.0):
    """Features of partials, one in each frame, at these bins."""
    return torch.exp(-0.5 * ((torch.arange(BINS)[:, None] - torch.tensor(places)) / deviation) ** 2).float()


class TestScores:
    WEIGHTS = Weights(pitch=0.8, envelope=0.5, loudness=1.0, onset=0.6)
    SETTINGS = ChoiceSettings(onset=0.3, stray_onset=0.15, transposition=0.1, jump=2.0)

    def scored(self, height=None):
        asked = bumps([100.0, 60.0, 60.0]) * torch.tensor([1.0, 0.5, 1e-9])
        content = analysis(asked, onset=[0.0, 0.5, 1.0])
        style = states(
            bumps([100.0, 101.0, 60.0]), onset=[0.0, 1.0, 0.5], semitones=[0, 12, -6], audible=[True, True, False]
        )
        bonus = torch.tensor([0.0, 0.25, 0.5])
        scorer = _Scorer(Condition(content, self.WEIGHTS), style, self.SETTINGS, asked, bonus)
        return scorer, content, style, asked

    def test_are_likeness_onsets_and_prices(self):
        scorer, content, style, asked = self.scored()
        (found,) = scorer.blocks(asked)
        shape = standardised_shape(content)
        reward = 0.3 * 0.6
        for frame in range(3):
            for state in range(3):
                norm = float(asked[:, frame].square().sum().sqrt()) + 0.001
                expected = 0.8 * float(asked[:, frame] @ style.pitch[:, state]) / norm
                expected += 0.5 * float(shape[:, frame] @ style.shape[:, state])
                expected += reward * float(content.onset[frame] * style.onset[state])
                expected -= 0.1 * (style.semitones[state] / 12) ** 2 + 0.15 * reward * float(style.onset[state])
                expected += [0.0, 0.25, 0.5 - 2.0][state]
                assert found[frame, state] == pytest.approx(expected, abs=1e-5)
        np.testing.assert_allclose(scorer.jump_prices, [2.0, 2 * (1 - 0.7 * 0.3), 2 * (1 - 0.7 * 0.6)], rtol=1e-6)

    @pytest.mark.parametrize("elements", [1, 6, 8, 9])
    def test_blocks_change_nothing(self, monkeypatch, elements):
        scorer, *_, asked = self.scored()
        (whole,) = scorer.blocks(asked)
        monkeypatch.setattr("gramophone.mosaic.choice.BLOCK_ELEMENTS", elements)
        parts = list(scorer.blocks(asked))
        assert [len(part) for part in parts] == {1: [1, 1, 1], 6: [2, 1], 8: [2, 1], 9: [3]}[elements]
        np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)

    def test_partials_are_explained_from_a_third_of_the_strongest(self):
        pitch = torch.zeros(BINS, 1)
        pitch[:4, 0] = torch.tensor([0.9, 0.3, 0.15, 0.0])
        found = _explained(np.array([0, REST]), states(pitch), bumps([1.0, 1.0]))
        np.testing.assert_allclose(found[:4, 0], [1, 1, 0.5, 0], atol=1e-4)
        assert not found[:, 1].any()


class TestCoverageOfAChoice:
    def test_counts_pitched_energy_and_strong_onsets(self):
        asked = 9 * bumps([100.0, 60.0, 80.0, 80.0, 80.0])
        asked[:, 3] *= 0.1  # no note
        content = analysis(asked, energy=[4.0, 1.0, 9.0, 16.0, 1e-9], onset=[0.6, 0.5, 0.0, 1.0, 0.0])
        style = states(bumps([100.0, 90.0, 80.0]), onset=[0.0, 1.0, 0.2], semitones=[-7, 0, 5])
        path = np.array([0, 1, 2, 2, 2])
        rests = np.array([REST, REST, 1, 2, REST])
        found = _coverage(
            Condition(content, Weights(1.0, 0.0, 0.0, 1.0)), style, asked, [Voice(rests, torch.ones(5))], -1, path
        )
        # Of energies 4, 1 and 9 with notes, amplitudes 2 and 3 of 6 are found; of onsets at 0 and 3, the latter.
        assert found == Coverage(found.pitch, 7, -1, 0.5)
        assert found.pitch == pytest.approx(5 / 6)

    def test_nothing_is_asked_for_without_pitch_and_onsets(self):
        content = analysis(bumps([100.0]))
        for pitch, has_notes in ((0.0, True), (1.0, False)):
            condition = Condition(content, Weights(pitch, 0.0, 0.0, 0.0))
            voice = Voice(np.array([0]), torch.ones(1))
            found = _coverage(condition, states(bumps([100.0])), content.pitch, [voice], 0, np.array([0]))
            assert found == Coverage(None, 0, 0, 1.0, has_notes)


class TestShapes:
    def test_are_less_their_mean_over_their_deviation_and_a_little(self):
        envelope = torch.tensor([[1.0, 2.0, 8.0, 1e-9], [4.0, 1.0, 3.0, 1e-9], [1.0, 1.0, 100.0, 1e-9]])
        sound = analysis(bumps([9.0] * 4), energy=[1.0, 2.0, 1.0, 1e-9], envelope=envelope)
        heard = sound.shape[:, :3].numpy()
        deviation = np.sqrt(((heard - heard.mean(1, keepdims=True)) ** 2).mean(1, keepdims=True))
        expected = np.clip((sound.shape.numpy() - heard.mean(1, keepdims=True)) / (deviation + 0.3), -3, 3)
        expected /= np.linalg.norm(expected, axis=0)
        np.testing.assert_allclose(standardised_shape(sound), expected, atol=1e-5)


class TestGains:
    PATH = np.array([0, 1, REST, 2, 3])

    @pytest.mark.parametrize("kept", [0.0, 0.3, 1.0])
    def test_are_levels_by_frame_as_far_as_they_are_kept(self, kept):
        content = analysis(bumps([9.0] * 5), energy=[1.0, 2.0, 3.0, 4.0, 5.0])
        voices = [
            Voice(self.PATH, torch.tensor(share)) for share in ([1.0, 1.0, 0.0, 3.0, 2.0], [0.0, 1.0, 1.0, 1.0, 2.0])
        ]
        style = states(bumps([9.0] * 4), energy=[0.5, 2.0, 8.0, 1e-9])
        choice = Choice(tuple(voices), content.pitch, 0, ALL)
        found = _gains(voices[0], choice, style, Condition(content, Weights(1.0, 0.0, kept, 0.0)))
        asked = np.array([1.0, 1.0, 0.0, 3.0, 2.5])
        have = np.array([0.5, 2.0, 0.5, 8.0, 8e-4])  # 40 dB below the loudest at least
        on = [0, 1, 3, 4]
        steady = asked[on].mean() / have[on].mean()
        np.testing.assert_allclose(found, np.sqrt((asked / have) ** kept * steady ** (1 - kept)), rtol=1e-5)

    def test_a_voice_of_rests_or_without_a_share_is_silent(self):
        content = analysis(bumps([9.0] * 5))
        condition = Condition(content, Weights(1.0, 0.0, 0.5, 0.0))
        style = states(bumps([9.0] * 4))
        for path, share in ((np.full(5, REST), torch.ones(5)), (self.PATH, torch.zeros(5))):
            voice = Voice(path, share)
            found = _gains(voice, Choice((voice,), content.pitch, 0, ALL), style, condition)
            np.testing.assert_array_equal(found, np.zeros(5))


class TestCorrectionsOfPitch:
    def test_are_the_top_of_a_parabola_through_three_likenesses(self):
        """Of two Gaussians `x` bins apart the likeness is `exp(-x^2 / 16)`."""
        apart = [0.0, 1.0, -2.0, 4.0, 1.3, -2.6, 4.4, 5.0, -5.0, 7.0, -7.0]
        voice = Voice(np.array([*range(len(apart)), REST]), torch.ones(len(apart) + 1))
        choice = Choice((voice,), bumps([100.0] * (len(apart) + 1)), 0, ALL)
        found, sure = _detune_bins(voice, choice, states(bumps([100 - one for one in apart])))
        for place, one in enumerate(apart):
            lag = min(max(round(one), -4), 4)
            left, middle, right = (np.exp(-((one - lag - step) ** 2) / 16) for step in (-1, 0, 1))
            top = (left - right) / (2 * min(left - 2 * middle + right, -1e-9))
            assert found[place] == pytest.approx(lag + min(max(top, -0.5), 0.5), abs=2e-3)
            assert sure[place] == pytest.approx(middle, abs=1e-4)
        assert sure[-1] == 0
