"""Short-time Fourier transform and its least-squares inverse."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Complex, Float, Shaped
from torch import Tensor
from torch.autograd.function import once_differentiable

from gramophone.spectral.windows import WINDOWS, window


def overlap_add(frames: Float[Tensor, "*batch frame n_fft"], hop_samples: int) -> Float[Tensor, "*batch sample"]:
    """Sum of frames a hop apart; at least as long as all of them.

    Example:
        >>> overlap_add(torch.ones(3, 4), hop_samples=2)
        tensor([1., 1., 2., 2., 2., 2., 1., 1.])
    """
    *batch, count, n_fft = frames.shape
    pieces = math.ceil(n_fft / hop_samples)
    total = frames.new_zeros(*batch, count + pieces - 1, hop_samples)
    for piece in range(pieces):
        part = frames[..., piece * hop_samples : (piece + 1) * hop_samples]
        total[..., piece : piece + count, : part.shape[-1]] += part
    return total.flatten(-2)


def wrapped(x: Shaped[Tensor, "*batch sample"], before: int, after: int) -> Shaped[Tensor, "*batch _"]:
    """A circular signal continued by some samples before and after.

    Example:
        >>> wrapped(torch.tensor([1, 2, 3]), before=1, after=2)
        tensor([3, 1, 2, 3, 1, 2])
    """
    samples = x.shape[-1]
    places = torch.arange(-before, samples + after, device=x.device) % samples
    return x[..., places]


def wrap_adjoint(x: Shaped[Tensor, "*batch long"], samples: int, before: int) -> Shaped[Tensor, "*batch sample"]:
    """Transpose of `wrapped`: what lies outside is added where the circle leads it.

    Example:
        >>> wrap_adjoint(torch.tensor([3, 1, 2, 3, 1, 2]), samples=3, before=1)
        tensor([2, 4, 6])
    """
    turns = -(-x.shape[-1] // samples)
    x = torch.nn.functional.pad(x, (0, turns * samples - x.shape[-1]))
    return x.reshape(*x.shape[:-1], turns, samples).sum(-2).roll(-before, -1)


class _Magnitude(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, waveform: Tensor, stft: "Stft") -> Tensor:  # noqa: ANN401 (torch's own signature)
        frames = stft.frames(waveform.shape[-1])
        pieces = stft.pad(waveform, frames).unfold(-1, stft.n_fft, stft.hop_samples)[..., :frames, :]
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
        # Not the smallest number: division by it overflows, and 0 times infinity is not a number.
        weights = upstream.mT / size.clamp_min(torch.finfo(size.dtype).tiny ** 0.5)
        # Inner frequencies stand for two of the full transform; the inverse counts them twice.
        weights[..., 1:-1] *= 0.5
        pieces = torch.fft.irfft(spectrum * weights, stft.n_fft, norm="forward") * stft.taper(size)
        return stft.unpad(overlap_add(pieces, stft.hop_samples), ctx.samples), None


@dataclass(frozen=True)
class Stft:
    """Windowed STFT, frames centred on multiples of the hop.

    The signal is continued by zeros at both ends, or by itself (`circular`): the last sample then leads into the
    first, and so does the last frame.

    Attributes:
        n_fft: window and transform length in samples, even.
        hop_samples: step between frames in samples; `n_fft / hop_samples` is the redundancy, at least 2.
        window: `hann`, `hamming`, `blackman` or `gauss` (truncated at 1 % of its height).
        circular: whether the signal is a loop, whose length must be a multiple of the hop.

    Raises:
        ValueError: lengths or a window that do not allow reconstruction.

    Example:
        >>> stft = Stft(n_fft=512, hop_samples=128)
        >>> noise = torch.randn(2, 4096, generator=torch.Generator().manual_seed(0))
        >>> stft.forward(noise).shape
        torch.Size([2, 257, 33])
        >>> torch.allclose(stft.inverse(stft.forward(noise), 4096), noise, atol=1e-5)
        True
    """

    n_fft: int = 2048
    hop_samples: int = 512
    window: str = "hann"
    circular: bool = False

    def __post_init__(self) -> None:
        if self.n_fft < 4 or self.n_fft % 2:
            raise ValueError(f"n_fft must be even and at least 4, not {self.n_fft}")
        if not 1 <= self.hop_samples <= self.n_fft // 2:
            raise ValueError(
                f"hop_samples must be within 1 and n_fft / 2 = {self.n_fft // 2}, not {self.hop_samples}: "
                "windows that hardly overlap do not allow reconstruction"
            )
        if self.window not in WINDOWS:
            raise ValueError(f"window must be one of {', '.join(WINDOWS)}, not {self.window}")

    @property
    def bins(self) -> int:
        """Number of frequencies, from 0 to half the rate."""
        return self.n_fft // 2 + 1

    def frames(self, samples: int) -> int:
        """Number of frames of a signal."""
        return samples // self.hop_samples + (not self.circular)

    def pad(self, waveform: Float[Tensor, "*batch sample"], frames: int) -> Float[Tensor, "*batch _"]:
        """The signal padded to the samples that some frames cover, from half a window before to half a window after.

        Raises:
            ValueError: the length of a loop is not a multiple of the hop.
        """
        half, samples = self.n_fft // 2, waveform.shape[-1]
        after = (frames - 1) * self.hop_samples + half - samples
        if not self.circular:
            return torch.nn.functional.pad(waveform, (half, max(0, after)))
        if samples % self.hop_samples:
            raise ValueError(f"a loop of {samples} samples is not a multiple of the hop of {self.hop_samples}")
        return wrapped(waveform, half, after)

    def unpad(self, overlapped: Float[Tensor, "*batch _"], samples: int) -> Float[Tensor, "*batch sample"]:
        """Transpose of `pad`: the signal of overlap-added frames."""
        half = self.n_fft // 2
        if self.circular:
            return wrap_adjoint(overlapped, samples, half)
        return overlapped[..., half : half + samples]

    def taper(self, like: Tensor) -> Float[Tensor, " n_fft"]:
        """The periodic window, on the device of `like` and in its real type."""
        real = like.real.dtype if like.is_complex() else like.dtype
        return window(self.window, self.n_fft, dtype=real, device=like.device)

    def forward(self, waveform: Float[Tensor, "*batch sample"]) -> Complex[Tensor, "*batch frequency frame"]:
        """Complex spectrogram with `n_fft / 2 + 1` frequencies and `samples // hop + 1` frames."""
        batch, frames = waveform.shape[:-1], self.frames(waveform.shape[-1])
        spectrum = torch.stft(
            self.pad(waveform.reshape(-1, waveform.shape[-1]), frames),
            self.n_fft,
            self.hop_samples,
            window=self.taper(waveform),
            center=False,
            return_complex=True,
        )[..., :frames]
        return spectrum.reshape(*batch, *spectrum.shape[-2:])

    def inverse(
        self, spectrum: Complex[Tensor, "*batch frequency frame"], samples: int
    ) -> Float[Tensor, "*batch sample"]:
        """Signal whose spectrogram is nearest in the least-squares sense (Griffin & Lim 1984, eq. 6)."""
        if self.circular:
            return self._inverse_around(spectrum, samples)
        batch = spectrum.shape[:-2]
        waveform = torch.istft(
            spectrum.reshape(-1, *spectrum.shape[-2:]),
            self.n_fft,
            self.hop_samples,
            window=self.taper(spectrum),
            center=True,
            length=samples,
        )
        return waveform.reshape(*batch, samples)

    def _inverse_around(
        self, spectrum: Complex[Tensor, "*batch frequency frame"], samples: int
    ) -> Float[Tensor, "*batch sample"]:
        window = self.taper(spectrum)
        frames = torch.fft.irfft(spectrum.mT, self.n_fft) * window
        weight = overlap_add(window.square().expand(spectrum.shape[-1], -1), self.hop_samples)
        signal = self.unpad(overlap_add(frames, self.hop_samples), samples)
        return signal / self.unpad(weight, samples)

    def magnitude(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch frequency frame"]:
        """Magnitudes, differentiable once, with a finite gradient at silence (that of `abs`, which is 0 there)."""
        found: Tensor = _Magnitude.apply(waveform, self)  # type: ignore[no-untyped-call]
        return found
