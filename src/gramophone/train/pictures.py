"""The learning curve and the confusion matrix as PNG pictures."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil

import numpy as np
from jaxtyping import Int64
from PIL import Image, ImageDraw, ImageFont

from gramophone.plotting.colormap import level_colours

PAPER, INK, FAINT = (252, 251, 248), (38, 36, 48), (200, 196, 204)
TRAIN, TEST = (30, 110, 160), (200, 80, 40)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 62, 24, 42, 46


def curves_png(epochs: Sequence[dict[str, float]], title: str) -> bytes:
    """Loss (left) and accuracy (right) over epochs, of training and test clips."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    half = WIDTH // 2
    losses = [[(e["epoch"], e[name]) for e in epochs if name in e] for name in ("loss", "test_loss")]
    shares = [[(e["epoch"], 100 * e[name]) for e in epochs if name in e] for name in ("accuracy", "test_accuracy")]
    most = max((y for line in losses for _, y in line), default=1.0)
    _plot(pen, (LEFT, TOP, half - RIGHT, HEIGHT - BOTTOM), losses, ceil(most), "cross-entropy")
    _plot(pen, (half + LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM), shares, 100, "accuracy in per cent")
    small = ImageFont.load_default(12)
    pen.text((LEFT, 6), title, fill=INK, font=ImageFont.load_default(15))
    pen.text((WIDTH - RIGHT - 80, 9), "test", fill=TEST, font=small, anchor="ra")
    pen.text((WIDTH - RIGHT, 9), "training", fill=TRAIN, font=small, anchor="ra")
    return _png(image)


def confusion_png(confusion: Int64[np.ndarray, "class class"], classes: Sequence[str], title: str) -> bytes:
    """Which class (row) is taken for which (column); the darker, the larger the share of the row."""
    count = len(classes)
    cell = max(6, min(14, 900 // count))
    margin = 150
    side = margin + count * cell + 20
    image = Image.new("RGB", (side, side + 24), PAPER)
    pen = ImageDraw.Draw(image)
    shares = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    shades = level_colours()[np.round(255 * shares).astype(np.uint8)]
    field = Image.fromarray(shades).resize((count * cell, count * cell), Image.Resampling.NEAREST)
    image.paste(field, (margin, margin + 24))
    type_size = max(6, min(11, cell))
    font = ImageFont.load_default(type_size)
    upright = Image.new("RGB", (count * cell, margin - 6), PAPER)
    for place, name in enumerate(classes):
        middle = margin + 24 + place * cell + cell / 2
        pen.text((margin - 5, middle), _plain(name), fill=INK, font=font, anchor="rm")
        upright.paste(_turned(_plain(name), font, margin - 6, cell), (place * cell, 0))
    image.paste(upright, (margin, 24))
    pen.rectangle((margin - 1, margin + 23, margin + count * cell, margin + 24 + count * cell), outline=INK)
    pen.text((6, 4), _plain(title, 200), fill=INK, font=ImageFont.load_default(15))
    return _png(image)


def _plot(
    pen: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    lines: Sequence[Sequence[tuple[float, float]]],
    top: float,
    label: str,
) -> None:
    left, upper, right, lower = box
    font = ImageFont.load_default(12)
    last = max((x for line in lines for x, _ in line), default=1)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = lower - share * (lower - upper)
        pen.line((left, y, right, y), fill=FAINT)
        pen.text((left - 6, y), f"{share * top:g}", fill=INK, font=font, anchor="rm")
    for epoch in sorted({1, round(last / 2), int(last)} - {0}):
        x = left + (right - left) * epoch / max(last, 1)
        pen.text((x, lower + 8), f"{epoch}", fill=INK, font=font, anchor="ma")
    pen.text(((left + right) / 2, lower + 24), f"{label}, over epochs", fill=INK, font=font, anchor="ma")
    for line, colour in zip(lines, (TRAIN, TEST), strict=True):
        at = [
            (left + (right - left) * x / max(last, 1), lower - (lower - upper) * min(y / top, 1.0)) for x, y in line
        ]
        if len(at) > 1:
            pen.line(at, fill=colour, width=2)
        for x, y in at:
            pen.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colour)


def _turned(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, length: int, width: int) -> Image.Image:
    strip = Image.new("RGB", (length, width), PAPER)
    ImageDraw.Draw(strip).text((2, width / 2), name, fill=INK, font=font, anchor="lm")
    return strip.rotate(90, expand=True)


def _plain(name: str, longest: int = 40) -> str:
    return name.encode("ascii", "replace").decode("ascii")[:longest]


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()
