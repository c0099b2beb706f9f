"""A floor under how well the notes of a content are heard in a result: peaks over log frequency, moment by moment."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import LogScale

BINS_PER_OCTAVE = 36
LOWEST_HZ = 80.0
OCTAVES = 5.5
DEPTH = 3e-2


@dataclass(frozen=True)
class HarmonyFloor:
    """Squared shortfall of the mean correlation of whitened log-frequency magnitudes below a floor.

    Attributes:
        bins: log-frequency bins of magnitudes.
        target: the content's peaks, of norm 1 in each frame.
        weights: of the frames, by the content's level and how far its peaks stand out; summing to 1.
        floor: correlation that is asked for.
        scale: of the magnitudes.
    """

    bins: Float[Tensor, "bin frequency"]
    target: Float[Tensor, "channel bin frame"]
    weights: Float[Tensor, "channel frame"]
    floor: float
    scale: LogScale

    def near(self, x: Float[Tensor, "channel frequency frame"], share: float) -> "HarmonyFloor":
        """With a floor of that share of the correlation that `x` has: asking for more would spoil its timbre."""
        return replace(self, floor=share * max(0.0, float(self.correlation(x))))

    @classmethod
    def of(
        cls, content: Float[Tensor, "channel frequency frame"], scale: LogScale, rate_hz: int, floor: float = 0.8
    ) -> "HarmonyFloor":
        """The floor for the magnitudes of a content."""
        bins = log_frequency_bins(2 * content.shape[1] - 2, rate_hz).to(content)
        peaks = _peaks(bins @ content)
        size = torch.linalg.vector_norm(peaks, dim=-2)
        weights = content.square().sum(-2).sqrt() * size
        total = weights.sum().clamp_min(torch.finfo(weights.dtype).tiny)
        return cls(bins, _directions(peaks), weights / total, floor, scale)

    def correlation(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """Weighted mean over the frames."""
        peaks = _directions(_peaks(self.bins @ self.scale.inverse(x)))
        return (self.weights * (peaks * self.target).sum(-2)).sum()

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """0 where the floor is reached."""
        return (self.floor - self.correlation(x)).clamp_min(0).square()


def log_frequency_bins(n_fft: int, rate_hz: int) -> Float[Tensor, "bin frequency"]:
    """Triangles of unit sum at 36 an octave from 80 Hz, at least one STFT bin wide on each side."""
    hz = torch.arange(n_fft // 2 + 1) * (rate_hz / n_fft)
    centre_hz = LOWEST_HZ * 2 ** (torch.arange(int(BINS_PER_OCTAVE * OCTAVES)) / BINS_PER_OCTAVE)
    centre_hz = centre_hz[centre_hz < 0.9 * rate_hz / 2]
    width_hz = (centre_hz * (2 ** (1 / BINS_PER_OCTAVE) - 1)).clamp_min(rate_hz / n_fft)
    triangles = (1 - (hz - centre_hz[:, None]).abs() / width_hz[:, None]).clamp_min(0)
    return triangles / triangles.sum(1, keepdim=True).clamp_min(1e-9)


def _peaks(rows: Float[Tensor, "channel bin frame"]) -> Float[Tensor, "channel bin frame"]:
    """Log magnitudes above their mean over an octave, what is below it left out."""
    floor = DEPTH * rows.mean((-2, -1), keepdim=True) + torch.finfo(rows.dtype).tiny ** 0.5
    level = (rows + floor).log()
    half = BINS_PER_OCTAVE // 2
    padded = torch.nn.functional.pad(level.mT, (half, half), mode="replicate")
    around = torch.nn.functional.avg_pool1d(padded, 2 * half + 1, 1).mT
    return (level - around).clamp_min(0)


def _directions(peaks: Float[Tensor, "channel bin frame"]) -> Float[Tensor, "channel bin frame"]:
    centred = peaks - peaks.mean(-2, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=-2, keepdim=True) + 1e-3)
