"""Spectrograms of the sounds of one run, all with one scale, as pictures without colour or axes.

Levels are grey values: the page colours them, so that one picture serves its light and its dark theme.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from jaxtyping import Float32, Float64
from PIL import Image

from gramophone.audio import Sound, match_rms
from gramophone.plotting.colormap import level_colours
from gramophone.plotting.spectrogram_raster import Axis, column_magnitudes, levels_db
from gramophone.plotting.ticks import Tick, even_ticks

WIDTH, ROWS = 1000, 160
RANGE_DB = 75.0
LEAST_SPAN_S = 0.01
LEVEL_DB = -20.0
QUALITY = 42
TABLE_STEPS = 24
NAMES = {"100": "100 Hz", "1k": "1 kHz", "10k": "10 kHz", "100k": "100 kHz"}


@dataclass(frozen=True)
class Picture:
    """A spectrogram.

    Attributes:
        source: the picture as a data URI.
        width: its length as a share of the longest sound's.
    """

    source: str
    width: float


@dataclass(frozen=True)
class Gallery:
    """The spectrograms of some sounds, and their common axes.

    Attributes:
        pictures: one a sound, in order.
        span_s: length of the time axis.
        highest_hz: upper end of the frequency axis, half the lowest sample rate.
        time: ticks of the time axis, in seconds.
        frequency: ticks of the frequency axis, in Hz, from the bottom.
    """

    pictures: tuple[Picture, ...]
    span_s: float
    highest_hz: float
    time: list[Tick]
    frequency: list[Tick]


def spectrograms(sounds: Sequence[Sound]) -> Gallery:
    """Draws sounds at equal level, over one log-frequency axis, one time scale and one range of levels.

    Args:
        sounds: of any rates and numbers of channels, which are averaged; at least one. What lies above half the
            lowest rate is not shown.
    """
    rate_hz = min(sound.rate_hz for sound in sounds)
    span_s = max(LEAST_SPAN_S, *(sound.duration_s for sound in sounds))
    axis = Axis(rate_hz, ROWS, WIDTH / span_s)
    panels = [column_magnitudes(_levelled(sound, rate_hz), axis) for sound in sounds]
    loudest = max(float(panel.max()) for panel in panels) or 1.0
    pictures = tuple(
        Picture(_encoded(_grey(panel / loudest)), min(1.0, sound.duration_s / span_s))
        for panel, sound in zip(panels, sounds, strict=True)
    )
    ticks = [Tick(1 - axis.row(f) / ROWS, NAMES.get(name, name)) for f, name in axis.ticks()]
    return Gallery(pictures, span_s, axis.highest_hz, even_ticks(0.0, span_s, 11), ticks)


def colour_tables(*, dark: bool) -> dict[str, str]:
    """Lists what grey values become, channel by channel, for an SVG filter.

    On dark paper the colour map runs the other way: the loudest is the lightest there.
    """
    colours = level_colours(TABLE_STEPS)[:: -1 if dark else 1] / 255
    return {name: " ".join(f"{value:.3f}" for value in colours[:, n]) for n, name in enumerate("RGB")}


def _levelled(sound: Sound, rate_hz: int) -> Float32[np.ndarray, "1 sample"]:
    mono = sound.mono().resampled(rate_hz)
    return match_rms(mono.samples, LEVEL_DB)


def _grey(magnitudes: Float64[np.ndarray, "row column"]) -> Image.Image:
    shades = np.clip(1 + levels_db(magnitudes) / RANGE_DB, 0.0, 1.0)
    return Image.fromarray(np.round(255 * shades).astype(np.uint8))


def _encoded(image: Image.Image) -> str:
    out = BytesIO()
    image.save(out, format="WEBP", quality=QUALITY, method=6)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
