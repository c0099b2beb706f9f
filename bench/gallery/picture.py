"""Small spectrograms for a page: one raster without axes, in a palette of few colours."""

import io

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
    size = (len(sounds) * (width + GAP) - GAP, TITLE + HEIGHT)
    picture = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    colours = level_colours(SHADES)
    for place, (name, sound) in enumerate(sounds.items()):
        left = place * (width + GAP)
        pen.text((left, TITLE - 6), name, fill=INK, font=font, anchor="ls")
        picture.paste(Image.fromarray(colours[raster(sound, width)]), (left, TITLE))
    return _png(picture.quantize(SHADES + 4, dither=Image.Dither.NONE))
