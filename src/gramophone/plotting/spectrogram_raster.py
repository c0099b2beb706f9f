"""What a panel of a spectrogram picture shows: levels at its pixels, computed block by block."""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log, log2

import numpy as np
from jaxtyping import Float32, Float64, Int64
from scipy import fft

from gramophone.errors import InputError

LOWEST_HZ = 40.0
WINDOW_S = 0.046
BLOCK_VALUES = 2**20


@dataclass(frozen=True)
class Axis:
    """Where frequencies and times lie in a panel: rows from the top, columns from the left."""

    rate_hz: int
    rows: int
    columns_per_s: float

    @property
    def highest_hz(self) -> float:
        """The frequency at the upper edge, half the sample rate."""
        return self.rate_hz / 2

    @property
    def window(self) -> int:
        """Length of the analysis window in samples, the power of two nearest to 46 ms."""
        return int(2 ** max(6, round(log2(WINDOW_S * self.rate_hz))))

    def row(self, frequency_hz: float) -> int:
        """Finds the row of a frequency."""
        octaves = log(self.highest_hz / frequency_hz) / log(self.highest_hz / LOWEST_HZ)
        return min(self.rows - 1, max(0, floor(octaves * self.rows)))

    def edges_hz(self) -> Float64[np.ndarray, " edge"]:
        """Lists the edges of all rows, from the top down."""
        return np.geomspace(self.highest_hz, LOWEST_HZ, self.rows + 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Lists the frequencies that get a tick, with a name at each power of ten."""
        names = {100: "100", 1000: "1k", 10000: "10k", 100000: "100k"}
        marks = [digit * decade for decade in (10, *names) for digit in range(1, 10)]
        return [(float(f), names.get(f, "")) for f in marks if LOWEST_HZ < f < self.highest_hz]


def column_levels(
    samples: Float32[np.ndarray, "channel sample"], axis: Axis, title: str = "sound"
) -> Float32[np.ndarray, "row column"]:
    """Computes the levels of a panel in dB below its loudest pixel; silence is minus infinity everywhere.

    Args:
        samples: the sound; channels are averaged.
        axis: the scales of the panel.
        title: name of the sound for error sentences.

    Raises:
        InputError: if a sample is not finite.
    """
    rows = column_magnitudes(samples, axis, title)
    loudest = float(rows.max())
    return levels_db(rows / loudest if loudest > 0 else rows)


def column_magnitudes(
    samples: Float32[np.ndarray, "channel sample"], axis: Axis, title: str = "sound"
) -> Float64[np.ndarray, "row column"]:
    """Computes the magnitudes of a panel, the largest of what each pixel covers; a sine of amplitude 1 has 1.

    Raises:
        InputError: if a sample is not finite.
    """
    count = samples.shape[-1]
    columns = max(1, round(count / axis.rate_hz * axis.columns_per_s))
    per_column = max(1, ceil(count / columns / (axis.window // 4)))
    # A column may span hours: its frames are taken in parts that fit in memory.
    part = max(1, min(per_column, BLOCK_VALUES // axis.window))
    together = max(1, BLOCK_VALUES // axis.window // part)
    magnitudes = np.zeros((columns, axis.window // 2 + 1))
    for first in range(0, columns, together):
        chosen = np.arange(first, min(first + together, columns))
        for begin in range(0, per_column, part):
            within = (np.arange(begin, min(begin + part, per_column)) + 0.5) / per_column
            centres = np.floor((chosen[:, None] + within) * (count / columns)).astype(np.int64)
            found = _magnitudes(samples, axis.window, centres.reshape(-1), title)
            pooled = found.reshape(len(chosen), len(within), -1).max(axis=1)
            magnitudes[chosen] = np.maximum(magnitudes[chosen], pooled)
    return log_rows(magnitudes, axis, axis.window) / (axis.window / 4)


def levels_db(magnitudes: Float64[np.ndarray, "row column"]) -> Float32[np.ndarray, "row column"]:
    """Takes magnitudes to dB relative to 1; zero is minus infinity."""
    levels = np.full(magnitudes.shape, -np.inf, dtype=np.float32)
    np.log10(magnitudes, out=levels, where=magnitudes > 0)
    return 20 * levels


def _magnitudes(
    samples: Float32[np.ndarray, "channel sample"],
    window: int,
    centres: Int64[np.ndarray, " frame"],
    title: str,
) -> Float64[np.ndarray, "frame frequency"]:
    first, last = int(centres[0]) - window // 2, int(centres[-1]) + window // 2
    count = samples.shape[-1]
    heard = samples[:, max(first, 0) : min(last, count)]
    if not np.isfinite(heard).all():
        raise InputError(f"{title!r} holds values that are not finite; a picture needs finite samples")
    mono = np.pad(heard.mean(axis=0, dtype=np.float64), (max(-first, 0), max(last - count, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[centres - centres[0]]
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    return np.asarray(np.abs(fft.rfft(frames * shape, axis=1)))


def log_rows(
    magnitudes: Float64[np.ndarray, "column frequency"], axis: Axis, window: int
) -> Float64[np.ndarray, "row column"]:
    """Reads each row off the bins of a transform: the loudest inside it, or between two bins where rows are narrower.

    Args:
        magnitudes: from 0 Hz to half the rate.
        axis: gives the rows.
        window: length of the transform in samples.
    """
    edges = axis.edges_hz() * (window / axis.rate_hz)
    rows = np.empty((axis.rows, len(magnitudes)))
    for row, (upper, lower) in enumerate(pairwise(edges)):
        middle = np.sqrt(upper * lower)
        below = floor(middle)
        share = middle - below
        rows[row] = magnitudes[:, below] * (1 - share) + magnitudes[:, below + 1] * share
        inside = magnitudes[:, ceil(lower) : floor(upper) + 1]
        if inside.shape[1]:
            rows[row] = np.maximum(rows[row], inside.max(axis=1))
    return rows
