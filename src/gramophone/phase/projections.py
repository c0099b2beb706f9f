"""The two projections that every iterative method is made of, without what `torch.stft` does anew at each call.

`P_A` sets the magnitudes of a complex spectrogram, `P_C` makes it the spectrogram of a signal. Spectrograms are kept
as `[spectrogram, frame, frequency]` here, so that transforms run along memory.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.phase.convergence import check_magnitude, check_samples
from gramophone.phase.start import random_phase
from gramophone.spectral import Stft
from gramophone.spectral.stft import overlap_add

LEAST_OVERLAP = 1e-3  # share of the largest sum of squared windows below which it is not divided out

Spectrum = Complex[Tensor, "spectrogram frame frequency"]
Waveform = Float[Tensor, "spectrogram sample"]


@dataclass(frozen=True)
class Projections:
    """Both projections for one set of magnitudes.

    Attributes:
        magnitude: the target, in `unit`s: squares of what is very loud or soft would not be numbers.
        stft: its transform.
        samples: length of the signals.
        leading: the axes before frequency and frame, which come back in `finish`.
        unit: a power of two, which leaves all digits as they are.
    """

    magnitude: Float[Tensor, "spectrogram frame frequency"]
    stft: Stft
    samples: int
    leading: tuple[int, ...]
    unit: float
    _window: Float[Tensor, " n_fft"]
    _scale: Float[Tensor, " sample"]

    @classmethod
    def of(cls, magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft, samples: int) -> "Projections":
        """Prepares what stays the same from round to round.

        Raises:
            InputError: magnitudes that are none of this transform, or a length that they do not cover.
        """
        check_magnitude(magnitude, stft)
        frames = magnitude.shape[-1]
        check_samples(samples, frames, stft)
        flat = magnitude.detach().reshape(-1, *magnitude.shape[-2:]).transpose(1, 2).contiguous()
        window = stft.taper(flat)
        squares = window.square().expand(1, frames, stft.n_fft)
        envelope = stft.unpad(overlap_add(squares, stft.hop_samples), samples)[0]
        # At half a window of hop the last window goes down to nothing alone: what is divided there would be a click.
        scale = 1 / envelope.clamp_min(LEAST_OVERLAP * float(envelope.max()))
        peak = float(flat.max())
        unit = 2.0 ** math.floor(math.log2(peak)) if peak > 0 else 1.0
        return cls(flat / unit, stft, samples, tuple(magnitude.shape[:-2]), unit, window, scale)

    def start(self, phase: Float[Tensor, "*batch frequency frame"] | None, seed: int) -> Spectrum:
        """The target with a phase to begin with, a drawn one if none is given."""
        if phase is None:
            shape = (*self.leading, self.magnitude.shape[2], self.magnitude.shape[1])
            phase = random_phase(self.magnitude.new_empty(shape), seed)
        flat = phase.to(self.magnitude).reshape(-1, *phase.shape[-2:]).transpose(1, 2)
        return torch.polar(self.magnitude, flat.contiguous())

    def signal(self, spectrum: Spectrum) -> Waveform:
        """The signal whose spectrogram is nearest (Griffin & Lim 1984, eq. 6)."""
        frames = torch.fft.irfft(spectrum, self.stft.n_fft).mul_(self._window)
        return self.stft.unpad(overlap_add(frames, self.stft.hop_samples), self.samples) * self._scale

    def analyse(self, waveform: Waveform) -> Spectrum:
        """The spectrogram of a signal."""
        stft = self.stft
        frames = self.magnitude.shape[1]
        padded = stft.pad(waveform, frames)
        return torch.fft.rfft(padded.unfold(-1, stft.n_fft, stft.hop_samples)[:, :frames] * self._window)

    def consistent(self, spectrum: Spectrum) -> Spectrum:
        """`P_C`: the nearest spectrogram of a signal."""
        return self.analyse(self.signal(spectrum))

    def magnitudes_set(self, spectrum: Spectrum) -> Spectrum:
        """`P_A`: the target's magnitudes with the phases of the spectrum."""
        return spectrum * self.gain(spectrum)

    def set_magnitudes_(self, spectrum: Spectrum) -> Spectrum:
        """`P_A` in place."""
        return spectrum.mul_(self.gain(spectrum))

    def gain(self, spectrum: Spectrum) -> Float[Tensor, "spectrogram frame frequency"]:
        """What turns each magnitude into the target; 0 where there is nothing to turn."""
        parts = torch.view_as_real(spectrum)
        power = parts[..., 0].square().addcmul_(parts[..., 1], parts[..., 1])
        # Squares of float32 end at 1e-38: below 1e-18 a coefficient has no phase to keep.
        return power.clamp_min_(torch.finfo(power.dtype).tiny).rsqrt_().mul_(self.magnitude)

    def keeping(self, beginning: Float[Tensor, "*batch _"] | None, waveform: Waveform) -> Waveform:
        """The signal with its first samples replaced by known ones, in place."""
        if beginning is not None and beginning.shape[-1]:
            waveform[:, : beginning.shape[-1]] = beginning.reshape(len(waveform), -1) / self.unit
        return waveform

    def finish(
        self, spectrum: Spectrum, beginning: Float[Tensor, "*batch _"] | None = None
    ) -> Float[Tensor, "*batch sample"]:
        """The signal, on the level and with the leading axes of the magnitudes."""
        return self.keeping(beginning, self.signal(spectrum)).mul_(self.unit).reshape(*self.leading, self.samples)
