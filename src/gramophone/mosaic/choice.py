"""Which style frame plays which content frame: an HMM in closed form, several voices one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from gramophone.condition.analysis import Analysis
from gramophone.condition.condition import Condition
from gramophone.condition.keep import Weights
from gramophone.condition.pitch import BINS_PER_OCTAVE, shifted
from gramophone.mosaic.coverage import Coverage
from gramophone.mosaic.transposition import StyleStates, standardised_shape
from gramophone.mosaic.viterbi import REST, best_path

BLOCK_ELEMENTS = 1 << 24  # scores of a block of frames: 64 MB
FOUND_ABOVE = 0.5  # cosine of pitch features from which a note counts as found
NEVER = -1e6
PITCHED_ABOVE = 4.0  # norm of pitch features from which a frame has notes in it
SOME_FRAMES = 400  # are enough to tell what a style can do, whatever the length


@dataclass(frozen=True)
class ChoiceSettings:
    """Prices and rewards; a score of 1 is a frame of exactly the pitch asked for.

    Attributes:
        onset: reward of an onset where the content has one.
        stray_onset: share of it that an onset costs anywhere.
        transposition: price of an octave of transposition, growing with the square.
        jump: price of leaving a recording's course; an onset of the content forgives 70 % of it.
        rest: score of silence in voices after the first, which only play what is worth it.
        voices: at most.
        octave: by how many octaves the content is moved; `auto` takes what the style can play best.
        octave_price: of each octave of the automatic move.
    """

    onset: float = 0.3
    stray_onset: float = 0.15
    transposition: float = 0.1
    jump: float = 1.0
    rest: float = 0.3
    voices: int = 4
    octave: int | Literal["auto"] = "auto"
    octave_price: float = 0.08


@dataclass(frozen=True)
class Voice:
    """One path.

    Attributes:
        states: of each frame, -1 for a rest.
        share: of the content's energy that it explains, of each frame, relative to other voices.
    """

    states: Int[np.ndarray, " frame"]
    share: Float[Tensor, " frame"]


@dataclass(frozen=True)
class Choice:
    """What plays what.

    Attributes:
        voices: the strongest first; at least one.
        pitch: features of the content as asked for, moved by `octave`.
        octave: by how many octaves the content was moved.
        coverage: how well the style can play it.
    """

    voices: tuple[Voice, ...]
    pitch: Float[Tensor, "bin frame"]
    octave: int
    coverage: Coverage


def choose(
    condition: Condition,
    states: StyleStates,
    settings: ChoiceSettings | None = None,
    bonus: Float[Tensor, " state"] | None = None,
) -> Choice:
    """Finds the voices (exact Viterbi; memory grows with frames times states by one bit each).

    Args:
        condition: of the content.
        states: of the styles.
        settings: prices and rewards.
        bonus: score of each state on top, for instance by the styles' weights.
    """
    settings = settings or ChoiceSettings()
    content = condition.content
    octave = settings.octave if isinstance(settings.octave, int) else _best_octave(condition, states, settings)
    asked = shifted(content.pitch, BINS_PER_OCTAVE * octave)
    scorer = _Scorer(condition, states, settings, asked, bonus)
    magnitudes = shifted(content.magnitudes, BINS_PER_OCTAVE * octave)
    residual = asked
    voices: list[Voice] = []
    limit = settings.voices if condition.weights.pitch > 0 else 1
    for number in range(limit):
        rest = settings.rest if number else NEVER
        path = best_path(scorer.blocks(residual), scorer.jump_prices, states.first, rest)
        on = torch.from_numpy(path != REST)
        if number and float(on.float().mean()) < 0.03:
            break
        mask = _explained(path, states, residual)
        share = (magnitudes.square() * mask * (residual > 0)).sum(0)
        if not number:
            share = share + 1e-6 * content.energy / content.energy.mean().clamp_min(1e-30)
        voices.append(Voice(path, share * on))
        residual = residual * (1 - mask)
    able = voices[0].states
    if 0 < condition.weights.pitch < 1:
        # What the style can do must not depend on how much is asked for.
        firm = Condition(content, Weights(1.0, condition.weights.envelope, 1.0, condition.weights.onset))
        firmly = _Scorer(firm, states, settings, asked, bonus)
        able = best_path(firmly.blocks(asked), firmly.jump_prices, states.first, NEVER)
    return Choice(tuple(voices), asked, octave, _coverage(condition, states, asked, voices, octave, able))


class _Scorer:
    """Scores of all states at blocks of content frames."""

    def __init__(
        self,
        condition: Condition,
        states: StyleStates,
        settings: ChoiceSettings,
        asked: Float[Tensor, "bin frame"],
        bonus: Float[Tensor, " state"] | None,
    ) -> None:
        weights, content = condition.weights, condition.content
        self._pitch_weight, self._envelope_weight = weights.pitch, weights.envelope
        self._onset_reward = settings.onset * weights.onset
        self._states, self._content = states, content
        self._shape = standardised_shape(content)
        self._norm = torch.linalg.vector_norm(asked, dim=0) + 1e-3
        semitones = torch.from_numpy(states.semitones).to(states.energy)
        constant = -settings.transposition * (semitones / 12).square()
        constant -= settings.stray_onset * self._onset_reward * states.onset
        constant -= 2.0 * ~states.audible
        self._constant = constant if bonus is None else constant + bonus
        self.jump_prices = (settings.jump * (1 - 0.7 * weights.onset * content.onset)).cpu().numpy()

    def blocks(self, residual: Float[Tensor, "bin frame"]) -> Iterator[Float[np.ndarray, "frame state"]]:
        frames = residual.shape[1]
        height = max(1, BLOCK_ELEMENTS // self._states.count)
        for start in range(0, frames, height):
            rows = slice(start, min(start + height, frames))
            scores = self._constant + self._onset_reward * self._content.onset[rows, None] * self._states.onset
            scores.addmm_((self._pitch_weight * residual[:, rows] / self._norm[rows]).T, self._states.pitch)
            scores.addmm_((self._envelope_weight * self._shape[:, rows]).T, self._states.shape)
            yield scores.cpu().numpy()


def _explained(
    path: Int[np.ndarray, " frame"], states: StyleStates, residual: Float[Tensor, "bin frame"]
) -> Float[Tensor, "bin frame"]:
    """What share of each bin the chosen frames' partials explain."""
    played = states.pitch[:, torch.from_numpy(np.maximum(path, 0))] * torch.from_numpy(path != REST).to(residual)
    peak = played.amax(0, keepdim=True)
    return (3.0 * played / (peak + 1e-6)).clamp(max=1.0)


def _best_octave(condition: Condition, states: StyleStates, settings: ChoiceSettings) -> int:
    """In which octave the style can play the content with the least transposition; 0 if nothing is gained."""
    if condition.weights.pitch == 0:
        return 0
    pitch, energy = condition.content.pitch, condition.content.energy
    norm = torch.linalg.vector_norm(pitch, dim=0)
    weight = norm * energy.sqrt()
    some = torch.topk(weight, min(len(weight), SOME_FRAMES)).indices
    weight, norm = weight[some] / weight[some].sum().clamp_min(1e-30), norm[some] + 1e-3
    semitones = torch.from_numpy(states.semitones).to(energy)
    price = settings.transposition * (semitones / 12).square() + 2.0 * ~states.audible
    worth = {}
    for octave in (0, -1, 1, -2, 2):
        asked = shifted(pitch[:, some], BINS_PER_OCTAVE * octave) / norm
        best = (asked.T @ states.pitch - price).amax(1)
        worth[octave] = float((weight * best).sum()) - settings.octave_price * abs(octave)
    return max(worth, key=lambda octave: worth[octave])


def _coverage(
    condition: Condition,
    states: StyleStates,
    asked: Float[Tensor, "bin frame"],
    voices: list[Voice],
    octave: int,
    path: Int[np.ndarray, " frame"],
) -> Coverage:
    content: Analysis = condition.content
    onsets = torch.zeros_like(content.onset)
    for voice in voices:
        chosen = torch.from_numpy(np.maximum(voice.states, 0))
        onsets = torch.maximum(onsets, states.onset[chosen] * torch.from_numpy(voice.states != REST))
    struck = content.onset > 0.5
    near = torch.nn.functional.max_pool1d(onsets[None], 3, 1, 1)[0]
    asks_for_pitch = condition.weights.pitch > 0
    pitch = _found(content, states, asked, path) if asks_for_pitch else None
    return Coverage(
        pitch=pitch,
        range_semitones=int(np.abs(states.semitones).max()),
        octave=octave,
        onsets=float((near[struck] > 0.3).float().mean()) if bool(struck.any()) else 1.0,
        has_notes=pitch is not None or not asks_for_pitch,
    )


def _found(
    content: Analysis, states: StyleStates, asked: Float[Tensor, "bin frame"], path: Int[np.ndarray, " frame"]
) -> float | None:
    """For how much of the pitched time a path has the pitch; None where nothing is pitched."""
    norm = torch.linalg.vector_norm(asked, dim=0)
    weight = content.energy.sqrt() * (content.audible & (norm > PITCHED_ABOVE))
    if not bool(weight.any()):
        return None
    likeness = (asked * states.pitch[:, torch.from_numpy(path)]).sum(0) / (norm + 1e-6)
    return float((weight * (likeness > FOUND_ABOVE)).sum() / weight.sum())
