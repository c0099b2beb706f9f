"""The derivatives of a phase, from those of the log magnitude.

For a Gaussian window `exp(-pi t^2 / g)` the relation is exact (Prusa, Balazs & Sondergaard 2017, eq. 11 and 12);
other windows take the `g` of the Gaussian nearest to them.
"""

import math

import numpy as np
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft
from gramophone.spectral.windows import GAMMAS

Array = Float[np.ndarray, "..."]
FLOOR = 1e-3  # share of the tolerance at which logarithms end: beyond any coefficient that is used


def as_arrays(magnitude: Float[Tensor, "*batch frequency frame"]) -> Float[np.ndarray, "spectrogram frequency frame"]:
    """The spectrograms one after another on the CPU, in their own precision."""
    flat = magnitude.detach().reshape(-1, *magnitude.shape[-2:]).cpu().numpy()
    return np.asarray(flat) if flat.dtype in (np.float32, np.float64) else flat.astype(np.float32)


def log_magnitude(
    magnitude: Float[np.ndarray, "*shape"], peak: float, tolerance: float
) -> Float[np.ndarray, "*shape"]:
    """Natural logarithm with a floor below the tolerance."""
    return np.log(np.maximum(magnitude, magnitude.dtype.type(max(tolerance * peak * FLOOR, _smallest(magnitude)))))


def _smallest(magnitude: Array) -> float:
    return float(np.finfo(magnitude.dtype).tiny)


def ratio(stft: Stft) -> float:
    """`a M / g`: what turns a step of the log magnitude per bin into a phase advance per hop."""
    return stft.hop_samples / (GAMMAS[stft.window] * stft.n_fft)


def carrier(stft: Stft) -> Float[np.ndarray, " frequency"]:
    """Phase advance per hop of each bin's centre, within -pi and pi: whole turns cost only precision."""
    samples = stft.hop_samples * np.arange(stft.bins) % stft.n_fft
    return 2 * math.pi / stft.n_fft * np.where(samples > stft.n_fft // 2, samples - stft.n_fft, samples)


def steps_per_hop(log: Float[np.ndarray, "*batch frequency frame"], stft: Stft) -> Array:
    """Phase advance per hop at every coefficient, by centred differences over frequency."""
    steps = np.zeros_like(log)
    np.subtract(log[..., 2:, :], log[..., :-2, :], out=steps[..., 1:-1, :])
    steps *= ratio(stft) / 2
    steps += carrier(stft).astype(log.dtype)[:, None]
    return steps


def steps_per_bin(log: Float[np.ndarray, "*batch frequency frame"], stft: Stft) -> Array:
    """Phase step per bin, by centred differences over time (one-sided at the ends)."""
    steps = np.zeros_like(log)
    if log.shape[-1] > 1:
        np.subtract(log[..., 2:], log[..., :-2], out=steps[..., 1:-1])
        steps[..., 1:-1] /= 2
        steps[..., 0] = log[..., 1] - log[..., 0]
        steps[..., -1] = log[..., -1] - log[..., -2]
    steps *= -1 / ratio(stft)
    return steps


def from_frame_start(phase: Float[np.ndarray, "*batch frequency frame"]) -> Array:
    """From time counted from the frame's centre to torch's, from its first sample: `pi` a bin; within -pi and pi."""
    turn = phase.dtype.type(2 * math.pi)
    phase[..., 1::2, :] -= phase.dtype.type(math.pi)
    phase -= turn * np.rint(phase / turn)
    return phase
