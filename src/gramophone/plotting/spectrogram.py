"""Spectrogram pictures: one panel a sound, all with the same scales, as PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import floor, log10

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageDraw, ImageFont

from gramophone.errors import UsageError
from gramophone.plotting.colormap import level_colours
from gramophone.plotting.spectrogram_raster import Axis, column_levels

PAPER = (252, 251, 248)
INK = (38, 36, 48)
FAINT = (134, 130, 140)
LEFT, RIGHT, TOP, BOTTOM = 62, 84, 14, 46
TITLE, GAP = 30, 16
BAR_WIDTH = 12
LEAST_SPAN_S = 0.01
# Pillow's own typeface lacks these.
PLAIN = str.maketrans(
    {"\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{RIGHTWARDS ARROW}": "->", "\N{HORIZONTAL ELLIPSIS}": "..."}
)


@dataclass(frozen=True)
class _Sheet:
    """The sheet being drawn on, with its two sizes of type."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    large: ImageFont.FreeTypeFont | ImageFont.ImageFont
    small: ImageFont.FreeTypeFont | ImageFont.ImageFont


def spectrogram_png(
    # The underscores say that sizes may differ from sound to sound.
    sounds: Sequence[tuple[str, Float32[np.ndarray, "_channel _sample"]]],
    rate_hz: int,
    *,
    width: int = 1000,
    panel_height: int = 200,
    range_db: float = 70.0,
) -> bytes:
    """Draws spectrograms below each other, over log frequency and one time scale.

    Levels are relative to the loudest of each panel. Channels are averaged. Time is pooled by maximum, so
    that a click stays visible in an hour of sound; memory does not grow with the length.

    Args:
        sounds: title and samples of each sound.
        rate_hz: sample rate of all sounds.
        width: width of the picture in pixels, at least 300.
        panel_height: height of each spectrogram in pixels, at least 40.
        range_db: levels further below the loudest are paper.

    Returns:
        A PNG file; same sounds, same bytes.

    Raises:
        UsageError: if there is no sound, or the sizes are too small.
        InputError: if a sound holds values that are not finite.
    """
    if not sounds:
        raise UsageError("no sounds to draw; give at least one")
    if width < 300 or panel_height < 40 or not range_db > 0 or rate_hz < 200:
        raise UsageError(
            f"cannot draw with width {width}, panel_height {panel_height}, range_db {range_db} and "
            f"rate_hz {rate_hz}; they must be at least 300, 40, above 0 and 200"
        )
    span_s = max(LEAST_SPAN_S, *(samples.shape[-1] / rate_hz for _, samples in sounds))
    axis = Axis(rate_hz, panel_height, (width - LEFT - RIGHT) / span_s)
    pitch = TITLE + panel_height + GAP
    sheet = _new_sheet(width, TOP + len(sounds) * pitch - GAP + BOTTOM)
    for number, (title, samples) in enumerate(sounds):
        top = TOP + number * pitch + TITLE
        _draw_panel(sheet, axis, top, column_levels(samples, axis, title), range_db)
        _draw_title(sheet, top, title, samples.shape[-1] / rate_hz)
        _draw_time(sheet, axis, top + panel_height, span_s, labels=number == len(sounds) - 1)
    _draw_bar(sheet, TOP + TITLE, panel_height, range_db)
    out = BytesIO()
    sheet.image.save(out, format="PNG", optimize=False, compress_level=6)
    return out.getvalue()


def _new_sheet(width: int, height: int) -> _Sheet:
    image = Image.new("RGB", (width, height), PAPER)
    return _Sheet(image, ImageDraw.Draw(image), ImageFont.load_default(15), ImageFont.load_default(12))


def _draw_panel(
    sheet: _Sheet, axis: Axis, top: int, levels_db: Float32[np.ndarray, "row column"], range_db: float
) -> None:
    rows, columns = levels_db.shape
    shades = np.clip(1 + levels_db / range_db, 0.0, 1.0)
    pixels: UInt8[np.ndarray, "row column 3"] = level_colours()[np.round(255 * shades).astype(np.uint8)]
    sheet.image.paste(Image.fromarray(pixels), (LEFT, top))
    sheet.pen.rectangle((LEFT - 1, top - 1, LEFT + columns, top + rows), outline=FAINT)
    for frequency_hz, name in axis.ticks():
        y = top + axis.row(frequency_hz)
        sheet.pen.line((LEFT - (7 if name else 4), y, LEFT - 2, y), fill=INK if name else FAINT)
        if name:
            sheet.pen.text((LEFT - 11, y), name, fill=INK, font=sheet.small, anchor="rm")
    sheet.pen.text((LEFT - 11, top - 9), "Hz", fill=FAINT, font=sheet.small, anchor="rs")


def _draw_title(sheet: _Sheet, top: int, title: str, duration_s: float) -> None:
    length = f"{duration_s:.2f} s" if duration_s >= 0.01 else f"{1000 * duration_s:.2f} ms"
    right = sheet.image.width - RIGHT
    sheet.pen.text((right, top - 9), length, fill=FAINT, font=sheet.small, anchor="rs")
    room = right - LEFT - 16 - sheet.pen.textlength(length, font=sheet.small)
    shown = " ".join(title.translate(PLAIN).split())
    if sheet.pen.textlength(shown[:500], font=sheet.large) > room:
        shown = shown[:500]
        while shown and sheet.pen.textlength(shown + "...", font=sheet.large) > room:
            shown = shown[:-1]
        shown += "..."
    sheet.pen.text((LEFT - 1, top - 9), shown, fill=INK, font=sheet.large, anchor="ls")


def _draw_time(sheet: _Sheet, axis: Axis, bottom: int, span_s: float, labels: bool) -> None:
    step_s = _round_step(span_s / max(2, (sheet.image.width - LEFT - RIGHT) / 90))
    digits = max(0, -floor(log10(step_s) + 1e-9))
    for number in range(floor(span_s / step_s + 1e-6) + 1):
        x = LEFT + round(number * step_s * axis.columns_per_s)
        sheet.pen.line((x, bottom + 2, x, bottom + 6), fill=INK if labels else FAINT)
        if labels:
            sheet.pen.text((x, bottom + 10), f"{number * step_s:.{digits}f}", fill=INK, font=sheet.small, anchor="ma")
    if labels:
        middle = (LEFT + sheet.image.width - RIGHT) / 2
        sheet.pen.text((middle, bottom + 26), "time in seconds", fill=FAINT, font=sheet.small, anchor="ma")


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _draw_bar(sheet: _Sheet, top: int, height: int, range_db: float) -> None:
    left = sheet.image.width - RIGHT + 22
    shades = np.round(np.linspace(255, 0, height)).astype(np.uint8)
    bar = np.repeat(level_colours()[shades][:, None], BAR_WIDTH, axis=1)
    sheet.image.paste(Image.fromarray(bar), (left, top))
    sheet.pen.rectangle((left - 1, top - 1, left + BAR_WIDTH, top + height), outline=FAINT)
    sheet.pen.text((left - 1, top - 9), "dB", fill=FAINT, font=sheet.small, anchor="ls")
    step_db = _round_step(range_db / max(2, height / 34))
    for number in range(floor(range_db / step_db + 1e-6) + 1):
        y = top + round(number * step_db / range_db * (height - 1))
        sheet.pen.line((left + BAR_WIDTH + 1, y, left + BAR_WIDTH + 4, y), fill=INK)
        name = f"-{number * step_db:g}" if number else "0"
        sheet.pen.text((left + BAR_WIDTH + 8, y), name, fill=INK, font=sheet.small, anchor="lm")
