"""Spectral convergence, and checks of magnitudes and lengths."""

from math import isfinite

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.spectral import Stft


def spectral_convergence_db(
    waveform: Float[Tensor, "*batch sample"], magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft
) -> float:
    """`20 log10 (|| |STFT(y)| - S || / || S ||)`: relative error of a signal's magnitudes in dB, lower is better.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> noise = torch.randn(4096, generator=torch.Generator().manual_seed(0))
        >>> round(spectral_convergence_db(0.9 * noise, stft.magnitude(noise), stft), 3)
        -20.0
    """
    residue = stft.magnitude(waveform) - magnitude
    ratio = torch.linalg.vector_norm(residue) / torch.linalg.vector_norm(magnitude)
    return float(20 * torch.log10(ratio.clamp_min(1e-15)))


def check_magnitude(magnitude: Float[Tensor, "*shape"], stft: Stft) -> None:
    """Checks that magnitudes are those of a transform.

    Args:
        magnitude: `[..., frequency, frame]`, not negative, finite, at least one frame.
        stft: expected transform.

    Raises:
        InputError: they are not.
    """
    if magnitude.ndim < 2 or magnitude.shape[-2] != stft.bins:
        raise InputError(
            f"magnitudes of shape {tuple(magnitude.shape)} do not fit an n_fft of {stft.n_fft}, which has "
            f"{stft.bins} frequencies; give [..., frequency, frame] and the n_fft they were made with"
        )
    if magnitude.numel() == 0:
        raise InputError(f"magnitudes of shape {tuple(magnitude.shape)} are empty; give at least one frame")
    lowest, highest = (float(value) for value in magnitude.detach().aminmax())
    if not (isfinite(lowest) and isfinite(highest)):
        raise InputError("the magnitudes hold values that are not finite numbers; repair or remove them")
    if lowest < 0:
        raise InputError(f"the magnitudes go down to {lowest:.3g}; they must not be negative: clip them at 0")


def check_samples(samples: int, frames: int, stft: Stft) -> None:
    """Checks that frames cover a length.

    Raises:
        InputError: the length is out of range.
    """
    longest = frames * stft.hop_samples - (not stft.circular)
    shortest = longest if stft.circular else max(1, (frames - 1) * stft.hop_samples)
    if not shortest <= samples <= max(longest, shortest):
        raise InputError(
            f"{frames} frames with a hop of {stft.hop_samples} do not make {samples} samples; "
            f"ask for {shortest} to {longest}"
        )
