"""Pitch features free of timbre: which log frequencies stand out from their octave."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

BINS_PER_OCTAVE = 36
BINS_PER_SEMITONE = BINS_PER_OCTAVE // 12
LOWEST_HZ = 55.0
OCTAVES = 7
BINS = BINS_PER_OCTAVE * OCTAVES
WINDOW_SAMPLES = 4096
BLUR_BINS = 1.0
FLOOR = 1e-3  # of the loudest bin: below it nothing stands out, however quiet its octave


def log_frequency_magnitudes(
    waveform: Float[Tensor, " sample"], rate_hz: int, hop_samples: int
) -> Float[Tensor, "bin frame"]:
    """Magnitudes at 36 bins an octave from 55 Hz, every STFT bin moved to its instantaneous frequency.

    Reassignment (Auger & Flandrin 1995) in frequency only: with the window `h` and its derivative `h'`, the
    frequency of a bin is `f - Im(X_h' / X_h) rate / 2 pi`. Bins that would move by two widths or more hold noise or
    the skirts of a partial, and are left out.

    Args:
        waveform: one channel.
        rate_hz: of the waveform; bins above half of it are empty.
        hop_samples: step between frames; they are centred on its multiples.

    Returns:
        `[252, samples // hop + 1]`.
    """
    n = WINDOW_SAMPLES
    place = torch.arange(n, dtype=torch.float64) * (2 * math.pi / n)
    window = (0.5 - 0.5 * place.cos()).to(waveform)
    derivative = (math.pi / n * place.sin()).to(waveform)
    frames = torch.nn.functional.pad(waveform, (n // 2, n // 2)).unfold(0, n, hop_samples)
    spectrum, slope = torch.fft.rfft(frames * window), torch.fft.rfft(frames * derivative)
    centre_hz = torch.arange(n // 2 + 1).to(waveform) * (rate_hz / n)
    power = spectrum.real.square() + spectrum.imag.square()
    cross = slope.imag * spectrum.real - slope.real * spectrum.imag
    moved_hz = -cross / power.clamp_min(torch.finfo(power.dtype).tiny) * (rate_hz / (2 * math.pi))
    energy = power * (moved_hz.abs() < 2 * rate_hz / n)
    position = BINS_PER_OCTAVE * torch.log2((centre_hz + moved_hz).clamp_min(20.0) / LOWEST_HZ)
    return smoothed(_gathered(position, energy).sqrt().T, gaussian(BLUR_BINS).to(waveform))


def pitch_features(magnitudes: Float[Tensor, "bin frame"]) -> Float[Tensor, "bin frame"]:
    """`log(1 + max(0, M / mean - 1))` with the mean over the octave around: timbre drops out, partials stay."""
    width = BINS_PER_OCTAVE + 1
    rows = torch.nn.functional.pad(magnitudes.T[:, None], (width // 2, width // 2))
    around = torch.nn.functional.avg_pool1d(rows, width, 1)[:, 0].T
    # At both ends of the scale the mean is over the bins that exist.
    inside = torch.nn.functional.pad(torch.ones(1, 1, len(magnitudes)).to(magnitudes), (width // 2, width // 2))
    around = around / torch.nn.functional.avg_pool1d(inside, width, 1)[0, 0][:, None]
    floor = FLOOR * magnitudes.max() + torch.finfo(magnitudes.dtype).tiny
    return torch.log1p((magnitudes / (around + floor) - 1).clamp_min(0))


def shifted(features: Float[Tensor, "bin frame"], bins: int) -> Float[Tensor, "bin frame"]:
    """Moved up by so many bins (down if negative); what leaves the scale is lost."""
    if bins == 0:
        return features
    moved = torch.zeros_like(features)
    if bins > 0:
        moved[bins:] = features[:-bins]
    else:
        moved[:bins] = features[-bins:]
    return moved


def unit(features: Float[Tensor, "feature frame"]) -> Float[Tensor, "feature frame"]:
    """Frames of norm 1; those without anything stay 0."""
    return features / (torch.linalg.vector_norm(features, dim=0, keepdim=True) + 1e-6)


def gaussian(deviation: float) -> Float[Tensor, " tap"]:
    """A symmetric kernel with unit sum."""
    reach = math.ceil(3 * deviation)
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / deviation) ** 2)
    return taps / taps.sum()


def smoothed(rows: Float[Tensor, "row column"], kernel: Float[Tensor, " tap"]) -> Float[Tensor, "row column"]:
    """Convolved along the rows' index (the first axis)."""
    return torch.nn.functional.conv1d(rows.T[:, None], kernel[None, None], padding=len(kernel) // 2)[:, 0].T


def _gathered(
    position: Float[Tensor, "frame frequency"], energy: Float[Tensor, "frame frequency"]
) -> Float[Tensor, "frame bin"]:
    """Energies at their log frequencies, shared between the two nearest bins."""
    below = position.floor()
    share = position - below
    energy = energy * ((below >= 0) & (below < BINS))
    index = below.clamp(0, BINS).long()
    total = energy.new_zeros(len(energy), BINS + 2)
    total.scatter_add_(1, index, energy * (1 - share))
    total.scatter_add_(1, index + 1, energy * share)
    return total[:, :BINS]
