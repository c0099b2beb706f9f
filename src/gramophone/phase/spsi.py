"""Single pass spectrogram inversion (Beauregard, Harish & Wyse 2015)."""

import math

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from gramophone.phase import gradient
from gramophone.phase.convergence import check_magnitude
from gramophone.phase.gradient import Frame
from gramophone.spectral import Stft


class PeakTracker:
    """Takes magnitude frames one by one and gives each a phase at once.

    Every peak turns by its own frequency, interpolated between bins, and takes the bins around it with it.

    Args:
        stft: the transform of the magnitudes.
    """

    look_ahead = 0

    def __init__(self, stft: Stft) -> None:
        self._turn = 2 * math.pi * stft.hop_samples / stft.n_fft
        self._phase: Frame | None = None

    def push(self, magnitude: Frame) -> list[Frame]:
        """Takes the next frame; returns its phase."""
        before = np.zeros_like(magnitude) if self._phase is None else self._phase
        peaks = np.stack([_peaks(row) for row in magnitude])
        advance = self._turn * (np.arange(magnitude.shape[1]) + _between_bins(magnitude))
        turned = np.take_along_axis(before + advance, peaks, 1)
        self._phase = (turned - 2 * math.pi * np.rint(turned / (2 * math.pi))).astype(magnitude.dtype)
        return [gradient.one_from_frame_start(self._phase)]

    def finish(self) -> list[Frame]:
        """Nothing: no phase waits for a later frame."""
        return []


def spsi(magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft) -> Float[Tensor, "*batch frequency frame"]:
    """Phase in radians from magnitudes alone, in one pass; good for tones, poor for attacks and noise.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: the transform of the magnitudes.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = stft.inverse(torch.polar(magnitude, spsi(magnitude, stft)), 4096)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    check_magnitude(magnitude, stft)
    return gradient.frame_by_frame(magnitude, PeakTracker(stft))


def _peaks(row: Float[np.ndarray, " frequency"]) -> Int[np.ndarray, " frequency"]:
    """The peak on whose side of the troughs each bin lies."""
    rises = np.concatenate([[True], row[1:] > row[:-1], [False]])
    peaks = np.flatnonzero(rises[:-1] & ~rises[1:])
    return np.asarray(peaks[np.cumsum(~rises[:-1] & rises[1:])])


def _between_bins(magnitude: Frame) -> Frame:
    """Place of the parabola's maximum through three log magnitudes, in bins from the middle one; at peaks only."""
    log = np.log(np.maximum(magnitude, np.finfo(magnitude.dtype).tiny))
    away = np.zeros_like(log)
    left, middle, right = log[:, :-2], log[:, 1:-1], log[:, 2:]
    bend = left - 2 * middle + right
    np.divide((left - right) / 2, bend, out=away[:, 1:-1], where=bend < 0)
    return np.clip(away, -0.5, 0.5)
