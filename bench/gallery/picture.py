"""Small spectrograms for a page: one raster without axes, in a palette of few colours."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from gramophone.audio import Sound
from gramophone.plotting.colormap import INK, PAPER, level_colours
from gramophone.plotting.spectrogram_raster import Axes, grey_levels, raster_magnitudes

WIDTH, HEIGHT = 280, 96
RANGE_DB = 70.0
SHADES = 16
GAP, TITLE = 12, 22


def raster(sound: Sound, width: int = WIDTH, height: int = HEIGHT) -> UInt8[np.ndarray, "row column"]:
    """Shades from 0 to 15 over log frequency (40 Hz to half the rate, upwards) and time."""
    axes = Axes(sound.rate_hz, height, width / sound.duration_s)
    levels = grey_levels(raster_magnitudes(sound.samples, axes), RANGE_DB)[:, :width]
    return np.asarray(levels // (256 // SHADES), dtype=np.uint8)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()


def spectrogram(sound: Sound) -> bytes:
    """A PNG file of 280 by 96 pixels and 16 colours."""
    picture = Image.fromarray(raster(sound)).convert("P")
    picture.putpalette(level_colours(SHADES).tobytes())
    return _png(picture)


def side_by_side(sounds: dict[str, Sound], width: int = 208) -> bytes:
    """A PNG file of the spectrograms of several sounds, each below its name.

    Args:
        sounds: by the name that stands above.
        width: of each spectrogram, in pixels.
    """
    return _png(grid([list(sounds.items())], width).quantize(SHADES + 4, dither=Image.Dither.NONE))


def grid(rows: Sequence[Sequence[tuple[str, Sound]]], width: int) -> Image.Image:
    """Rows of spectrograms, each below its name.

    Args:
        rows: names and sounds, as many in each row.
        width: of each spectrogram, in pixels.
    """
    row_height = TITLE + HEIGHT + GAP
    picture = Image.new("RGB", (len(rows[0]) * (width + GAP) - GAP, len(rows) * row_height - GAP), PAPER)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    colours = level_colours(SHADES)
    for row, sounds in enumerate(rows):
        for place, (name, sound) in enumerate(sounds):
            left, top = place * (width + GAP), row * row_height + TITLE
            pen.text((left, top - 6), name, fill=INK, font=font, anchor="ls")
            picture.paste(Image.fromarray(colours[raster(sound, width)]), (left, top))
    return picture
