"""Phases to start from: drawn ones, and those of a waveform."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.spectral import Stft


def random_phase(
    magnitude: Float[Tensor, "*batch frequency frame"], seed: int = 0
) -> Float[Tensor, "*batch frequency frame"]:
    """Phases from 0 to 2 pi drawn for the shape of the magnitudes; the same on every device.

    Example:
        >>> import torch
        >>> phase = random_phase(torch.ones(257, 33), seed=1)
        >>> phase.shape, bool((phase >= 0).all() and (phase <= 2 * torch.pi).all())
        (torch.Size([257, 33]), True)
    """
    generator = torch.Generator().manual_seed(seed)
    return (2 * math.pi * torch.rand(magnitude.shape, generator=generator)).to(magnitude)


def phase_of(
    waveform: Float[Tensor, "*batch sample"], stft: Stft, *, frames: int | None = None
) -> Float[Tensor, "*batch frequency frame"]:
    """The phase of a waveform, to start a method from: that of the content keeps the content's attacks.

    Args:
        waveform: any signal.
        stft: the transform of the magnitudes that are to be inverted.
        frames: how many are needed; the waveform is continued by silence, or cut. All by default.

    Raises:
        InputError: a waveform without samples, or with some that are not finite.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> noise = torch.randn(4096, generator=torch.Generator().manual_seed(0))
        >>> spectrum = torch.polar(stft.magnitude(noise), phase_of(noise, stft))
        >>> torch.allclose(stft.inverse(spectrum, 4096), noise, atol=1e-4)
        True
    """
    if waveform.shape[-1] == 0 or not bool(torch.isfinite(waveform).all()):
        raise InputError("a phase is taken from at least one sample, all of them finite; give another waveform")
    if frames is not None:
        missing = frames * stft.hop_samples - waveform.shape[-1]
        waveform = torch.nn.functional.pad(waveform, (0, max(missing, 0)))
    return stft.forward(waveform)[..., :frames].angle()
