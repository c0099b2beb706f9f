"""Short-time Fourier transform and its least-squares inverse."""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.spectral.windows import WINDOWS, window


@dataclass(frozen=True)
class Stft:
    """Windowed STFT, frames centred on multiples of the hop, the signal continued by zeros at both ends.

    Attributes:
        n_fft: window and transform length in samples, even.
        hop_samples: step between frames; `n_fft / hop_samples` is the redundancy, at least 2.
        window: `hann`, `hamming`, `blackman` or `gauss` (truncated at 1 % of its height).

    Raises:
        ValueError: lengths or a window by which a signal cannot be found again.
    """

    n_fft: int = 2048
    hop_samples: int = 512
    window: str = "hann"

    def __post_init__(self) -> None:
        if self.n_fft < 4 or self.n_fft % 2:
            raise ValueError(f"n_fft must be even and at least 4, not {self.n_fft}")
        if not 1 <= self.hop_samples <= self.n_fft // 2:
            raise ValueError(
                f"hop_samples must be within 1 and n_fft / 2 = {self.n_fft // 2}, not {self.hop_samples}: "
                "a signal cannot be found again from windows that hardly overlap"
            )
        if self.window not in WINDOWS:
            raise ValueError(f"window must be one of {', '.join(WINDOWS)}, not {self.window}")

    @property
    def bins(self) -> int:
        """Number of frequencies, 0 and half the rate included."""
        return self.n_fft // 2 + 1

    def frames(self, samples: int) -> int:
        """Number of frames of a signal."""
        return samples // self.hop_samples + 1

    def taper(self, like: Tensor) -> Float[Tensor, " n_fft"]:
        """The periodic window, on the device of `like` and in its real type."""
        real = like.real.dtype if like.is_complex() else like.dtype
        return window(self.window, self.n_fft, dtype=real, device=like.device)

    def forward(self, waveform: Float[Tensor, "*batch sample"]) -> Complex[Tensor, "*batch frequency frame"]:
        """Complex spectrogram with `n_fft / 2 + 1` frequencies and `samples // hop + 1` frames."""
        batch = waveform.shape[:-1]
        spectrum = torch.stft(
            waveform.reshape(-1, waveform.shape[-1]),
            self.n_fft,
            self.hop_samples,
            window=self.taper(waveform),
            center=True,
            pad_mode="constant",
            return_complex=True,
        )
        return spectrum.reshape(*batch, *spectrum.shape[-2:])

    def inverse(
        self, spectrum: Complex[Tensor, "*batch frequency frame"], samples: int
    ) -> Float[Tensor, "*batch sample"]:
        """The signal whose spectrogram is nearest in the least-squares sense (Griffin & Lim 1984, eq. 6)."""
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

    def magnitude(self, waveform: Float[Tensor, "*batch sample"]) -> Float[Tensor, "*batch frequency frame"]:
        """Magnitudes, with a finite gradient at silence (that of `abs`, which is 0 there)."""
        return self.forward(waveform).abs()
