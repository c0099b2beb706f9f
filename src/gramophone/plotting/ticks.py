"""Positions and names of ticks, for axes that are text over a picture and so follow the page's theme."""

from dataclasses import dataclass
from math import ceil, floor, log10

from gramophone.plotting.html import element, percent, text


@dataclass(frozen=True)
class Tick:
    """A tick at a share of the axis, from its beginning (0) to its end (1)."""

    share: float
    name: str


def even_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Places ticks at round numbers in equal steps, at most `most` + 1 of them."""
    if not high > low:
        return [Tick(0.0, f"{low:g}")]
    step = _round_step((high - low) / most)
    first, last = ceil(low / step - 1e-6), floor(high / step + 1e-6)
    digits = max(0, -floor(log10(step) + 1e-9))
    return [Tick((n * step - low) / (high - low), f"{n * step:.{digits}f}") for n in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[Tick]:
    """Places ticks at powers of ten, and at 2 and 5 times those where there are few."""
    span = log10(high / low)
    digits = (1, 2, 5) if span < 2.5 else (1,)
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    values = [digit * 10.0**power for power in powers for digit in digits]
    inside = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
    stride = ceil(len(inside) / 8)
    return [Tick(log10(value / low) / span, _short(value)) for value in inside[::stride]]


def labels(ticks: list[Tick], *, vertical: bool) -> str:
    """Writes the names beside or below a picture; the lines themselves are for the eye only."""
    side = "bottom" if vertical else "left"
    spans = [
        element("span", element("span", text(tick.name)), class_="tick", style=f"{side}:{percent(tick.share)}")
        for tick in ticks
    ]
    return element("div", *spans, class_="axis-y" if vertical else "axis-x", aria_hidden="true")


def _short(value: float) -> str:
    return f"{value:g}" if 0.001 <= value < 10000 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
