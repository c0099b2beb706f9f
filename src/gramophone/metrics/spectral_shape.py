"""Spectral shape: whether formants, or any shape within four broad bands, move as the content's do.

A transfer that holds energies in a few broad bands keeps loudness and brightness and still loses every vowel. Here
each of 24 mel bands stands against the mean of its quarter of the spectrum, so that those energies do not count.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from gramophone.metrics.log_mel import log_mel, mel_energy
from gramophone.metrics.measure import Course, Measure, Waveform, changing, check_longer, undefined

NAME = "spectral shape"
BANDS, QUARTERS = 24, 4
DEPTH_DB = 50.0
AUDIBLE_DB = 40.0
SHORTEST_S = 0.5
SMOOTH_FRAMES = 3
MOVING_ABOVE = 0.45  # nepers, root mean square: steady noise moves by 0.25


@dataclass(frozen=True)
class SpectralShape:
    """The content's spectral shape over time.

    Attributes:
        course: of the shape, at the content's audible frames.
    """

    course: Course

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "SpectralShape":
        """Prepares a content and a style.

        Raises:
            InputError: the content is shorter than half a second.
        """
        check_longer(content, rate_hz, SHORTEST_S, "content")
        energy = mel_energy(content, rate_hz, BANDS).sum(0)
        audible = energy > float(energy.max()) * 10 ** (-AUDIBLE_DB / 10)

        def moving(waveform: Waveform) -> Float32[np.ndarray, "24 frame"]:
            return changing(shape(waveform, rate_hz)[:, audible])

        return cls(Course.of(moving, moving(content), style, len(content)))

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Correlation over bands and audible frames, -1 to 1."""
        if float(np.sqrt(np.mean(np.square(self.course.content)))) < MOVING_ABOVE:
            return (undefined(NAME, "no spectral shape to keep: the content's does not move"),)
        return (self.course.measure(NAME, result, "the spectral shape moves with the content's"),)


def shape(waveform: Waveform, rate_hz: int) -> Float32[np.ndarray, "24 frame"]:
    """24 log mel bands less the mean of their quarter, smoothed over 35 ms."""
    bands = log_mel(waveform, rate_hz, BANDS, DEPTH_DB).reshape(QUARTERS, BANDS // QUARTERS, -1)
    found = (bands - bands.mean(1, keepdims=True)).reshape(BANDS, -1)
    around = np.pad(found, ((0, 0), (SMOOTH_FRAMES // 2, SMOOTH_FRAMES // 2)), "edge")
    return np.lib.stride_tricks.sliding_window_view(around, SMOOTH_FRAMES, axis=1).mean(2)
