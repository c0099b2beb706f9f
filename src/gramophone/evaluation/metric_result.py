"""A metric of an evaluation: its value or why it has none, and an interpretation in words."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from gramophone.errors import InputError

Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class MetricValue:
    """A metric's value and its natural value, if it has one.

    Attributes:
        value: metric of the result.
        natural: the same metric between parts of the reference.
    """

    value: float
    natural: float | None = None


@dataclass(frozen=True)
class MetricResult:
    """A metric of a result.

    Attributes:
        key: identifier, with the unit as suffix.
        name: display name.
        value: value of the metric; None if it cannot be computed.
        unit: `dB`, or empty for ratios and correlations.
        better: direction of improvement; `neither` for a metric that is only informative.
        reading: interpretation of the value in words, or the reason why there is none.
        group: aspect that the metric describes: `texture`, `copying`, `transfer`, `reconstruction`.
        natural: the same metric between parts of the reference; None if that is meaningless.
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
            raise ValueError(f"{self.key} is {self.value}; a value must be finite, or None with a reason")

    @property
    def text(self) -> str:
        """Value with its unit; a dash if there is none."""
        return _text(self.value, self.unit)

    @property
    def natural_text(self) -> str:
        """Natural value with its unit; empty if there is none."""
        return "" if self.natural is None else _text(self.natural, self.unit)

    def evaluate(self, compute: Callable[[], MetricValue], interpret: Callable[[MetricValue], str]) -> "MetricResult":
        """Returns the metric with value and reading, or with the reason why it cannot be computed.

        Args:
            compute: returns the values; raises InputError if the sounds do not allow it.
            interpret: returns the reading of the values.
        """
        try:
            values = compute()
        except InputError as error:
            return replace(self, reading=f"not computed: {error}")
        if not math.isfinite(values.value):
            return replace(self, reading="not computed: the metric is not finite for these sounds")
        natural = values.natural if values.natural is None or math.isfinite(values.natural) else None
        return replace(self, value=values.value, natural=natural, reading=interpret(values))


def metric(key: str, name: str, unit: str, better: Better, group: str) -> MetricResult:
    """Returns a metric without a value, to be computed by `evaluate`."""
    return MetricResult(key, name, None, unit, better, "not computed", group)


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "dB":
        return f"{value:+.1f} dB"
    return f"{value:.1e}" if 0 < abs(value) < 0.005 else f"{value:.2f}"
