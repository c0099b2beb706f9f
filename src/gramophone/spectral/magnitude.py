"""Magnitudes of an STFT with their gradient in closed form: one real inverse transform instead of a complex one."""

from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.spectral.overlap import overlap_add

if TYPE_CHECKING:
    from gramophone.spectral.stft import Stft


def magnitude(waveform: Float[Tensor, "*batch sample"], stft: "Stft") -> Float[Tensor, "*batch frequency frame"]:
    """`|STFT|`, differentiable once, with gradient 0 at silence (that of `abs`)."""
    found: Tensor = _Magnitude.apply(waveform, stft)  # type: ignore[no-untyped-call]
    return found


class _Magnitude(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, waveform: Tensor, stft: "Stft") -> Tensor:  # noqa: ANN401 (torch's own signature)
        frames = stft.frames(waveform.shape[-1])
        pieces = stft.around(waveform, frames).unfold(-1, stft.n_fft, stft.hop_samples)[..., :frames, :]
        spectrum = torch.fft.rfft(pieces * stft.taper(waveform))
        size = spectrum.abs()
        ctx.stft, ctx.samples = stft, waveform.shape[-1]
        ctx.save_for_backward(spectrum, size)
        return size.mT

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        spectrum, size = ctx.saved_tensors
        stft: Stft = ctx.stft
        # Not the smallest number: what is divided by it overflows, and at silence 0 times that is none.
        weights = upstream.mT / size.clamp_min(torch.finfo(size.dtype).tiny ** 0.5)
        # Frequencies between the ends stand for two of the full transform, whose inverse counts them twice.
        weights[..., 1:-1] *= 0.5
        pieces = torch.fft.irfft(spectrum * weights, stft.n_fft, norm="forward") * stft.taper(size)
        return stft.together(overlap_add(pieces, stft.hop_samples), ctx.samples), None
