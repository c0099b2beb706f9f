"""Grey spectrograms without axes: the page that shows them colours them for its light and its dark theme."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil

import numpy as np
from jaxtyping import Float32, Float64, Shaped
from PIL import Image

from gramophone.audio import Sound, match_rms
from gramophone.plotting.spectrogram_raster import Axes, grey_levels, log_rows, raster_magnitudes
from gramophone.plotting.ticks import Tick, even_ticks

RANGE_DB = 75.0
COLUMNS, ROWS = 720, 128
PEAKS = 1200
GALLERY_COLUMNS, GALLERY_ROWS = 1000, 160
SHORTEST_SPAN_S = 0.01
LEVEL_DB = -20.0
WEBP_QUALITY = 42


@dataclass(frozen=True)
class Picture:
    """A spectrogram in a gallery.

    Attributes:
        source: data URI of the picture.
        width: duration as a fraction of the longest sound's.
    """

    source: str
    width: float


@dataclass(frozen=True)
class Gallery:
    """Spectrograms of several sounds with common axes.

    Attributes:
        pictures: one spectrogram per sound, in order.
        highest_hz: upper end of the frequency axis in Hz, half the lowest sample rate.
        time: ticks of the time axis, in seconds.
        frequency: ticks of the frequency axis, in Hz, from the bottom.
    """

    pictures: tuple[Picture, ...]
    highest_hz: float
    time: list[Tick]
    frequency: list[Tick]


def spectrogram_gallery(sounds: Sequence[Sound]) -> Gallery:
    """Draws sounds at equal level over one log-frequency axis, one time axis and one range of levels.

    Args:
        sounds: one sound or more, of any rates; channels are averaged, and frequencies above half the lowest rate are
            not shown.
    """
    rate_hz = min(sound.rate_hz for sound in sounds)
    span_s = max(SHORTEST_SPAN_S, *(sound.duration_s for sound in sounds))
    axes = Axes(rate_hz, GALLERY_ROWS, GALLERY_COLUMNS / span_s)
    rasters = [
        raster_magnitudes(match_rms(sound.mono().resampled(rate_hz).samples, LEVEL_DB), axes) for sound in sounds
    ]
    loudest = max(float(raster.max()) for raster in rasters)
    pictures = tuple(
        Picture(_webp_uri(raster, loudest), min(1.0, sound.duration_s / span_s))
        for raster, sound in zip(rasters, sounds, strict=True)
    )
    ticks = [Tick(tick.position, _with_unit(tick.label)) for tick in axes.frequency_ticks()]
    return Gallery(pictures, axes.highest_hz, even_ticks(0.0, span_s, 11), ticks)


def sound_picture(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> bytes:
    """Draws a sound as a grey PNG, `COLUMNS` by `ROWS`, from 40 Hz to half the rate, 75 dB deep; white is loudest."""
    axes = Axes(rate_hz, ROWS, COLUMNS / (samples.shape[1] / rate_hz))
    return grey_png(raster_magnitudes(samples, axes))


class GrowingPicture:
    """A grey spectrogram of a sound that is still being made; the part to come is black.

    Args:
        samples: final length per channel, in samples.
        rate_hz: sample rate in Hz.
    """

    def __init__(self, samples: int, rate_hz: int) -> None:
        self._column_samples = samples / COLUMNS
        self._axes = Axes(rate_hz, ROWS, COLUMNS / (samples / rate_hz))
        self._magnitudes = np.zeros((ROWS, COLUMNS))
        self._columns = 0

    def add(self, samples: Float32[np.ndarray, "channel sample"]) -> None:
        """Draws the columns that are new in the sound so far.

        Args:
            samples: the sound from its beginning.
        """
        until = min(COLUMNS, int(samples.shape[1] / self._column_samples))
        margin = ceil(self._axes.window_samples / self._column_samples)
        # The last columns were computed with silence after them; the first of a new part have silence before them.
        begin = max(0, self._columns - 2 * margin)
        skipped = margin if begin else 0
        if until <= begin + skipped:
            return
        part = samples[:, round(begin * self._column_samples) : round(until * self._column_samples)]
        columns = raster_magnitudes(part, self._axes)[:, skipped : until - begin]
        self._magnitudes[:, begin + skipped : begin + skipped + columns.shape[1]] = columns
        self._columns = until

    def png(self) -> bytes:
        """Returns the picture so far, in the format of `sound_picture`."""
        return grey_png(self._magnitudes)


def magnitude_picture(magnitude: Float32[np.ndarray, "frequency frame"], rate_hz: int) -> bytes:
    """Draws STFT magnitudes in the format of `sound_picture`."""
    bins, frames = magnitude.shape
    frames_per_column = ceil(frames / COLUMNS)
    padded = np.pad(magnitude, ((0, 0), (0, -frames % frames_per_column)))
    pooled = padded.reshape(bins, -1, frames_per_column).max(-1)
    rows = log_rows(pooled.T.astype(np.float64), Axes(rate_hz, ROWS, COLUMNS), 2 * (bins - 1))
    return grey_png(np.repeat(rows, max(1, COLUMNS // pooled.shape[1]), axis=1))


def grey_png(magnitudes: Float64[np.ndarray, "row column"]) -> bytes:
    """Encodes magnitudes as grey levels relative to the loudest pixel."""
    out = BytesIO()
    Image.fromarray(grey_levels(magnitudes, RANGE_DB)).save(out, format="PNG", compress_level=3)
    return out.getvalue()


def peaks(samples: Shaped[np.ndarray, "channel sample"]) -> list[float]:
    """Returns the outline of a waveform: at most `PEAKS` pairs of minimum and maximum, interleaved."""
    width = max(1, ceil(samples.shape[1] / PEAKS))
    # Of all channels: the mean of those in opposite phase would be a line.
    parts = (samples[:, start : start + width] for start in range(0, samples.shape[1], width))
    return [round(float(value), 4) for part in parts for value in (part.min(), part.max())]


def _with_unit(label: str) -> str:
    """Spells out a label: `1k` is `1 kHz`."""
    if not label:
        return ""
    return f"{label[:-1]} kHz" if label.endswith("k") else f"{label} Hz"


def _webp_uri(magnitudes: Float64[np.ndarray, "row column"], loudest: float) -> str:
    out = BytesIO()
    picture = Image.fromarray(grey_levels(magnitudes, RANGE_DB, loudest))
    picture.save(out, format="WEBP", quality=WEBP_QUALITY, method=6)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
