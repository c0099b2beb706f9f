"""What a model is conditioned on: numbers within the range that was trained, and classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from gramophone.bounds import shortened
from gramophone.errors import UsageError

Value = float | str
MOST_CLASSES = 1024


@dataclass(frozen=True)
class Condition:
    """A column of the training table.

    Attributes:
        name: name of the column.
        classes: names of the classes; empty for a number.
        low: least value of a number in training.
        high: largest value of a number in training.
    """

    name: str
    classes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0

    @property
    def size(self) -> int:
        """Numbers that a value is given as: one, or one for each class."""
        return len(self.classes) or 1

    @property
    def trained(self) -> str:
        """What was trained, in words."""
        return f"one of {', '.join(self.classes)}" if self.classes else f"from {self.low:g} to {self.high:g}"

    def given_as(self, value: Value) -> list[float]:
        """A value as numbers: from -1 to 1 over the trained range, or 1 for the class and 0 for the others."""
        if self.classes:
            return [float(value == name) for name in self.classes]
        span = (self.high - self.low) / 2
        return [(float(value) - self.low) / span - 1 if span else 0.0]

    def checked(self, value: Value, *, clamp: bool = False) -> Value:
        """A value that was trained.

        Args:
            value: the value.
            clamp: whether numbers outside the trained range become its nearest end.

        Raises:
            UsageError: it was not trained.
        """
        if self.classes:
            if value in self.classes:
                return value
        elif (number := _number(value)) is not None:
            if clamp and math.isfinite(number):
                return min(max(number, self.low), self.high)
            if self.low <= number <= self.high:
                return number
            raise UsageError(
                f"{self.name} was trained {self.trained}, not at {number:g}; give a value in that range, or add "
                "--clamp to take the nearest end of it"
            )
        raise UsageError(f"{self.name} must be {self.trained}, not '{shortened(str(value))}'; give one that is")

    @property
    def middle(self) -> Value:
        """What is taken where nothing is asked: the first class, or the middle of the range."""
        return self.classes[0] if self.classes else (self.low + self.high) / 2


def _number(value: Value) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def condition_of(name: str, column: Sequence[str]) -> Condition:
    """The condition that a column of texts states: a number if every cell is one, classes otherwise."""
    found = [_number(cell) for cell in column]
    numbers = [one for one in found if one is not None and math.isfinite(one)]
    if len(numbers) == len(column):
        return Condition(name, low=min(numbers), high=max(numbers))
    return Condition(name, classes=tuple(sorted(set(column))))


def condition_from(values: Mapping[str, Any]) -> Condition:
    """Reads the plain values of a condition from an untrusted file.

    Raises:
        ValueError: a field is invalid.
    """
    condition = Condition(values["name"], tuple(values["classes"]), float(values["low"]), float(values["high"]))
    texts: tuple[object, ...] = (condition.name, *condition.classes)
    if not all(isinstance(text, str) and 1 <= len(text) <= 200 for text in texts):
        raise ValueError(f"{condition.name!r:.50} is not a condition")
    if not -math.inf < condition.low <= condition.high < math.inf or len(condition.classes) > MOST_CLASSES:
        raise ValueError(f"the condition {condition.name!r:.50} has no range")
    return condition


def vector(conditions: Sequence[Condition], values: Mapping[str, Value]) -> Float32[np.ndarray, " number"]:
    """All conditions as the numbers that a model is given."""
    return np.array([number for one in conditions for number in one.given_as(values[one.name])], dtype=np.float32)
