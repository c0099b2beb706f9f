"""Which style frame plays now: Viterbi paths decided a few frames late, several voices one after the other.

The scores are those of `mosaic.choice`; what comes later than the look-ahead cannot change what has been decided.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gramophone.condition.keep import Weights
from gramophone.condition.pitch import BINS_PER_OCTAVE
from gramophone.live.pitch import Bins, HeardFrame
from gramophone.live.products import product
from gramophone.mosaic.choice import ChoiceSettings
from gramophone.mosaic.transposition import StyleStates

REST = -1
NEVER = -1e6
QUIET_NORM = 1e-3
FINEST_BINS = 3

Scores = Float[np.ndarray, " _"]


@dataclass(frozen=True)
class Decided:
    """What a voice plays at one frame.

    Attributes:
        state: number of the style frame; -1 for a rest.
        energy: share of the content's energy that it stands for, in the content's unit.
        detune_octaves: by how much the style frame is too low.
    """

    state: int
    energy: float
    detune_octaves: float


@dataclass(frozen=True)
class _Step:
    jumped: np.ndarray
    best: int
    frame: HeardFrame
    residual: Bins
    share: float


class VoicePath:
    """One voice's path through the states as frames come.

    Args:
        first: which states begin a copy.
        look_ahead: frames after which a decision is final.
        rest: score of a rest; None if the voice never rests.
    """

    def __init__(self, first: np.ndarray, look_ahead: int, rest: float | None) -> None:
        self._starts = np.flatnonzero(first)
        self._rest_score = rest or 0.0
        self._scores = np.zeros(len(first), np.float32)
        self._stay = np.zeros(len(first), np.float32)
        self._rest = 0.0 if rest is not None else NEVER
        self._steps: deque[tuple[np.ndarray, bool, int, int]] = deque(maxlen=look_ahead + 1)
        self.best = REST if rest is not None else 0

    def advance(self, scores: Scores, jump_price: float, held: float) -> None:
        """Takes the scores of the newest frame; rests are worth less where less of the pitch is held."""
        top = self.best
        best_before = self._rest if top == REST else float(self._scores[top])
        jump = best_before - jump_price
        self._stay[1:] = self._scores[:-1]
        self._stay[0] = NEVER
        self._stay[self._starts] = NEVER
        jumped = self._stay < jump
        np.maximum(self._stay, jump, out=self._scores)
        self._scores += scores
        rest_jumped = self._rest < jump
        self._rest = max(self._rest, jump) + self._rest_score * held
        place = int(self._scores.argmax())
        self.best = place if self._scores[place] >= self._rest else REST
        peak = float(self._scores[place]) if self.best != REST else self._rest
        self._scores -= peak
        self._rest -= peak
        self._steps.append((jumped, rest_jumped, top, self.best))

    def decided(self) -> int | None:
        """The state of the frame that is decided now; None while too few frames were seen."""
        if len(self._steps) < (self._steps.maxlen or 1):
            return None
        state = self._steps[-1][3]
        for jumped, rest_jumped, before, _ in reversed(list(self._steps)[1:]):
            left = rest_jumped if state == REST else bool(jumped[state])
            state = before if left else (REST if state == REST else state - 1)
        return state


class CausalChoice:
    """Chooses for all voices.

    Args:
        states: of one style.
        look_ahead: frames after which a decision is final.
        settings: prices and rewards.
    """

    def __init__(self, states: StyleStates, look_ahead: int, settings: ChoiceSettings | None = None) -> None:
        self.settings = settings or ChoiceSettings()
        self.states = states
        self._pitch = np.ascontiguousarray(states.pitch.numpy().T)
        self._shape = np.ascontiguousarray(states.shape.numpy().T)
        self._onset = states.onset.numpy().astype(np.float32)
        semitones = states.semitones.astype(np.float32)
        self._constant = -self.settings.transposition * (semitones / 12) ** 2 - 2.0 * ~states.audible.numpy()
        self._constant = self._constant.astype(np.float32)
        self._look_ahead = look_ahead
        self._voices = [
            VoicePath(states.first, look_ahead, self.settings.rest if number else None)
            for number in range(self.settings.voices)
        ]
        self._past: deque[list[tuple[HeardFrame, Bins, float]]] = deque(maxlen=look_ahead + 1)
        self._scores = np.empty(states.count, np.float32)

    def choose(self, frame: HeardFrame, weights: Weights, voices: int) -> list[Decided] | None:
        """Takes the newest frame; what every voice plays at the frame that is decided now.

        Args:
            frame: of the content.
            weights: how much each part of the condition asks for.
            voices: how many may play; the others rest.

        Returns:
            As many as there are voices; None while too few frames were seen.
        """
        reward = self.settings.onset * weights.onset
        jump_price = self.settings.jump * (1 - 0.7 * weights.onset * frame.onset)
        base = self._constant + product(self._shape, frame.shape) * np.float32(weights.envelope)
        base += self._onset * np.float32(reward * (frame.onset - self.settings.stray_onset))
        norm = float(np.linalg.norm(frame.pitch)) + QUIET_NORM
        residual, found = frame.pitch, []
        for number, path in enumerate(self._voices):
            if number < voices and (number == 0 or weights.pitch > 0):
                product(self._pitch, residual * np.float32(weights.pitch / norm), self._scores)
                self._scores += base
                path.advance(self._scores, jump_price, weights.pitch)
            else:
                self._scores.fill(NEVER)
                path.advance(self._scores, 0.0, 1.0)
            mask = self._explained(path.best)
            energy = np.square(frame.magnitudes) * mask * (residual > 0)
            found.append((frame, residual, float(energy.sum())))
            residual = residual * (1 - mask)
        self._past.append(found)
        return self._decisions()

    def _explained(self, state: int) -> Bins:
        """What share of each bin the state's partials explain."""
        if state == REST:
            return np.zeros(self._pitch.shape[1], np.float32)
        played = self._pitch[state]
        return np.minimum(3.0 * played / (float(played.max()) + 1e-6), 1.0)

    def _decisions(self) -> list[Decided] | None:
        chosen = [path.decided() for path in self._voices]
        if len(self._past) < self._look_ahead + 1 or any(state is None for state in chosen):
            return None
        past = self._past[0]
        energies = [
            share if state not in {None, REST} else 0.0 for state, (_, _, share) in zip(chosen, past, strict=True)
        ]
        frame = past[0][0]
        energies[0] += 1e-6 * frame.energy if chosen[0] != REST else 0.0
        whole = sum(energies)
        return [
            Decided(
                REST if state is None else state,
                frame.energy * share / whole if whole > 0 else 0.0,
                0.0 if state in {None, REST} else self._detune(int(state or 0), residual),
            )
            for state, share, (_, residual, _) in zip(chosen, energies, past, strict=True)
        ]

    def _detune(self, state: int, asked: Bins) -> float:
        """By how many octaves a state is too low for what is asked, to a fraction of a bin."""
        played, reach = self._pitch[state], FINEST_BINS
        inner = asked[reach:-reach]
        likeness = np.array(
            [float(played[reach - lag : len(played) - reach - lag] @ inner) for lag in range(-reach, reach + 1)]
        )
        best = int(np.clip(likeness.argmax(), 1, 2 * reach - 1))
        before, at, after = likeness[best - 1 : best + 2]
        bend = min(before - 2 * at + after, -1e-9)
        if at < 0.2 * float(np.linalg.norm(asked)):
            return 0.0
        return float(best - reach + np.clip((before - after) / (2 * bend), -0.5, 0.5)) / BINS_PER_OCTAVE
