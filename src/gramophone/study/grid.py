"""Axes of a study and their combinations; light, as it needs no torch."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.errors import UsageError

if TYPE_CHECKING:
    from gramophone.request import TransferRequest

PRESET = "wyse2017"
DEFAULT = ("weights=trained,random", "noise=0,0.2,0.5,0.7")
"""Figure 1 of Wyse 2017: trained and random weights, with and without noise in the start."""

MOST_CELLS = 500
SUFFIX = ".flac"


@dataclass(frozen=True)
class GridAxis:
    """An axis of a grid, and its values as they were written."""

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
        """Stem of its files."""
        return "_".join(
            f"{axis}-{''.join(c if c.isalnum() or c in '.-' else '-' for c in v)}" for axis, v in self.choices
        )

    def request(self, base: "TransferRequest", seed: int = 0) -> "TransferRequest":
        """Request of the cell.

        Args:
            base: request whose values the choices of the cell replace.
            seed: seed of cells that draw anything, where it is no axis.

        Raises:
            UsageError: a choice is out of its bounds, or choices exclude each other.
        """
        words = {**base.to_words(), **dict(self.choices)}
        request = type(base).from_words(words, base.sounds)
        if "seed" in words or not request.draws:
            return request
        return type(base).from_words({**words, "seed": seed}, base.sounds)

    def path(self, folder: Path) -> Path:
        """Path of the result; its run record is beside it."""
        return folder / f"{self.name}{SUFFIX}"


def axis_names() -> tuple[str, ...]:
    """Names of possible axes: the flags of a transfer with a single value."""
    from gramophone.request import TransferRequest
    from gramophone.request.base import NO_FLAGS
    from gramophone.request.refusals import column_of

    names = (column_of(name, field) for name, field in TransferRequest.model_fields.items() if name not in NO_FLAGS)
    return tuple(name for name in names if name not in ("span_ms", "device"))


def parse_grid(words: Sequence[str]) -> tuple[GridAxis, ...]:
    """Parses axes such as `noise=0,0.2`.

    Raises:
        UsageError: a word is not an axis, an axis is unknown or repeated, or there are too many cells.
    """
    axes: list[GridAxis] = []
    for word in words:
        name, equals, listed = word.partition("=")
        values = tuple(value.strip() for value in listed.split(","))
        if not equals or not all(values):
            raise UsageError(f"'{word}' is not an axis of a grid; write axes as noise=0,0.2,0.5")
        if name not in axis_names():
            raise UsageError(f"a grid has no axis '{name}'; choose from {', '.join(axis_names())}")
        if name in {axis.name for axis in axes} or len(set(values)) < len(values):
            raise UsageError(f"the axis '{word}' or one of its values is repeated; give each of them once")
        axes.append(GridAxis(name, values))
    count = len(cells(axes))
    if count > MOST_CELLS:
        raise UsageError(f"the grid has {count} cells; the limit is {MOST_CELLS}: leave out some values")
    return tuple(axes)


def cells(axes: Sequence[GridAxis]) -> list[Cell]:
    """All combinations of values, the last axis varying fastest."""
    named = [[(axis.name, value) for value in axis.values] for axis in axes]
    return [Cell(choices) for choices in itertools.product(*named)]
