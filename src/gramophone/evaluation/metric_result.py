"""One figure of an evaluation: its value, or why there is none, and what it says in plain words."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from gramophone.errors import InputError

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class MetricValue:
    """A value and, where it makes sense, the same measure between parts of the reference itself."""

    value: float
    natural: float | None = None


@dataclass(frozen=True)
class MetricResult:
    """What one measure says about a result.

    Attributes:
        key: name for machines; carries the unit.
        name: name for readers.
        value: the figure; none where it cannot be computed.
        unit: `dB`, or empty for ratios and correlations.
        better: which direction is better; `neither` where the figure is only shown.
        reading: what the value says in plain words, or why there is none.
        group: what it is about: `texture`, `copying`, `transfer`, `reconstruction`.
        natural: the same figure between parts of the reference itself, where that makes sense.
    """

    key: str
    name: str
    value: float | None
    unit: str
    better: Better
    reading: str
    group: str
    natural: float | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"{self.key} is {self.value}; a figure without a finite value has none, and a reason")

    @property
    def text(self) -> str:
        """The value with its unit; a dash where there is none."""
        return _text(self.value, self.unit)

    @property
    def natural_text(self) -> str:
        """The natural level with its unit; empty where there is none."""
        return "" if self.natural is None else _text(self.natural, self.unit)

    def measured(self, compute: Callable[[], MetricValue], read: Callable[[MetricValue], str]) -> "MetricResult":
        """This figure with its value and reading, or with the reason why it cannot be computed.

        Args:
            compute: gives the value and the natural level; raises InputError where it cannot.
            read: says what they mean.
        """
        try:
            found = compute()
        except InputError as error:
            return replace(self, reading=f"not computed: {error}")
        if not math.isfinite(found.value):
            return replace(self, reading="not computed: the measure is not finite for these sounds")
        natural = found.natural if found.natural is None or math.isfinite(found.natural) else None
        return replace(self, value=found.value, natural=natural, reading=read(found))


def blank(key: str, name: str, unit: str, better: Better, group: str) -> MetricResult:
    """A figure that still has to be `measured`."""
    return MetricResult(key, name, None, unit, better, "not computed", group)


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "dB":
        return f"{value:+.1f} dB"
    return f"{value:.1e}" if 0 < abs(value) < 0.005 else f"{value:.2f}"
