"""What the figures of a grid say, in sentences that follow from them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from gramophone.evaluation.pair_metrics import MEASURES
from gramophone.study.grid import Cell, GridAxis

SHOWN = ("purity", "structure", "gain", "style_distance", "statistics_db", "copy")
APART: Mapping[str, float] = {
    "purity": 0.05,
    "structure": 0.05,
    "gain": 0.05,
    "style_distance": 0.02,
    "statistics_db": 1.0,
    "spectrum_db": 0.5,
    "chroma": 0.05,
    "copy": 0.03,
}
"""Differences that are smaller are called none: about what another seed changes."""


@dataclass(frozen=True)
class Judged:
    """A cell and its figures."""

    cell: Cell
    figures: Mapping[str, float]

    def at(self, axis: str) -> str | None:
        """Its value on an axis."""
        return dict(self.cell.choices).get(axis)


def means(judged: Sequence[Judged], axis: GridAxis, measure: str) -> dict[str, float]:
    """Mean of a measure over the cells with each value of an axis that have it."""
    found = {
        value: [one.figures[measure] for one in judged if one.at(axis.name) == value and measure in one.figures]
        for value in axis.values
    }
    return {value: mean(numbers) for value, numbers in found.items() if numbers}


def conclusions(judged: Sequence[Judged], axes: Sequence[GridAxis]) -> list[str]:
    """A sentence for each axis, one for the best cell, and the claims of Wyse 2017 where they can be tested."""
    said = [_effect(judged, axis) for axis in axes if len(axis.values) > 1]
    best = max(judged, key=lambda one: one.figures["gain"])
    said.append(
        f"The largest gain over plain mixing, {best.figures['gain']:+.2f}, has {_named(best)}: purity "
        f"{best.figures['purity']:.2f}, structure {best.figures['structure']:.2f}."
    )
    return [*said, *figure_1(judged)]


def _named(one: Judged) -> str:
    return ", ".join(f"{axis} {value}" for axis, value in one.cell.choices)


def _effect(judged: Sequence[Judged], axis: GridAxis) -> str:
    changed = []
    for measure in SHOWN:
        found = means(judged, axis, measure)
        if len(found) > 1 and max(found.values()) - min(found.values()) >= APART[measure]:
            better = max if MEASURES[measure][1] == "higher" else min
            best = better(found, key=lambda value: found[value])
            values = ", ".join(f"{value}: {number:.2f}" for value, number in found.items())
            changed.append(f"{MEASURES[measure][0]} is best at {best} ({values})")
    if not changed:
        return f"The axis {axis.name} changes none of the figures by more than another seed would."
    return f"On the axis {axis.name}: {'; '.join(changed)}."


@dataclass(frozen=True)
class Claim:
    """A statement of Wyse 2017, Figure 1 and its text, as an inequality between means.

    Attributes:
        words: what is claimed.
        measure: by which it is tested.
        first: conditions (weights, noise) whose mean should be the better one.
        second: those whose mean should be the worse one.
    """

    words: str
    measure: str
    first: tuple[str, bool]
    second: tuple[str, bool]


TRAINED_CLEAN, TRAINED_NOISY = ("trained", False), ("trained", True)
RANDOM_CLEAN, RANDOM_NOISY = ("random", False), ("random", True)
CLAIMS = (
    Claim("trained weights take more of the style than random ones", "purity", TRAINED_CLEAN, RANDOM_CLEAN),
    Claim(
        "the unseen network, too, finds the style nearer with trained weights",
        "style_distance",
        TRAINED_CLEAN,
        RANDOM_CLEAN,
    ),
    Claim("random weights leave the content noisy", "structure", TRAINED_CLEAN, RANDOM_CLEAN),
    Claim("noise in the start costs content", "structure", TRAINED_CLEAN, TRAINED_NOISY),
    Claim("noise in the start costs style", "purity", TRAINED_CLEAN, TRAINED_NOISY),
    Claim("with random weights and noise there is less content", "structure", RANDOM_CLEAN, RANDOM_NOISY),
    Claim("with random weights and noise there is less style", "purity", RANDOM_CLEAN, RANDOM_NOISY),
)


def figure_1(judged: Sequence[Judged]) -> list[str]:
    """Each claim with the two means that decide it; nothing where the grid has not all four conditions."""
    groups: dict[tuple[str, bool], list[Judged]] = {}
    for one in judged:
        weights, noise = one.at("weights"), one.at("noise")
        if weights is not None and noise is not None:
            groups.setdefault((weights, float(noise) > 0), []).append(one)
    if not {TRAINED_CLEAN, TRAINED_NOISY, RANDOM_CLEAN, RANDOM_NOISY} <= set(groups):
        return []
    return [_tested(claim, groups) for claim in CLAIMS]


def _tested(claim: Claim, groups: Mapping[tuple[str, bool], Sequence[Judged]]) -> str:
    one, other = (
        mean(cell.figures[claim.measure] for cell in groups[condition]) for condition in (claim.first, claim.second)
    )
    ahead = one - other if MEASURES[claim.measure][1] == "higher" else other - one
    verdict = "no difference" if abs(ahead) < APART[claim.measure] else "holds" if ahead > 0 else "does not hold"
    return (
        f"Wyse 2017, \N{LEFT DOUBLE QUOTATION MARK}{claim.words}\N{RIGHT DOUBLE QUOTATION MARK}: {verdict} here "
        f"({claim.measure.replace('_', ' ')} {one:.2f} with {_condition(claim.first)}, {other:.2f} with "
        f"{_condition(claim.second)})."
    )


def _condition(condition: tuple[str, bool]) -> str:
    return f"{condition[0]} weights and {'noise' if condition[1] else 'no noise'}"
