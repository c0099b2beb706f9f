"""What a magnitude must be before a phase is sought for it."""

from math import isfinite

from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.spectral import Stft


def check_magnitude(magnitude: Float[Tensor, "*shape"], stft: Stft) -> None:
    """Refuses what is no magnitude of that transform.

    Args:
        magnitude: `[..., frequency, frame]`, not negative, finite, at least one frame.
        stft: the transform it should be of.

    Raises:
        InputError: with the first reason found.
    """
    if magnitude.ndim < 2 or magnitude.shape[-2] != stft.bins:
        raise InputError(
            f"magnitudes of shape {tuple(magnitude.shape)} do not fit an n_fft of {stft.n_fft}, which has "
            f"{stft.bins} frequencies; give [..., frequency, frame] and the n_fft they were made with"
        )
    if magnitude.numel() == 0:
        raise InputError(f"magnitudes of shape {tuple(magnitude.shape)} hold nothing; give at least one frame")
    lowest, highest = (float(value) for value in magnitude.detach().aminmax())
    if not (isfinite(lowest) and isfinite(highest)):
        raise InputError("the magnitudes hold values that are not finite numbers; repair or remove them")
    if lowest < 0:
        raise InputError(f"the magnitudes go down to {lowest:.3g}; they must not be negative: clip them at 0")


def check_samples(samples: int, frames: int, stft: Stft) -> None:
    """Refuses a length that those frames do not cover.

    Raises:
        InputError: with the range.
    """
    longest = frames * stft.hop_samples - (not stft.circular)
    shortest = longest if stft.circular else max(1, (frames - 1) * stft.hop_samples)
    if not shortest <= samples <= max(longest, shortest):
        raise InputError(
            f"{frames} frames with a hop of {stft.hop_samples} do not make {samples} samples; "
            f"ask for {shortest} to {longest}"
        )
