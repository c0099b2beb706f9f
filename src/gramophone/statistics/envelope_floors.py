"""Floors under the intelligible part of a sound's envelopes: one for each ERB band and each half second.

A floor under the mean correlation of all bands over a whole recording is slack: an optimiser spends it where words
are. Here every band keeps its movement in every half second by itself, and what matters for words weighs most.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import LogScale
from gramophone.spectral.filterbanks import AXES, band_filters

BANDS = 24
SEGMENT_S = 0.5
DEPTH = 1e-3  # 30 dB below a band's mean energy its envelope has no bottom worth following
AUDIBLE = 1e-4
IMPORTANT_HZ, IMPORTANT_OCTAVES = 1600.0, 1.6
MOST_NEPERS = 3.0


@dataclass(frozen=True)
class EnvelopeFloors:
    """Weighted mean of squared shortfalls below the floor, of scaled magnitudes.

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
        cells = _cells(_log(energies), segment)
        loudness = _cells(energies, segment).mean(-1)
        audible = loudness > AUDIBLE * loudness.max()
        weights = (
            cells.std(-1, correction=0).clamp(max=MOST_NEPERS) * audible * _importance(bands, rate_hz).to(content)
        )
        total = weights.sum().clamp_min(torch.finfo(weights.dtype).tiny)
        return cls(filters, _standardised(cells), weights / total, floor, scale, segment)

    def correlations(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, "channel band cell"]:
        """Of each cell with the content's."""
        energies = self.bands @ self.scale.inverse(x).square()
        return (_standardised(_cells(_log(energies), self.segment)) * self.target).sum(-1)

    def __call__(self, x: Float[Tensor, "channel frequency frame"]) -> Float[Tensor, ""]:
        """0 where every cell is at its floor."""
        return (self.weights * (self.floor - self.correlations(x)).clamp_min(0).square()).sum()


def _log(energies: Float[Tensor, "channel band frame"]) -> Float[Tensor, "channel band frame"]:
    floor = DEPTH * energies.mean(-1, keepdim=True) + torch.finfo(energies.dtype).tiny ** 0.5
    return (energies + floor).log()


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
