"""Single keys of a terminal, read without waiting."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gramophone.live import LiveTransfer

ARROWS = {"\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left"}
STRENGTH_STEP, MIX_STEP = 0.05, 0.1
HELP = (
    "keys: up and down change the strength, left and right the mix, f freezes, 1 to 8 choose a style, 0 all, q ends"
)


@contextmanager
def single_keys() -> "Iterator[Keys]":
    """Lets the terminal send every key at once; without a terminal no key ever comes."""
    try:
        import termios
        import tty

        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
    except (ImportError, OSError, ValueError, AttributeError):
        yield Keys(None)
        return
    try:
        tty.setcbreak(number)
        yield Keys(number)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


class Keys:
    """Keys that were pressed.

    Args:
        number: file descriptor of the terminal; None where there is none.
    """

    def __init__(self, number: int | None) -> None:
        self._number = number

    def pressed(self) -> list[str]:
        """The keys since the last call; arrows as `up`, `down`, `left` and `right`."""
        import select

        if self._number is None or not select.select([self._number], [], [], 0)[0]:
            return []
        text = ""
        with suppress(OSError):
            text = os.read(self._number, 64).decode(errors="replace")
        found = []
        while text:
            arrow = text[:3]
            found.append(ARROWS.get(arrow, text[0]))
            text = text[3 if arrow in ARROWS else 1 :]
        return found


def press(live: "LiveTransfer", key: str) -> bool:
    """Does what a key says; returns whether it was the one that ends."""
    steps = {"up": STRENGTH_STEP, "down": -STRENGTH_STEP}
    mixes = {"right": MIX_STEP, "left": -MIX_STEP}
    styles = len(live.weights)
    if key in steps:
        live.strength = round(min(1.0, max(0.0, live.strength + steps[key])), 3)
    elif key in mixes:
        live.mix = round(min(1.0, max(0.0, live.mix + mixes[key])), 3)
    elif key in {"f", " "}:
        live.freeze = not live.freeze
    elif key == "0":
        live.weights = [1.0] * styles
    elif key.isdecimal() and int(key) <= styles:
        live.weights = [float(number == int(key)) for number in range(1, styles + 1)]
    return key in {"q", "\x03", "\x04"}
