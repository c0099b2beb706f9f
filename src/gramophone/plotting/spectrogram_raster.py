"""The raster of every spectrogram: magnitudes over log frequency and time, computed block by block."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log, log2

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8
from scipy import fft

from gramophone.errors import InputError
from gramophone.plotting.ticks import Tick

LOWEST_HZ = 40.0
WINDOW_S = 0.046
BLOCK_VALUES = 2**20
CANCELLED = 0.25  # power of the mean of channels, relative to that of unlike ones
DECADES = {100: "100", 1000: "1k", 10000: "10k", 100000: "100k"}


@dataclass(frozen=True)
class Axes:
    """Log frequency over the rows, from the top down, and time over the columns.

    Attributes:
        rate_hz: sample rate in Hz; the top edge is half of it.
        rows: height in pixels.
        columns_per_s: time resolution in pixels per second.
    """

    rate_hz: int
    rows: int
    columns_per_s: float

    @property
    def highest_hz(self) -> float:
        """Frequency at the top edge in Hz, half the sample rate."""
        return self.rate_hz / 2

    @property
    def window_samples(self) -> int:
        """Length of the analysis window in samples, the power of two nearest to 46 ms."""
        return int(2 ** max(6, round(log2(WINDOW_S * self.rate_hz))))

    def row(self, frequency_hz: float) -> int:
        """Returns the row of a frequency."""
        octaves = log(self.highest_hz / frequency_hz) / log(self.highest_hz / LOWEST_HZ)
        return min(self.rows - 1, max(0, floor(octaves * self.rows)))

    def edges_hz(self) -> Float64[np.ndarray, " edge"]:
        """Returns the edges of all rows, from the top down."""
        return np.geomspace(self.highest_hz, LOWEST_HZ, self.rows + 1)

    def frequency_ticks(self) -> list[Tick]:
        """Returns ticks from the bottom edge (0) to the top (1), labelled at powers of ten."""
        marks = [digit * decade for decade in (10, *DECADES) for digit in range(1, 10)]
        inside = [f for f in marks if LOWEST_HZ < f < self.highest_hz]
        return [Tick(1 - self.row(f) / self.rows, DECADES.get(f, "")) for f in inside]


def raster_magnitudes(
    samples: Float32[np.ndarray, "channel sample"], axes: Axes, title: str = "sound"
) -> Float64[np.ndarray, "row column"]:
    """Computes the magnitudes of a raster, the maximum over what each pixel covers.

    Args:
        samples: the sound; channels are averaged.
        axes: the scales.
        title: name of the sound in error messages.

    Returns:
        Magnitudes; a sine of amplitude 1 has 1.

    Raises:
        InputError: a sample is not finite.
    """
    count, window = samples.shape[-1], axes.window_samples
    columns = max(1, round(count / axes.rate_hz * axes.columns_per_s))
    per_column = max(1, ceil(count / columns / (window // 4)))
    # A column may span hours: its frames are computed in parts that fit in memory.
    part = max(1, min(per_column, BLOCK_VALUES // window))
    columns_per_block = max(1, BLOCK_VALUES // window // part)
    magnitudes = np.zeros((columns, window // 2 + 1))
    for first in range(0, columns, columns_per_block):
        block = np.arange(first, min(first + columns_per_block, columns))
        for begin in range(0, per_column, part):
            within = (np.arange(begin, min(begin + part, per_column)) + 0.5) / per_column
            centres = np.floor((block[:, None] + within) * (count / columns)).astype(np.int64)
            frames = _magnitudes(samples, window, centres.reshape(-1), title)
            pooled = frames.reshape(len(block), len(within), -1).max(axis=1)
            magnitudes[block] = np.maximum(magnitudes[block], pooled)
    return log_rows(magnitudes, axes, window) / (window / 4)


def log_rows(
    magnitudes: Float64[np.ndarray, "column frequency"], axes: Axes, n_fft: int
) -> Float64[np.ndarray, "row column"]:
    """Resamples DFT bins to log-frequency rows: the maximum of the bins in a row, interpolated where there is none.

    Args:
        magnitudes: DFT magnitudes from 0 Hz to half the rate.
        axes: the rows.
        n_fft: transform length in samples.
    """
    edges = axes.edges_hz() * (n_fft / axes.rate_hz)
    rows = np.empty((axes.rows, len(magnitudes)))
    for row, (upper, lower) in enumerate(pairwise(edges)):
        middle = np.sqrt(upper * lower)
        below = floor(middle)
        weight = middle - below
        rows[row] = magnitudes[:, below] * (1 - weight) + magnitudes[:, below + 1] * weight
        inside = magnitudes[:, ceil(lower) : floor(upper) + 1]
        if inside.shape[1]:
            rows[row] = np.maximum(rows[row], inside.max(axis=1))
    return rows


def levels_db(
    magnitudes: Float64[np.ndarray, "row column"], reference: float | None = None
) -> Float32[np.ndarray, "row column"]:
    """Converts magnitudes to dB relative to `reference`, by default the largest; silence is minus infinity."""
    reference = float(magnitudes.max()) if reference is None else reference
    relative = magnitudes / (reference or 1.0)
    levels = np.full(magnitudes.shape, -np.inf, dtype=np.float32)
    np.log10(relative, out=levels, where=relative > 0)
    return 20 * levels


def grey_levels(
    magnitudes: Float64[np.ndarray, "row column"], range_db: float, reference: float | None = None
) -> UInt8[np.ndarray, "row column"]:
    """Converts magnitudes to grey levels: 255 at the reference, 0 at `range_db` below it and less."""
    shades = np.clip(1 + levels_db(magnitudes, reference) / range_db, 0.0, 1.0)
    return np.round(255 * shades).astype(np.uint8)


def _one_channel(samples: Float32[np.ndarray, "channel sample"]) -> Float64[np.ndarray, " sample"]:
    """Mean of the channels, or the loudest one where they cancel."""
    mean, powers = samples.mean(axis=0, dtype=np.float64), np.square(samples, dtype=np.float64).sum(1)
    if len(samples) > 1 and np.square(mean).sum() * len(samples) < CANCELLED * powers.mean():
        return samples[int(powers.argmax())].astype(np.float64)
    return mean


def _magnitudes(
    samples: Float32[np.ndarray, "channel sample"],
    window: int,
    centres: Int64[np.ndarray, " frame"],
    title: str,
) -> Float64[np.ndarray, "frame frequency"]:
    first, last = int(centres[0]) - window // 2, int(centres[-1]) + window // 2
    count = samples.shape[-1]
    part = samples[:, max(first, 0) : min(last, count)]
    if not np.isfinite(part).all():
        raise InputError(f"{title!r} holds values that are not finite; a spectrogram needs finite samples")
    mono = np.pad(_one_channel(part), (max(-first, 0), max(last - count, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[centres - centres[0]]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return np.asarray(np.abs(fft.rfft(frames * hann, axis=1)))
