"""The confusion matrix of a classifier as PNG."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from jaxtyping import Int64
from PIL import Image, ImageDraw, ImageFont

from gramophone.plotting.colormap import INK, PAPER, level_colours

MARGIN, TITLE, EDGE = 150, 24, 20
LARGEST = 900


def confusion_png(confusion: Int64[np.ndarray, "class class"], classes: Sequence[str], title: str) -> bytes:
    """Draws how often each class (row) is classified as each class (column); darker is a larger part of the row."""
    count = len(classes)
    cell = max(6, min(14, LARGEST // count))
    side, top = count * cell, MARGIN + TITLE
    image = Image.new("RGB", (MARGIN + side + EDGE, top + side + EDGE), PAPER)
    pen = ImageDraw.Draw(image)
    fractions = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    colours = level_colours()[np.round(255 * fractions).astype(np.uint8)]
    image.paste(Image.fromarray(colours).resize((side, side), Image.Resampling.NEAREST), (MARGIN, top))
    font = ImageFont.load_default(max(6, min(11, cell)))
    for place, name in enumerate(classes):
        words = _ascii(name, 40)
        pen.text((MARGIN - 5, top + (place + 0.5) * cell), words, fill=INK, font=font, anchor="rm")
        label = Image.new("RGB", (MARGIN - 6, cell), PAPER)
        ImageDraw.Draw(label).text((2, cell / 2), words, fill=INK, font=font, anchor="lm")
        image.paste(label.rotate(90, expand=True), (MARGIN + place * cell, TITLE))
    pen.rectangle((MARGIN - 1, top - 1, MARGIN + side, top + side), outline=INK)
    pen.text((6, 4), _ascii(title, 200), fill=INK, font=ImageFont.load_default(15))
    out = BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


def _ascii(name: str, longest: int) -> str:
    return name.encode("ascii", "replace").decode("ascii")[:longest]
