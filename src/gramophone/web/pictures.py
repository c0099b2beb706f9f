"""Spectrograms as the page shows them: grey levels over log frequency, coloured there for light and dark."""

from io import BytesIO
from math import ceil

import numpy as np
from jaxtyping import Float32, Float64, Shaped
from PIL import Image

from gramophone.plotting.spectrogram_raster import Axis, column_magnitudes, levels_db, log_rows

COLUMNS, ROWS = 720, 128
RANGE_DB = 75.0
PEAKS = 1200


def sound_picture(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> bytes:
    """A PNG of `COLUMNS` by `ROWS`: white is the loudest, black 75 dB below it; 40 Hz to half the rate."""
    axis = Axis(rate_hz, ROWS, COLUMNS / (samples.shape[1] / rate_hz))
    return grey_png(column_magnitudes(samples, axis))


class GrowingPicture:
    """The picture of a sound of a known length while it grows: what is not there yet is black.

    Args:
        samples: the length, per channel.
        rate_hz: of the sound.
    """

    def __init__(self, samples: int, rate_hz: int) -> None:
        self._width = samples / COLUMNS
        self._axis = Axis(rate_hz, ROWS, COLUMNS / (samples / rate_hz))
        self._rows = np.zeros((ROWS, COLUMNS))
        self._columns = 0

    def add(self, samples: Float32[np.ndarray, "channel sample"]) -> None:
        """Draws what is new in the sound so far."""
        until = min(COLUMNS, int(samples.shape[1] / self._width))
        beside = ceil(self._axis.window / self._width)
        # What was drawn last saw silence after it, and what is drawn now sees silence before it.
        begin = max(0, self._columns - 2 * beside)
        unsure = beside if begin else 0
        if until <= begin + unsure:
            return
        part = samples[:, round(begin * self._width) : round(until * self._width)]
        found = column_magnitudes(part, self._axis)[:, unsure : until - begin]
        self._rows[:, begin + unsure : begin + unsure + found.shape[1]] = found
        self._columns = until

    def png(self) -> bytes:
        """As `sound_picture` has it."""
        return grey_png(self._rows)


def magnitude_picture(magnitude: Float32[np.ndarray, "frequency frame"], rate_hz: int) -> bytes:
    """The same of STFT magnitudes."""
    bins, frames = magnitude.shape
    axis = Axis(rate_hz, ROWS, COLUMNS)
    together = ceil(frames / COLUMNS)
    padded = np.pad(magnitude, ((0, 0), (0, -frames % together)))
    pooled = padded.reshape(bins, -1, together).max(-1)
    picture = log_rows(pooled.T.astype(np.float64), axis, 2 * (bins - 1))
    return grey_png(np.repeat(picture, max(1, COLUMNS // pooled.shape[1]), axis=1))


def grey_png(magnitudes: Float64[np.ndarray, "row column"]) -> bytes:
    """Magnitudes as grey levels relative to the loudest."""
    loudest = float(magnitudes.max())
    shades = np.clip(1 + levels_db(magnitudes / (loudest or 1.0)) / RANGE_DB, 0.0, 1.0)
    out = BytesIO()
    Image.fromarray(np.round(255 * shades).astype(np.uint8)).save(out, format="PNG", compress_level=3)
    return out.getvalue()


def peaks(samples: Shaped[np.ndarray, "channel sample"]) -> list[float]:
    """The outline of a waveform: at most `PEAKS` pairs of least and largest sample, one after the other."""
    width = max(1, ceil(samples.shape[1] / PEAKS))
    parts = (samples[:, start : start + width].mean(axis=0) for start in range(0, samples.shape[1], width))
    return [round(float(value), 4) for part in parts for value in (part.min(), part.max())]
