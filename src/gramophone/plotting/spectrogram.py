"""Labelled spectrograms as PNG: one panel per sound, all with the same scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageDraw, ImageFont

from gramophone.errors import UsageError
from gramophone.plotting.colormap import FAINT, INK, PAPER, level_colours
from gramophone.plotting.spectrogram_raster import Axes, grey_levels, raster_magnitudes
from gramophone.plotting.ticks import even_ticks

LEFT, RIGHT, TOP, BOTTOM = 62, 84, 14, 46
TITLE, GAP = 30, 16
BAR_WIDTH = 12
SHORTEST_SPAN_S = 0.01
LONGEST_TITLE = 500
# Pillow's own typeface lacks these.
ASCII = str.maketrans(
    {"\N{EN DASH}": "-", "\N{EM DASH}": "-", "\N{RIGHTWARDS ARROW}": "->", "\N{HORIZONTAL ELLIPSIS}": "..."}
)


@dataclass(frozen=True)
class _Sheet:
    """The picture being drawn, with its two font sizes."""

    image: Image.Image
    pen: ImageDraw.ImageDraw
    large: ImageFont.FreeTypeFont | ImageFont.ImageFont
    small: ImageFont.FreeTypeFont | ImageFont.ImageFont

    @property
    def plot_width(self) -> int:
        """Width of the panels in pixels."""
        return self.image.width - LEFT - RIGHT


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

    Levels are relative to the loudest pixel of each panel. Channels are averaged. Time is pooled by maximum, so a
    click stays visible in an hour of sound; memory does not grow with the length.

    Args:
        sounds: title and samples of each sound.
        rate_hz: sample rate of all sounds in Hz, at least 200.
        width: width of the picture in pixels, at least 300.
        panel_height: height of each spectrogram in pixels, at least 40.
        range_db: depth of the colour map in dB, above 0; lower levels have the colour of paper.

    Returns:
        A PNG file; equal sounds give equal bytes.

    Raises:
        UsageError: there is no sound, or a size is too small.
        InputError: a sound holds values that are not finite.
    """
    if not sounds:
        raise UsageError("no sounds to draw; give at least one")
    if width < 300 or panel_height < 40 or not range_db > 0 or rate_hz < 200:
        raise UsageError(
            f"cannot draw with width {width}, panel_height {panel_height}, range_db {range_db} and "
            f"rate_hz {rate_hz}; they must be at least 300, 40, above 0 and 200"
        )
    span_s = max(SHORTEST_SPAN_S, *(samples.shape[-1] / rate_hz for _, samples in sounds))
    axes = Axes(rate_hz, panel_height, (width - LEFT - RIGHT) / span_s)
    pitch = TITLE + panel_height + GAP
    sheet = _new_sheet(width, TOP + len(sounds) * pitch - GAP + BOTTOM)
    for number, (title, samples) in enumerate(sounds):
        top = TOP + number * pitch + TITLE
        _draw_panel(sheet, axes, top, grey_levels(raster_magnitudes(samples, axes, title), range_db))
        _draw_title(sheet, top, title, samples.shape[-1] / rate_hz)
        _draw_time(sheet, top + panel_height, span_s, labelled=number == len(sounds) - 1)
    _draw_bar(sheet, TOP + TITLE, panel_height, range_db)
    out = BytesIO()
    sheet.image.save(out, format="PNG", optimize=False, compress_level=6)
    return out.getvalue()


def _new_sheet(width: int, height: int) -> _Sheet:
    image = Image.new("RGB", (width, height), PAPER)
    return _Sheet(image, ImageDraw.Draw(image), ImageFont.load_default(15), ImageFont.load_default(12))


def _draw_panel(sheet: _Sheet, axes: Axes, top: int, levels: UInt8[np.ndarray, "row column"]) -> None:
    rows, columns = levels.shape
    sheet.image.paste(Image.fromarray(level_colours()[levels]), (LEFT, top))
    sheet.pen.rectangle((LEFT - 1, top - 1, LEFT + columns, top + rows), outline=FAINT)
    for tick in axes.frequency_ticks():
        y = top + round((1 - tick.position) * rows)
        sheet.pen.line((LEFT - (7 if tick.label else 4), y, LEFT - 2, y), fill=INK if tick.label else FAINT)
        sheet.pen.text((LEFT - 11, y), tick.label, fill=INK, font=sheet.small, anchor="rm")
    sheet.pen.text((LEFT - 11, top - 9), "Hz", fill=FAINT, font=sheet.small, anchor="rs")


def _draw_title(sheet: _Sheet, top: int, title: str, duration_s: float) -> None:
    duration = f"{duration_s:.2f} s" if duration_s >= 0.01 else f"{1000 * duration_s:.2f} ms"
    sheet.pen.text((LEFT + sheet.plot_width, top - 9), duration, fill=FAINT, font=sheet.small, anchor="rs")
    room = sheet.plot_width - 16 - sheet.pen.textlength(duration, font=sheet.small)
    words = " ".join(title.translate(ASCII).split())
    if sheet.pen.textlength(words[:LONGEST_TITLE], font=sheet.large) > room:
        words = words[:LONGEST_TITLE]
        while words and sheet.pen.textlength(words + "...", font=sheet.large) > room:
            words = words[:-1]
        words += "..."
    sheet.pen.text((LEFT - 1, top - 9), words, fill=INK, font=sheet.large, anchor="ls")


def _draw_time(sheet: _Sheet, bottom: int, span_s: float, *, labelled: bool) -> None:
    for tick in even_ticks(0.0, span_s, max(2, sheet.plot_width / 90)):
        x = LEFT + round(tick.position * sheet.plot_width)
        sheet.pen.line((x, bottom + 2, x, bottom + 6), fill=INK if labelled else FAINT)
        if labelled:
            sheet.pen.text((x, bottom + 10), tick.label, fill=INK, font=sheet.small, anchor="ma")
    if labelled:
        middle = LEFT + sheet.plot_width / 2
        sheet.pen.text((middle, bottom + 26), "time in seconds", fill=FAINT, font=sheet.small, anchor="ma")


def _draw_bar(sheet: _Sheet, top: int, height: int, range_db: float) -> None:
    left = sheet.image.width - RIGHT + 22
    shades = np.round(np.linspace(255, 0, height)).astype(np.uint8)
    bar = np.repeat(level_colours()[shades][:, None], BAR_WIDTH, axis=1)
    sheet.image.paste(Image.fromarray(bar), (left, top))
    sheet.pen.rectangle((left - 1, top - 1, left + BAR_WIDTH, top + height), outline=FAINT)
    sheet.pen.text((left - 1, top - 9), "dB", fill=FAINT, font=sheet.small, anchor="ls")
    for tick in even_ticks(0.0, range_db, max(2, height / 34)):
        y = top + round(tick.position * (height - 1))
        label = f"-{tick.label}" if tick.position else "0"
        sheet.pen.line((left + BAR_WIDTH + 1, y, left + BAR_WIDTH + 4, y), fill=INK)
        sheet.pen.text((left + BAR_WIDTH + 8, y), label, fill=INK, font=sheet.small, anchor="lm")
