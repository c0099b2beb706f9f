"""Spectrograms as the page shows them: grey levels over log frequency, coloured there for light and dark."""

from io import BytesIO
from math import ceil

import numpy as np
from jaxtyping import Float32, Float64, Shaped
from PIL import Image

from gramophone.panel import Axis, column_magnitudes, levels_db, log_rows

COLUMNS, ROWS = 720, 128
RANGE_DB = 75.0
PEAKS = 1200


def sound_picture(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> bytes:
    """A PNG of `COLUMNS` by `ROWS`: white is the loudest, black 75 dB below it; 40 Hz to half the rate."""
    axis = Axis(rate_hz, ROWS, COLUMNS / (samples.shape[1] / rate_hz))
    return grey_png(column_magnitudes(samples, axis))


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
    mono = samples.mean(axis=0)
    width = max(1, ceil(len(mono) / PEAKS))
    padded = np.pad(mono, (0, -len(mono) % width), mode="edge").reshape(-1, width)
    pairs = np.stack([padded.min(1), padded.max(1)], axis=1)
    return [round(float(value), 4) for value in pairs.reshape(-1)]
