"""Derivatives of the phase from those of the log magnitude.

For a Gaussian window `exp(-pi t^2 / g)` the relation is exact (Prusa, Balazs & Sondergaard 2017, eq. 11 and 12);
other windows use the `g` of the nearest Gaussian.
"""

import math
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft
from gramophone.spectral.windows import GAMMAS

FLOOR = 1e-3  # lower bound of magnitudes relative to the tolerance, below all coefficients in use

Phases = TypeVar("Phases", np.ndarray, Tensor)
Frame = Float[np.ndarray, "channel frequency"]


@runtime_checkable
class PhaseSource(Protocol):
    """Takes magnitude frames one by one and gives the phase of each as soon as it can be known.

    Attributes:
        look_ahead: frames that must be pushed after a frame before its phase is given.
    """

    look_ahead: int

    def push(self, magnitude: Frame) -> list[Frame]:
        """Takes the next frame; returns the phases that are known by it, one or none."""

    def finish(self) -> list[Frame]:
        """The phases that were still waiting for a next frame, which will not come."""


def frame_by_frame(
    magnitude: Float[Tensor, "*batch frequency frame"], source: PhaseSource
) -> Float[Tensor, "*batch frequency frame"]:
    """All phases that a source gives for whole spectrograms."""
    frames = np.moveaxis(as_arrays(magnitude), 2, 0)
    phases = [phase for frame in frames for phase in source.push(frame)] + source.finish()
    return torch.from_numpy(np.stack(phases, -1)).reshape(magnitude.shape).to(magnitude)


def as_arrays(magnitude: Float[Tensor, "*batch frequency frame"]) -> Float[np.ndarray, "spectrogram frequency frame"]:
    """Spectrograms with the leading axes flattened, as an array on the CPU in their precision."""
    return np.asarray(one_after_another(magnitude).cpu().numpy())


def one_after_another(
    magnitude: Float[Tensor, "*batch frequency frame"],
) -> Float[Tensor, "spectrogram frequency frame"]:
    """Spectrograms with the leading axes flattened, as a tensor on their device; half precision becomes single."""
    flat = magnitude.detach().reshape(-1, *magnitude.shape[-2:])
    return flat if flat.dtype in (torch.float32, torch.float64) else flat.float()


def log_magnitude(
    magnitude: Float[Tensor, "*batch frequency frame"], peak: Float[Tensor, "*#batch #1 #1"], tolerance: float
) -> Float[Tensor, "*batch frequency frame"]:
    """Natural logarithm with a floor below the tolerance."""
    floor = (tolerance * FLOOR * peak).clamp_min(torch.finfo(magnitude.dtype).tiny)
    return torch.maximum(magnitude, floor).log_()


def ratio(stft: Stft) -> float:
    """`a M / g`, the ratio of a phase advance per hop to a step of the log magnitude per bin."""
    return stft.hop_samples / (GAMMAS[stft.window] * stft.n_fft)


def carrier(stft: Stft) -> Float[np.ndarray, " frequency"]:
    """Phase advance per hop of each bin's centre, within -pi and pi, as whole turns cost precision."""
    samples = stft.hop_samples * np.arange(stft.bins) % stft.n_fft
    return 2 * math.pi / stft.n_fft * np.where(samples > stft.n_fft // 2, samples - stft.n_fft, samples)


def steps_per_hop(
    log: Float[Tensor, "*batch frequency frame"], stft: Stft
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase advance per hop at every coefficient, by centred differences over frequency."""
    steps = torch.zeros_like(log)
    torch.sub(log[..., 2:, :], log[..., :-2, :], out=steps[..., 1:-1, :])
    steps *= ratio(stft) / 2
    steps += torch.from_numpy(carrier(stft)).to(log)[:, None]
    return steps


def steps_per_bin(
    log: Float[Tensor, "*batch frequency frame"], stft: Stft
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase step per bin, by centred differences over time (one-sided at the ends)."""
    steps = torch.zeros_like(log)
    if log.shape[-1] > 1:
        torch.sub(log[..., 2:], log[..., :-2], out=steps[..., 1:-1])
        steps[..., 1:-1] /= 2
        steps[..., 0] = log[..., 1] - log[..., 0]
        steps[..., -1] = log[..., -1] - log[..., -2]
    steps *= -1 / ratio(stft)
    return steps


def from_frame_start(phase: Phases) -> Phases:
    """Converts phases relative to the frame's centre to those relative to its first sample: `pi` per bin.

    Args:
        phase: `[..., frequency, frame]`, an array or a tensor, which is changed in place, within -pi and pi.
    """
    turn = 2 * math.pi
    phase[..., 1::2, :] -= math.pi
    phase -= turn * (phase / turn).round()
    return phase


def one_from_frame_start(phase: Frame) -> Frame:
    """`from_frame_start` for a single frame, in a new array."""
    return np.asarray(from_frame_start(phase[..., None].copy())[..., 0])
