"""Floors under what a transfer keeps of its content: the intelligible part of its envelopes, and its notes."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import AXES, band_filters
from gramophone.statistics.envelopes import log_energies, log_with_floor

BANDS = 24
SEGMENT_S = 0.5
AUDIBLE = 1e-4
IMPORTANT_HZ, IMPORTANT_OCTAVES = 1600.0, 1.6
MOST_NEPERS = 3.0

BINS_PER_OCTAVE = 36
LOWEST_HZ = 80.0
OCTAVES = 5.5
PEAK_DEPTH = 3e-2


@dataclass(frozen=True)
class EnvelopeFloors:
    """Weighted mean of squared shortfalls below the floor, of scaled magnitudes.

    A floor under the mean correlation of all bands over a whole recording is slack: an optimiser spends it where
    words are. Here every band keeps its movement in every half second by itself, and what matters for words weighs
    most.

    Each cell is a band over half a second, half overlapping. It weighs by how far the content's log energy moves in
    it and by a bell over log frequency about 1.6 kHz, near the band importance of speech intelligibility (ANSI S3.5);
    cells 40 dB below the loudest count nothing.

    Attributes:
        bands: energies of magnitudes.
        target: standardised log energies of the content's cells.
        weights: of the cells, summing to 1.
        floor: correlation that each cell is to have.
        scale: of the magnitudes.
        segment: frames of a cell.
    """

    bands: Float[Tensor, "band frequency"]
    target: Float[Tensor, "channel band cell frame"]
    weights: Float[Tensor, "channel band cell"]
    floor: float
    scale: LogScale
    segment: int

    @classmethod
    def of(
        cls,
        content: Float[Tensor, "channel frequency frame"],
        scale: LogScale,
        rate_hz: int,
        hop_samples: int,
        *,
        floor: float = 0.85,
        bands: int = BANDS,
    ) -> "EnvelopeFloors":
        """Floors for the magnitudes of a content.

        Args:
            content: magnitudes.
            scale: of the results that are to be judged.
            rate_hz: of the waveform.
            hop_samples: between frames.
            floor: of each cell's correlation, up to 1.
            bands: their number.
        """
        n_fft = 2 * content.shape[1] - 2
        filters = band_filters("erb", rate_hz, n_fft, bands).to(content)
        filters = filters / filters.sum(1, keepdim=True)
        segment = max(4, min(content.shape[-1], round(SEGMENT_S * rate_hz / hop_samples)))
        energies = filters @ content.square()
        cells = _cells(log_with_floor(energies), segment)
        loudness = _cells(energies, segment).mean(-1)
        audible = loudness > AUDIBLE * loudness.max()
        weights = (
            cells.std(-1, correction=0).clamp(max=MOST_NEPERS) * audible * _importance(bands, rate_hz).to(content)
        )
        total = weights.sum().clamp_min(torch.finfo(weights.dtype).tiny)
        return cls(filters, _standardised(cells), weights / total, floor, scale, segment)

    def correlations(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "channel band cell"]:
        """Of each cell with the content's."""
        cells = _cells(log_energies(self.scale.inverse(x), self.bands), self.segment)
        return (_standardised(cells) * self.target).sum(-1)

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """0 where every cell is at its floor."""
        return (self.weights * (self.floor - self.correlations(x)).clamp_min(0).square()).sum()


def _cells(rows: Float[Tensor, "channel band frame"], segment: int) -> Float[Tensor, "channel band cell _"]:
    return rows.unfold(-1, segment, max(1, segment // 2))


def _standardised(cells: Float[Tensor, "*cell frame"]) -> Float[Tensor, "*cell frame"]:
    centred = cells - cells.mean(-1, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=-1, keepdim=True) + 1e-3)


def _importance(bands: int, rate_hz: int) -> Float[Tensor, "band 1"]:
    axis = AXES["erb"]
    top = axis.units(torch.tensor(rate_hz / 2))
    centre_hz = axis.hz(torch.linspace(0, float(top), bands)).clamp_min(50.0)
    return torch.exp(-0.5 * ((centre_hz / IMPORTANT_HZ).log2() / IMPORTANT_OCTAVES) ** 2)[:, None]


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
    floor = PEAK_DEPTH * rows.mean((-2, -1), keepdim=True) + torch.finfo(rows.dtype).tiny ** 0.5
    level = (rows + floor).log()
    half = BINS_PER_OCTAVE // 2
    padded = torch.nn.functional.pad(level.mT, (half, half), mode="replicate")
    around = torch.nn.functional.avg_pool1d(padded, 2 * half + 1, 1).mT
    return (level - around).clamp_min(0)


def _directions(peaks: Float[Tensor, "channel bin frame"]) -> Float[Tensor, "channel bin frame"]:
    centred = peaks - peaks.mean(-2, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=-2, keepdim=True) + 1e-3)
