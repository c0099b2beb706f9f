"""Runs: what a path plays without a join."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from gramophone.condition.condition import Condition
from gramophone.condition.pitch import BINS_PER_OCTAVE, shifted, unit
from gramophone.mosaic.choice import Choice, Voice
from gramophone.mosaic.transposition import StyleStates
from gramophone.mosaic.viterbi import REST

REACH_BINS = 5
SMOOTH_FRAMES = 7
SURE_ABOVE = 0.2
MOST_BOOST_DB = 20.0


@dataclass(frozen=True)
class Run:
    """Consecutive frames of one transposed copy.

    Attributes:
        start: first content frame.
        frames: their number.
        style: which style.
        semitones: transposition.
        style_frame: place in the transposed copy at `start`.
        detune_octaves: fine correction of pitch, of each frame.
        gain: amplitude, of each frame.
    """

    start: int
    frames: int
    style: int
    semitones: int
    style_frame: int
    detune_octaves: Float[np.ndarray, " frame"]
    gain: Float[np.ndarray, " frame"]


def runs_of(voice: Voice, choice: Choice, states: StyleStates, condition: Condition) -> list[Run]:
    """The runs of a voice, in tune and as loud as the condition's weights ask.

    Args:
        voice: one of the choice's.
        choice: which it is of.
        states: that were chosen from.
        condition: of the content.
    """
    path = voice.states
    gain = _gains(voice, choice, states, condition)
    in_tune = condition.weights.pitch / BINS_PER_OCTAVE
    detune, sure = _detune_bins(voice, choice, states)
    runs = []
    start = 0
    while start < len(path):
        if path[start] == REST:
            start += 1
            continue
        stop = start + 1
        while stop < len(path) and path[stop] == path[stop - 1] + 1 and not states.first[path[stop]]:
            stop += 1
        span, state = slice(start, stop), path[start]
        runs.append(
            Run(
                start,
                stop - start,
                int(states.style[state]),
                int(states.semitones[state]),
                int(states.frame[state]),
                in_tune * _curve(detune[span], sure[span]),
                _limited(gain[span]),
            )
        )
        start = stop
    return runs


def _gains(voice: Voice, choice: Choice, states: StyleStates, condition: Condition) -> Float[np.ndarray, " frame"]:
    """The content's level over the style's, by frame as far as loudness is kept, and on average for the rest."""
    everything = torch.stack([one.share for one in choice.voices]).sum(0)
    asked = (condition.content.energy * voice.share / (everything + 1e-30)).cpu().numpy()
    have = states.energy.cpu().numpy()
    have = have.clip(1e-4 * have.max())[np.maximum(voice.states, 0)]
    on = voice.states != REST
    if not on.any() or not asked[on].any():
        return np.zeros(len(asked))
    kept = condition.weights.loudness
    steady = asked[on].mean() / have[on].mean()
    return ((asked / have) ** kept * steady ** (1 - kept)) ** 0.5


def _detune_bins(voice: Voice, choice: Choice, states: StyleStates) -> tuple[np.ndarray, np.ndarray]:
    """By how many bins the chosen frames are too low, and how sure that is, of each frame."""
    chosen = torch.from_numpy(np.maximum(voice.states, 0))
    on = torch.from_numpy(voice.states != REST).to(states.pitch)
    played, asked = states.pitch[:, chosen] * on, unit(choice.pitch)
    lags = range(-REACH_BINS, REACH_BINS + 1)
    likeness = torch.stack([(asked * shifted(played, lag)).sum(0) for lag in lags]).cpu().numpy()
    best = likeness.argmax(0).clip(1, len(lags) - 2)
    frames = np.arange(likeness.shape[1])
    before, at, after = (likeness[best + step, frames] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * at + after, -1e-9)
    return best - REACH_BINS + np.clip((before - after) / (2 * bend), -0.5, 0.5), at


def _curve(detune: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Smoothed over 0.16 s by how sure each frame is; 0 where none is."""
    kernel = np.hanning(SMOOTH_FRAMES + 2)[1:-1]
    weight = np.maximum(sure, 1e-3) ** 2

    def smooth(values: np.ndarray) -> np.ndarray:
        return np.convolve(values, kernel)[SMOOTH_FRAMES // 2 : SMOOTH_FRAMES // 2 + len(values)]

    mean_sure = smooth(sure) / smooth(np.ones_like(sure))
    return np.where(mean_sure > SURE_ABOVE, smooth(detune * weight) / smooth(weight), 0.0)


def _limited(gain: np.ndarray) -> np.ndarray:
    """At most 20 dB above the run's own median: silence within a style must not become a burst."""
    sounding = gain[gain > 0]
    return np.minimum(gain, 10 ** (MOST_BOOST_DB / 20) * np.median(sounding)) if len(sounding) else gain
