"""Positions and labels of axis ticks, for every chart and spectrogram."""

from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True)
class Tick:
    """A tick of an axis.

    Attributes:
        position: fraction of the axis, from 0 at its start to 1 at its end.
        label: text beside the tick; empty for a minor tick.
    """

    position: float
    label: str


def even_ticks(low: float, high: float, most: float) -> list[Tick]:
    """Places ticks at multiples of 1, 2 or 5 times a power of ten, at most `most` + 1 of them."""
    if not high > low:
        return [Tick(0.0, f"{low:g}")]
    step = _round_step((high - low) / most)
    first, last = ceil(low / step - 1e-6), floor(high / step + 1e-6)
    digits = max(0, -floor(log10(step) + 1e-9))
    return [Tick((n * step - low) / (high - low), f"{n * step:.{digits}f}") for n in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[Tick]:
    """Places ticks at powers of ten, and at 2 and 5 times those on a short axis; else at both ends."""
    span = log10(high / low)
    digits = (1, 2, 5) if span < 2.5 else (1,)
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    values = [digit * 10.0**power for power in powers for digit in digits]
    inside = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)] or [low, high]
    stride = ceil(len(inside) / 8)
    return [Tick(log10(value / low) / span, _short(value)) for value in inside[::stride]]


def _short(value: float) -> str:
    return f"{value:g}" if 0.001 <= value < 10000 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
