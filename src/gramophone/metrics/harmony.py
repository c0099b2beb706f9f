"""Harmony: whether a result's pitch classes change as the content's do."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32
from numpy.fft import rfft

from gramophone.metrics.constant_q import ConstantQ
from gramophone.metrics.measure import Course, Measure, Waveform, at_rate, changing, check_longer, undefined

NAME = "harmony"
RATE_HZ = 8_000
CLASSES = 36
LOWEST_HZ, HIGHEST_HZ = 110.0, 3500.0
BLOCK_S = 0.1
SHORTEST_S = 0.5
QUIET_DB = 40.0  # frames below the loudest by this much fade out of the comparison
PITCHED_ABOVE = 0.12  # see `tonality`
MOVING_ABOVE = 0.1  # share of the pitch classes' energy that changes over time
OUT_OF_RANGE = "no harmony to keep: the content has next to nothing between 110 Hz and 3.5 kHz"


@dataclass(frozen=True)
class Harmony:
    """The content's pitch classes over time.

    Attributes:
        course: of the pitch classes.
        reason: why there is no harmony to compare; empty if there is.
    """

    course: Course
    reason: str

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Harmony":
        """Prepares a content and a style.

        Raises:
            InputError: the content is shorter than half a second.
        """
        check_longer(content, rate_hz, SHORTEST_S, "content")
        classes = pitch_classes(content, rate_hz)
        moving = changing(classes)
        course = Course.of(lambda sound: changing(pitch_classes(sound, rate_hz)), moving, style, len(content))
        has_range = _share_in_range(content, rate_hz) > 10 ** (-QUIET_DB / 10)
        return cls(course, _reason(classes, moving) if has_range else OUT_OF_RANGE)

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Correlation over 36 pitch classes and time, the mean of each clip removed; -1 to 1."""
        if self.reason:
            return (undefined(NAME, self.reason),)
        return (self.course.measure(NAME, result, "pitch classes change with the content's"),)


def pitch_classes(waveform: Waveform, rate_hz: int) -> Float32[np.ndarray, "36 frame"]:
    """Magnitudes of a constant-Q transform from 110 Hz to 3.5 kHz, folded into an octave; one frame in 0.1 s.

    Each frame has a norm of 1; frames 40 dB below the loudest, and less, fade to 0.
    """
    bands = ConstantQ(RATE_HZ, LOWEST_HZ, HIGHEST_HZ, CLASSES)
    signal = torch.from_numpy(at_rate(waveform, rate_hz, RATE_HZ))
    energy = bands.magnitude(signal)[1:-1].square()
    step = max(1, round(BLOCK_S * RATE_HZ / bands.hop_samples))
    blocks = energy[:, : energy.shape[1] // step * step].unflatten(1, (-1, step)).mean(2)
    octaves = -(-len(blocks) // CLASSES)
    blocks = torch.nn.functional.pad(blocks, (0, 0, 0, octaves * CLASSES - len(blocks)))
    folded = blocks.sqrt().unflatten(0, (octaves, CLASSES)).sum(0)
    norms = folded.norm(dim=0)
    floor = float(norms.max()) * 10 ** (-QUIET_DB / 20)
    return (folded / norms.clamp_min(max(floor, 1e-20))).float().numpy()


def tonality(classes: Float32[np.ndarray, "36 frame"]) -> float:
    """How far few pitch classes stand out: one less the mean flatness of the frames' energies, 0 to 1.

    Noise is near 0.05, speech about 0.2, notes and chords above 0.3.
    """
    energy = np.square(classes.astype(np.float64)) + 1e-9
    heard = energy.sum(0) > 0.1
    flatness = np.exp(np.log(energy[:, heard]).mean(0)) / energy[:, heard].mean(0)
    return float(1 - flatness.mean()) if heard.any() else 0.0


def _reason(classes: Float32[np.ndarray, "36 frame"], moving: Float32[np.ndarray, "36 frame"]) -> str:
    if tonality(classes) < PITCHED_ABOVE:
        return "no harmony to keep: no pitch class of the content stands out"
    inner = slice(1, -1)  # every sound begins and ends
    if np.square(moving[:, inner]).sum() < MOVING_ABOVE * np.square(classes[:, inner]).sum():
        return "no harmony to keep: the content's pitch classes do not change"
    return ""


def _share_in_range(waveform: Waveform, rate_hz: int) -> float:
    """Share of the energy between 110 Hz and 3.5 kHz; of a hum below, all that is left there is noise and windows."""
    power = np.square(np.abs(rfft(waveform)))
    hz = np.arange(len(power)) * rate_hz / len(waveform)
    return float(power[(hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)].sum() / max(float(power.sum()), 1e-30))
