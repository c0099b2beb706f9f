"""Frequency scales as front ends: bands that a network sees instead of the bins of an STFT; nothing is inverted."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

POINTS = 8
"""Points of integration in a bin, and in the narrowest band."""


@dataclass(frozen=True)
class Axis:
    """A frequency scale.

    Attributes:
        units: Hz to units of the scale.
        hz: units to Hz.
        lowest_hz: centre of the lowest band.
        bands_per_unit: where no number of bands is asked for.
    """

    units: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]]
    hz: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]]
    lowest_hz: float
    bands_per_unit: float


AXES: dict[str, Axis] = {
    "linear": Axis(lambda hz: hz, lambda units: units, 0.0, 0.01),
    # O'Shaughnessy 1987.
    "mel": Axis(lambda hz: 2595 * (1 + hz / 700).log10(), lambda mel: 700 * (10 ** (mel / 2595) - 1), 0.0, 1 / 16),
    # Glasberg & Moore 1990, eq. 4: units are equivalent rectangular bandwidths.
    "erb": Axis(lambda hz: 21.4 * (1 + 0.00437 * hz).log10(), lambda e: (10 ** (e / 21.4) - 1) / 0.00437, 0.0, 4.0),
    # Octaves above the C of the first one.
    "constant-q": Axis(lambda hz: (hz / 32.703).log2(), lambda octaves: 32.703 * 2**octaves, 32.703, 24.0),
}


def default_bands(scale: str, rate_hz: int, n_fft: int) -> int:
    """A sensible number of bands: one for 16 mel, 4 for an ERB, 24 for an octave; the bins on the linear scale."""
    if scale == "linear":
        return n_fft // 2 + 1
    low, high = _ends(scale, rate_hz)
    return max(2, 1 + math.floor(AXES[scale].bands_per_unit * (high - low)))


def band_filters(scale: str, rate_hz: int, n_fft: int, bands: int = 0) -> Float[Tensor, "band frequency"]:
    """What every bin gives to every band: `S_b = sum_k w[b, k] S_k`.

    Centres are evenly spaced on the scale, from 0 Hz (`constant-q`: 32.7 Hz, and the first band takes what is below)
    to half the rate. Windows are triangles between neighbouring centres, which sum to 1 at every frequency. A bin
    is thought of as spread between its neighbours (linear interpolation), so a band that is narrower than a bin has
    its part too, and none is empty.

    Every column sums to `bands / bins`: no bin counts for more than another, and the mean over the bands is the mean
    over the bins whatever the spectrogram, so a `LogScale` made for the one holds for the other. Wide bands are
    therefore louder than narrow ones, as they are to the ear.

    Args:
        scale: `linear` (the bins themselves, unless fewer are asked for), `mel`, `erb` or `constant-q` (octaves).
        rate_hz: of the signal.
        n_fft: of the STFT.
        bands: their number, at least 2; 0 takes `default_bands`.

    Raises:
        ValueError: an unknown scale, or a number of bands that cannot be.
    """
    if scale not in AXES:
        raise ValueError(f"the scale must be one of {', '.join(AXES)}, not {scale}")
    if bands < 0 or bands == 1:
        raise ValueError(f"bands must be at least 2, or 0 for the usual number, not {bands}")
    bins, bands = n_fft // 2 + 1, bands or default_bands(scale, rate_hz, n_fft)
    if scale == "linear" and bands == bins:
        return torch.eye(bins)
    places, positions = _points(AXES[scale], rate_hz, n_fft, bands)
    filters = torch.zeros(bands * bins, dtype=torch.float64)
    for band, in_band in _neighbours(positions, bands):
        for frequency, in_bin in _neighbours(places, bins):
            filters.index_add_(0, band * bins + frequency, in_band * in_bin)
    table = filters.reshape(bands, bins)
    return (table * (bands / bins) / table.sum(0)).float()


def _points(
    axis: Axis, rate_hz: int, n_fft: int, bands: int
) -> tuple[Float[Tensor, " point"], Float[Tensor, " point"]]:
    """Frequencies all over the spectrum, in bins and in bands."""
    ends = axis.units(torch.tensor([axis.lowest_hz, rate_hz / 2], dtype=torch.float64))
    step = (ends[1] - ends[0]) / (bands - 1)
    narrowest_hz = float(axis.hz(ends[0] + step) - axis.hz(ends[0]))
    density = POINTS * math.ceil(max(1.0, rate_hz / n_fft / narrowest_hz))
    places = (torch.arange(n_fft // 2 * density, dtype=torch.float64) + 0.5) / density
    return places, (axis.units(places * rate_hz / n_fft) - ends[0]) / step


def _neighbours(
    positions: Float[Tensor, " point"], count: int
) -> list[tuple[Int[Tensor, " point"], Float[Tensor, " point"]]]:
    """The two whole numbers from 0 to `count - 1` around each position, and the share of each."""
    positions = positions.clamp(0, count - 1)
    below = positions.floor().clamp_max(count - 2)
    return [(below.long(), below + 1 - positions), (below.long() + 1, positions - below)]


def _ends(scale: str, rate_hz: int) -> tuple[float, float]:
    axis = AXES[scale]
    low, high = axis.units(torch.tensor([axis.lowest_hz, rate_hz / 2], dtype=torch.float64)).tolist()
    return low, high


def mel_filters(rate_hz: int, n_fft: int, bands: int, lowest_hz: float = 40.0) -> Float[Tensor, "band frequency"]:
    """Triangles with unit sum, evenly spaced in mel (O'Shaughnessy 1987) from `lowest_hz` to half the rate."""
    edges_mel = torch.linspace(_mel(lowest_hz), _mel(rate_hz / 2), bands + 2, dtype=torch.float64)
    edges_hz = 700 * (10 ** (edges_mel / 2595) - 1)
    frequencies_hz = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * rate_hz / n_fft
    left, centre, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (frequencies_hz - left) / (centre - left)
    falling = (right - frequencies_hz) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp_min(0)
    # A low band can be narrower than a bin: it then takes the nearest one.
    nearest = (frequencies_hz[None] - centre).abs().argmin(1)
    empty = triangles.sum(1) == 0
    triangles[empty, nearest[empty]] = 1.0
    return (triangles / triangles.sum(1, keepdim=True)).float()


def _mel(hz: float) -> float:
    return 2595 * math.log10(1 + hz / 700)
