"""What changes in a study, as axes of values; nothing here needs torch."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gramophone.errors import UsageError

PRESET = "wyse2017"
DEFAULT = ("weights=trained,random", "noise=0,0.2,0.5,0.7")
"""Figure 1 of Wyse 2017: trained and random weights, with and without noise in the start."""

MOST_CELLS = 500


@dataclass(frozen=True)
class GridAxis:
    """One thing that changes, and its values as they were written."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One transfer of a study.

    Attributes:
        choices: the value on each axis.
    """

    choices: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Of its files."""
        return "_".join(
            f"{axis}-{''.join(c if c.isalnum() or c in '.-' else '-' for c in v)}" for axis, v in self.choices
        )

    def words(self) -> list[str]:
        """The choices as flags of `gramophone transfer`."""
        return [word for axis, value in self.choices for word in (f"--{axis}", value)]


def parse_grid(words: Sequence[str]) -> tuple[GridAxis, ...]:
    """Axes from words such as `noise=0,0.2`.

    Raises:
        UsageError: a word that is none, an axis that is not known or comes twice, or too many cells.
    """
    axes: list[GridAxis] = []
    for word in words:
        name, equals, listed = word.partition("=")
        values = tuple(value.strip() for value in listed.split(","))
        if not equals or not all(values):
            raise UsageError(f"'{word}' is no axis of a grid; write it as noise=0,0.2,0.5")
        if name not in KINDS:
            raise UsageError(f"a grid has no axis '{name}'; choose of {', '.join(KINDS)}")
        if name in {axis.name for axis in axes} or len(set(values)) < len(values):
            raise UsageError(f"the axis '{word}' says something twice; give each axis and each value once")
        for value in values:
            choice(name, value)
        axes.append(GridAxis(name, values))
    count = len(cells(axes))
    if count > MOST_CELLS:
        raise UsageError(f"the grid has {count} cells; the limit is {MOST_CELLS}: leave out some values")
    return tuple(axes)


def cells(axes: Sequence[GridAxis]) -> list[Cell]:
    """All combinations, the last axis changing first."""
    named = [[(axis.name, value) for value in axis.values] for axis in axes]
    return [Cell(choices) for choices in itertools.product(*named)]


KINDS: Mapping[str, type] = {
    "preset": str,
    "weights": str,
    "noise": float,
    "strength": float,
    "seed": int,
    "iterations": int,
    "scale": str,
    "envelopes": str,
    "filters": int,
}
"""Axes and the kind of their values; the names are the flags of `gramophone transfer`, and `filters`."""


def choice(axis: str, value: str) -> object:
    """A value as Python has it.

    Raises:
        UsageError: it is no number where one is needed.
    """
    try:
        return KINDS[axis](value)
    except ValueError:
        raise UsageError(f"'{value}' is no value for {axis}; give numbers with commas between them") from None
