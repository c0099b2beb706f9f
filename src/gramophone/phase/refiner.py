"""Overlap-add frame by frame, with iterations over the few newest frames before the oldest of them is decided.

What is decided already is given; the newest frames are projected on it and on their magnitudes in turn. RTISI-LA
(Zhu, Beauregard & Wyse 2007) updates all of them from the same sum; GSRTISI-LA (Gnann & Spiertz 2010) puts every
updated frame into the sum at once, which converges faster.
"""

import numpy as np
import scipy  # whose transforms are loaded when they are used, as that takes a quarter of a second
import torch
from jaxtyping import Complex, Float
from numpy.lib.stride_tricks import sliding_window_view

from gramophone.phase.gradient import Frame
from gramophone.spectral import Stft

Block = Float[np.ndarray, "channel _"]

LEAST_OVERLAP = 0.01  # share of the full sum of squared windows below which it is not divided out


class FrameRefiner:
    """Takes magnitude frames, with or without a phase, and gives samples as soon as they are decided.

    Args:
        stft: the transform of the magnitudes.
        channels: number of spectrograms that are pushed together.
        dtype: float32 or float64.
        look_ahead: frames after the one that is decided.
        iterations: rounds for each frame.
        in_turn: update frame after frame (Gauss-Seidel), not all at once.

    Raises:
        ValueError: a negative look-ahead or number of iterations.
    """

    def __init__(
        self, stft: Stft, channels: int, dtype: type, *, look_ahead: int, iterations: int, in_turn: bool
    ) -> None:
        if look_ahead < 0 or iterations < 0:
            raise ValueError(f"look_ahead and iterations must not be negative, not {look_ahead} and {iterations}")
        self._look_ahead = look_ahead
        self._n_fft, self._hop = stft.n_fft, stft.hop_samples
        self._iterations = iterations
        self._refine = self._one_by_one if in_turn else self._together
        self._window: Float[np.ndarray, " n_fft"] = (
            stft.taper(torch.empty(0, dtype=torch.float64)).numpy().astype(dtype)
        )
        self._least = dtype(LEAST_OVERLAP * np.square(self._window).sum() / stft.hop_samples)
        self._sum: Block = np.zeros((channels, stft.n_fft + look_ahead * stft.hop_samples), dtype)
        self._envelope: Float[np.ndarray, " sample"] = np.zeros(self._sum.shape[1], dtype)
        self._newest = self._sum[:, : stft.n_fft]
        self._magnitudes: list[Frame] = []
        self._parts: list[Block] = []

    def push(self, magnitude: Frame, phase: Frame | None = None) -> list[Block]:
        """Takes the next frame; returns the hop that is decided by it, if one is."""
        here = self._place(len(self._parts))
        if phase is None:
            spectrum = with_magnitude(scipy.fft.rfft(self._sum[:, here] * self._factor(here)), magnitude)
        else:
            spectrum = (magnitude * np.exp(1j * phase)).astype(np.result_type(self._sum.dtype, np.complex64))
        part = scipy.fft.irfft(spectrum, self._n_fft) * self._window
        self._sum[:, here] += part
        self._envelope[here] += np.square(self._window)
        self._magnitudes.append(magnitude)
        self._parts.append(part)
        is_full = len(self._parts) > self._look_ahead
        if is_full:
            self._refine()
        self._newest = self._sum[:, here] * self._factor(here)
        return [self._decide()] if is_full else []

    def finish(self) -> list[Block]:
        """The frames that were waiting for others, which will not come, and the rest of the last one."""
        decided = []
        while self._parts:
            self._refine()
            decided.append(self._decide())
        return [*decided, self._sum / np.maximum(self._envelope, self._least)]

    def newest_phase(self) -> Frame:
        """The phase of the newest frame as it is by now, time counted from the frame's first sample."""
        return np.asarray(np.angle(scipy.fft.rfft(self._newest)))

    def _place(self, frame: int) -> slice:
        return slice(frame * self._hop, frame * self._hop + self._n_fft)

    def _factor(self, here: slice) -> Float[np.ndarray, " n_fft"]:
        """The analysis window, and what makes a whole of the windows that overlap so far."""
        return self._window / np.maximum(self._envelope[here], self._least)

    def _decide(self) -> Block:
        """Takes the hop that no later frame reaches."""
        decided = self._sum[:, : self._hop] / np.maximum(self._envelope[: self._hop], self._least)
        for kept in (self._sum, self._envelope):
            kept[..., : -self._hop] = kept[..., self._hop :]
            kept[..., -self._hop :] = 0
        del self._magnitudes[0], self._parts[0]
        return np.asarray(decided)

    def _one_by_one(self) -> None:
        places = [self._place(frame) for frame in range(len(self._parts))]
        factors = [self._factor(here) for here in places]
        sums = [self._sum[:, here] for here in places]
        for _ in range(self._iterations):
            for frame, total in enumerate(sums):
                spectrum = with_magnitude(scipy.fft.rfft(total * factors[frame]), self._magnitudes[frame])
                part = scipy.fft.irfft(spectrum, self._n_fft) * self._window
                total[:] += part - self._parts[frame]
                self._parts[frame] = part

    def _together(self) -> None:
        if not self._iterations:
            return
        places = [self._place(frame) for frame in range(len(self._parts))]
        factors = np.stack([self._factor(here) for here in places])
        magnitudes, parts = np.stack(self._magnitudes, 1), np.stack(self._parts, 1)
        for _ in range(self._iterations):
            sums = sliding_window_view(self._sum, self._n_fft, 1)[:, :: self._hop][:, : len(places)]
            spectra = with_magnitude(scipy.fft.rfft(sums * factors), magnitudes)
            updated = scipy.fft.irfft(spectra, self._n_fft) * self._window
            for frame, here in enumerate(places):
                self._sum[:, here] += updated[:, frame] - parts[:, frame]
            parts = updated
        self._parts = list(np.moveaxis(parts, 1, 0))


def with_magnitude(
    spectrum: Complex[np.ndarray, "*shape"], magnitude: Float[np.ndarray, "*shape"]
) -> Complex[np.ndarray, "*shape"]:
    """The magnitudes with the phases of the spectrum, 0 where it has none."""
    size = np.abs(spectrum)
    unit = spectrum * (1 / np.maximum(size, np.finfo(size.dtype).tiny))
    return np.asarray(np.where(size > 0, unit, 1) * magnitude)
