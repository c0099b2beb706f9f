"""How evenly the dial of the default turns: the largest step of every measure, and how far it ever turns back."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean

from bench.identity.cells import Cell
from bench.identity.pairs import KINDS, PAIRS

MEASURES = ("melody", "harmony", "words", "spectral shape", "onsets", "low and high strokes")
LEAST_RANGE = 0.3  # of a measure that the dial moves at all

HEAD = """Means over the pairs of a kind between strengths 0.1 apart: the largest step as a share of its whole range,
and the farthest that it goes back. Measures whose range is below {least:g} are left out.

| pairs | measure | from, to | range | largest step | at | back |
|---|---|---|---|---|---|---|"""


def dial_table(cells: Sequence[Cell]) -> str:
    """The table in Markdown; cells are those of one system."""
    lines = [HEAD.format(least=LEAST_RANGE)]
    for title, held_out in (("held out", True), ("for tuning", False)):
        for kind in KINDS:
            names = {pair.name for pair in PAIRS if pair.kind == kind and pair.held_out == held_out}
            lines += _rows(f"{title}: {kind}", [cell for cell in cells if cell.pair in names])
    return "\n".join(lines) + "\n"


def _rows(title: str, cells: Sequence[Cell]) -> Iterator[str]:
    for name in ("identity", "style", *MEASURES):
        curve = _curve(cells, name)
        values = [value for _, value in curve]
        if len(values) < 3 or (moved := max(values) - min(values)) < LEAST_RANGE:
            continue
        steps = [(later - earlier, at, to) for (at, earlier), (to, later) in pairwise(curve)]
        largest, at, to = max(steps, key=lambda step: abs(step[0]))
        forward = 1 if values[-1] > values[0] else -1
        back = max(0.0, *(-forward * step for step, _, _ in steps))
        yield (
            f"| {title} | {name} | {values[0]:.2f}, {values[-1]:.2f} | {moved:.2f} | {abs(largest) / moved:.2f} "
            f"| {at:g} to {to:g} | {back:.2f} |"
        )


def _curve(cells: Sequence[Cell], name: str) -> list[tuple[float, float]]:
    """Mean by strength."""
    found = []
    for strength in sorted({cell.strength for cell in cells}):
        values = [_value(cell, name) for cell in cells if cell.strength == strength]
        some = [value for value in values if value is not None]
        if some:
            found.append((strength, mean(some)))
    return found


def _value(cell: Cell, name: str) -> float | None:
    return getattr(cell, name) if name in ("identity", "style") else cell.values.get(name)
