"""The states of the choice: every frame of every transposed copy of every style, as features only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from gramophone.condition.analysis import Analysis
from gramophone.condition.pitch import BINS_PER_SEMITONE, shifted, unit
from gramophone.errors import InputError

MOST_STATES = 120_000
"""About one minute of style in 29 copies; longer styles keep fewer copies apart from the untransposed one."""


@dataclass(frozen=True)
class StyleStates:
    """Copies lie one after the other; within a copy the next state is the next frame.

    Attributes:
        pitch: unit pitch features.
        shape: unit standardised shapes of the envelope.
        energy: of the frames.
        onset: strengths.
        audible: whether a frame is anything but silence.
        style: which style it is of.
        semitones: transposition, upwards.
        frame: place in the transposed copy; its time in the style is longer by `2^(semitones / 12)`.
        first: whether a copy begins.
    """

    pitch: Float[Tensor, "bin state"]
    shape: Float[Tensor, "band state"]
    energy: Float[Tensor, " state"]
    onset: Float[Tensor, " state"]
    audible: Bool[Tensor, " state"]
    style: Int[np.ndarray, " state"]
    semitones: Int[np.ndarray, " state"]
    frame: Int[np.ndarray, " state"]
    first: Bool[np.ndarray, " state"]

    @property
    def count(self) -> int:
        """Number of states."""
        return len(self.style)


def style_states(styles: Sequence[Analysis], range_semitones: int) -> StyleStates:
    """Copies of all styles from `-range_semitones` to `range_semitones`.

    Copies are made of features: frames interpolated in time as resampling would move them, pitch moved along its
    axis. Nothing is resampled before it is chosen.

    Raises:
        InputError: every style is silent.
    """
    if not any(float(style.energy.max()) > 0 for style in styles):
        raise InputError("every style is silent, so nothing can be made of them; give one with sound in it")
    frames = sum(style.frames for style in styles)
    shifts = _shifts(range_semitones, frames)
    parts = [_copy(style, number, k) for number, style in enumerate(styles) for k in shifts]
    tensors = (torch.cat([part[place] for part in parts], -1) for place in range(5))
    pitch, shape, energy, onset, audible = tensors
    arrays = (np.concatenate([part[place] for part in parts]) for place in range(5, 9))
    style, semitones, frame, first = arrays
    return StyleStates(pitch, shape, energy, onset, audible > 0.5, style, semitones, frame, first)


def standardised_shape(analysis: Analysis) -> Float[Tensor, "band frame"]:
    """Brighter than its own average, not bright as such: the relation carries from one timbre to another."""
    shape, audible = analysis.shape, analysis.audible
    heard = shape[:, audible] if int(audible.sum()) > 1 else shape
    deviation = heard.std(1, correction=0, keepdim=True)
    return unit(((shape - heard.mean(1, keepdim=True)) / (deviation + 0.3)).clamp(-3, 3))


def _shifts(range_semitones: int, frames: int) -> list[int]:
    copies = max(1, min(2 * range_semitones + 1, MOST_STATES // max(1, frames)))
    reach = (copies - 1) // 2
    if reach in {0, range_semitones}:
        return list(range(-reach, reach + 1))
    return sorted({round(k) for k in np.linspace(-range_semitones, range_semitones, 2 * reach + 1)} | {0})


def _copy(style: Analysis, number: int, semitones: int) -> tuple[Any, ...]:
    speed = 2 ** (semitones / 12)
    frames = max(1, int((style.frames - 1) / speed) + 1)
    position = (torch.arange(frames, dtype=torch.float64) * speed).clamp(max=style.frames - 1)
    below = position.floor().long()
    above = (below + 1).clamp(max=style.frames - 1)
    share = (position - below).to(style.energy)

    def moved(features: Tensor) -> Tensor:
        return torch.lerp(features[..., below], features[..., above], share)

    return (
        unit(shifted(moved(style.pitch), BINS_PER_SEMITONE * semitones)),
        unit(moved(standardised_shape(style))),
        moved(style.energy),
        moved(style.onset),
        moved(style.audible.to(style.energy)),
        np.full(frames, number),
        np.full(frames, semitones),
        np.arange(frames),
        np.arange(frames) == 0,
    )
