"""Filter banks on frequency scales: bands instead of the bins of an STFT.

[1] D. O'Shaughnessy, "Speech communication: human and machine", 1987.
[2] B. R. Glasberg, B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data", 1990.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

POINTS = 8
"""Integration points per bin, and per narrowest band."""


@dataclass(frozen=True)
class Axis:
    """A frequency scale.

    Attributes:
        units: conversion from Hz to units of the scale.
        hz: conversion from units of the scale to Hz.
        lowest_hz: centre of the lowest band, in Hz.
        bands_per_unit: default number of bands per unit.
    """

    units: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]]
    hz: Callable[[Float[Tensor, "*shape"]], Float[Tensor, "*shape"]]
    lowest_hz: float
    bands_per_unit: float


AXES: dict[str, Axis] = {
    "linear": Axis(lambda hz: hz, lambda units: units, 0.0, 0.01),
    # See [1].
    "mel": Axis(lambda hz: 2595 * (1 + hz / 700).log10(), lambda mel: 700 * (10 ** (mel / 2595) - 1), 0.0, 1 / 16),
    # Units are equivalent rectangular bandwidths, see [2], eq. 4.
    "erb": Axis(lambda hz: 21.4 * (1 + 0.00437 * hz).log10(), lambda e: (10 ** (e / 21.4) - 1) / 0.00437, 0.0, 4.0),
    # Octaves above the C of the first one.
    "constant-q": Axis(lambda hz: (hz / 32.703).log2(), lambda octaves: 32.703 * 2**octaves, 32.703, 24.0),
}


def default_bands(scale: str, rate_hz: int, n_fft: int) -> int:
    """Default number of bands: one per 16 mel, 4 per ERB, 24 per octave; that of the bins on the linear scale.

    Example:
        >>> [default_bands(scale, 16000, 1024) for scale in AXES]
        [513, 178, 134, 191]
    """
    if scale == "linear":
        return n_fft // 2 + 1
    low, high = _ends(scale, AXES[scale].lowest_hz, rate_hz)
    return max(2, 1 + math.floor(AXES[scale].bands_per_unit * (high - low)))


def band_filters(scale: str, rate_hz: int, n_fft: int, bands: int = 0) -> Float[Tensor, "band frequency"]:
    """Weights of the bins in bands: `S_b = sum_k w[b, k] S_k`.

    Centres are evenly spaced on the scale, from 0 Hz (`constant-q`: 32.7 Hz; the first band includes everything
    below) to half the rate. Filters are triangles between neighbouring centres, which sum to 1 at every frequency. A
    bin is spread between its neighbours (linear interpolation), so that a band narrower than a bin is not empty.

    Every column sums to `bands / bins`: all bins count the same, and the mean over the bands is the mean over the
    bins for any spectrogram, so that a `LogScale` for the one holds for the other. Wide bands are therefore louder
    than narrow ones, as they are to the ear.

    Args:
        scale: `linear` (the bins themselves unless `bands` is smaller), `mel`, `erb` or `constant-q` (octaves).
        rate_hz: sampling rate of the signal, in Hz.
        n_fft: transform length, in samples.
        bands: number of bands, at least 2; 0 for `default_bands`.

    Raises:
        ValueError: the scale is unknown, or the number of bands is invalid.

    Example:
        >>> filters = band_filters("mel", 16000, 1024, bands=64)
        >>> filters.shape, bool(torch.allclose(filters.sum(0), torch.tensor(64 / 513)))
        (torch.Size([64, 513]), True)
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
    """Positions of the integration points, in bins and in bands."""
    ends = axis.units(torch.tensor([axis.lowest_hz, rate_hz / 2], dtype=torch.float64))
    step = (ends[1] - ends[0]) / (bands - 1)
    narrowest_hz = float(axis.hz(ends[0] + step) - axis.hz(ends[0]))
    density = POINTS * math.ceil(max(1.0, rate_hz / n_fft / narrowest_hz))
    places = (torch.arange(n_fft // 2 * density, dtype=torch.float64) + 0.5) / density
    return places, (axis.units(places * rate_hz / n_fft) - ends[0]) / step


def _neighbours(
    positions: Float[Tensor, " point"], count: int
) -> list[tuple[Int[Tensor, " point"], Float[Tensor, " point"]]]:
    """The two integers from 0 to `count - 1` around each position, and their interpolation weights."""
    positions = positions.clamp(0, count - 1)
    below = positions.floor().clamp_max(count - 2)
    return [(below.long(), below + 1 - positions), (below.long() + 1, positions - below)]


def _ends(scale: str, lowest_hz: float, rate_hz: int) -> tuple[float, float]:
    """A frequency and half the rate, in units of the scale."""
    low, high = AXES[scale].units(torch.tensor([lowest_hz, rate_hz / 2], dtype=torch.float64)).tolist()
    return low, high


def mel_filters(rate_hz: int, n_fft: int, bands: int, lowest_hz: float = 40.0) -> Float[Tensor, "band frequency"]:
    """Triangles with unit sum, evenly spaced in mel [1] from `lowest_hz` to half the rate.

    Example:
        >>> filters = mel_filters(16000, 1024, bands=40)
        >>> filters.shape, bool(torch.allclose(filters.sum(1), torch.ones(40)))
        (torch.Size([40, 513]), True)
    """
    edges_mel = torch.linspace(*_ends("mel", lowest_hz, rate_hz), bands + 2, dtype=torch.float64)
    edges_hz = AXES["mel"].hz(edges_mel)
    frequencies_hz = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * rate_hz / n_fft
    left, centre, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (frequencies_hz - left) / (centre - left)
    falling = (right - frequencies_hz) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp_min(0)
    # A low band can be narrower than a bin; it is then the nearest bin.
    nearest = (frequencies_hz[None] - centre).abs().argmin(1)
    empty = triangles.sum(1) == 0
    triangles[empty, nearest[empty]] = 1.0
    return (triangles / triangles.sum(1, keepdim=True)).float()
