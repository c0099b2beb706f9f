"""Claims about results on pairs of recordings and their test, and what the metrics of a grid say about its axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Literal

from scipy.stats import wilcoxon

from gramophone.evaluation.pair_metrics import MEASURES, Direction
from gramophone.study.grid import Cell, GridAxis

SHOWN = ("purity", "structure", "gain", "style_distance", "statistics_db", "copy")
SEED_SPREAD: Mapping[str, float] = {
    "purity": 0.05,
    "structure": 0.05,
    "gain": 0.05,
    "style_distance": 0.02,
    "statistics_db": 1.0,
    "spectrum_db": 0.5,
    "chroma": 0.05,
    "nearest": 0.05,
    "copy": 0.03,
}
"""Approximate change of each metric with the seed; smaller differences do not count."""

FEWEST_PAIRS = 8
"""Pairs of recordings below which there is no verdict."""
LARGEST_P = 0.05
"""Of the signed-rank test; eight differences of one sign have 0.008."""

Outcome = Literal["holds", "does not hold", "no difference", "too few pairs"]
Results = Mapping[str, Sequence[tuple[Mapping[str, float], Mapping[str, float]]]]
"""By pair of recordings, the metrics of both results for each seed: of the better and of the worse condition."""


@dataclass(frozen=True)
class Verdict:
    """Outcome of the test of a claim.

    Attributes:
        outcome: `holds`, `does not hold` if the difference is reversed, `no difference`, or `too few pairs`.
        improvement: mean difference over the pairs of recordings, positive if the claim holds; NaN without any.
        standard_error: standard error of that mean over the pairs; None for fewer than two.
        pairs: number of pairs of recordings, each of which counts once, whatever its number of seeds.
        p: of the signed-rank test over the pairs, two-sided; None below `FEWEST_PAIRS`.
    """

    outcome: Outcome
    improvement: float
    standard_error: float | None
    pairs: int
    p: float | None = None


@dataclass(frozen=True)
class Claim:
    """A claim that a metric is better under one condition than under another.

    Attributes:
        words: the claim in words, with its source.
        measure: metric that decides.
        better: condition that should be better.
        worse: condition that should be worse.
        direction: `higher` or `lower`, which is better; by default as `MEASURES` has it.
    """

    words: str
    measure: str
    better: str
    worse: str
    direction: Direction | None = None

    def differences(self, results: Results) -> list[float]:
        """How much better the better condition is on each pair of recordings, the mean over its seeds.

        Results in which one lacks the metric are left out.
        """
        sign = 1 if (self.direction or MEASURES[self.measure][1]) == "higher" else -1
        found = (
            [
                sign * (better[self.measure] - worse[self.measure])
                for better, worse in both
                if self.measure in better and self.measure in worse
            ]
            for both in results.values()
        )
        return [mean(seeds) for seeds in found if seeds]

    def test(self, results: Results) -> Verdict:
        """Tests the claim over pairs of recordings by Wilcoxon's signed ranks; seeds are no independent results.

        Args:
            results: results by pair of recordings.

        Example:
            >>> claim = Claim("a is purer than b", "purity", "a", "b")
            >>> verdict = claim.test({str(n): [({"purity": 0.5 + n / 10}, {"purity": 0.4})] for n in range(8)})
            >>> verdict.outcome, verdict.pairs, round(verdict.p, 4)
            ('holds', 8, 0.0078)
        """
        differences = self.differences(results)
        count = len(differences)
        middle = mean(differences) if differences else float("nan")
        error = stdev(differences) / sqrt(count) if count > 1 else None
        if count < FEWEST_PAIRS:
            return Verdict("too few pairs", middle, error, count)
        p = float(wilcoxon(differences).pvalue) if any(differences) else 1.0
        outcome: Outcome = "no difference"
        if p <= LARGEST_P:
            outcome = "holds" if middle > 0 else "does not hold"
        return Verdict(outcome, middle, error, count, p)


@dataclass(frozen=True)
class EvaluatedCell:
    """A cell of a grid and the metrics of its result."""

    cell: Cell
    figures: Mapping[str, float]

    def value(self, axis: str) -> str | None:
        """Returns the value on an axis, None if the grid does not have it."""
        return dict(self.cell.choices).get(axis)


def means(cells: Sequence[EvaluatedCell], axis: GridAxis, measure: str) -> dict[str, float]:
    """Averages a metric over the cells with each value of an axis."""
    numbers = {
        value: [one.figures[measure] for one in cells if one.value(axis.name) == value and measure in one.figures]
        for value in axis.values
    }
    return {value: mean(found) for value, found in numbers.items() if found}


def conclusions(cells: Sequence[EvaluatedCell], axes: Sequence[GridAxis]) -> list[str]:
    """Writes a sentence for each axis, one for the best cell, and what the pair shows of the claims of Wyse 2017."""
    lines = [_effect(cells, axis) for axis in axes if len(axis.values) > 1]
    best = max(cells, key=lambda one: one.figures["gain"])
    name = ", ".join(f"{axis} {value}" for axis, value in best.cell.choices)
    lines.append(
        f"The largest gain over plain mixing is {best.figures['gain']:+.2f}, at {name}: purity "
        f"{best.figures['purity']:.2f}, structure {best.figures['structure']:.2f}."
    )
    return [*lines, *wyse2017_observations(cells)]


def _effect(cells: Sequence[EvaluatedCell], axis: GridAxis) -> str:
    changes = []
    for measure in SHOWN:
        found = means(cells, axis, measure)
        if len(found) > 1 and max(found.values()) - min(found.values()) >= SEED_SPREAD[measure]:
            optimum = max if MEASURES[measure][1] == "higher" else min
            best = optimum(found, key=lambda value: found[value])
            values = ", ".join(f"{value}: {number:.2f}" for value, number in found.items())
            changes.append(f"{MEASURES[measure][0]} is best at {best} ({values})")
    if not changes:
        return f"The axis {axis.name} changes no metric by more than another seed would."
    return f"On the axis {axis.name}: {'; '.join(changes)}."


TRAINED_CLEAN, TRAINED_NOISY = "trained weights and no noise", "trained weights and noise"
RANDOM_CLEAN, RANDOM_NOISY = "random weights and no noise", "random weights and noise"
WYSE2017 = (
    Claim("trained weights take more of the style than random ones", "purity", TRAINED_CLEAN, RANDOM_CLEAN),
    Claim(
        "trained weights come nearer to the style for an unseen network, too",
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
"""Claims of Wyse 2017, Figure 1 and its text."""


def wyse2017_observations(cells: Sequence[EvaluatedCell]) -> list[str]:
    """Writes what the pair shows of each claim; nothing if the grid lacks one of the four conditions."""
    conditions: dict[str, list[EvaluatedCell]] = {}
    for cell in cells:
        if (condition := _condition(cell)) is not None:
            conditions.setdefault(condition, []).append(cell)
    if not {TRAINED_CLEAN, TRAINED_NOISY, RANDOM_CLEAN, RANDOM_NOISY} <= set(conditions):
        return []
    return [_sentence(claim, conditions[claim.better], conditions[claim.worse]) for claim in WYSE2017]


def _condition(cell: EvaluatedCell) -> str | None:
    weights, noise = cell.value("weights"), cell.value("noise")
    if weights is None or noise is None:
        return None
    return f"{weights} weights and {'noise' if float(noise) > 0 else 'no noise'}"


def _sentence(claim: Claim, better: Sequence[EvaluatedCell], worse: Sequence[EvaluatedCell]) -> str:
    both = [(a.figures, b.figures) for a in better for b in worse if _others(a) == _others(b)]
    verdict = claim.test({"the only pair": both})
    one, other = (mean(cell.figures[claim.measure] for cell in group) for group in (better, worse))
    words = f"\N{LEFT DOUBLE QUOTATION MARK}{claim.words}\N{RIGHT DOUBLE QUOTATION MARK}"
    sees = "no more than another seed would change"
    if abs(verdict.improvement) > SEED_SPREAD[claim.measure]:
        sees = "as published" if verdict.improvement > 0 else "the other way round"
    return (
        f"Wyse 2017, {words}: {sees} on this pair, which alone decides nothing "
        f"({claim.measure.replace('_', ' ')} {one:.2f} with {claim.better}, {other:.2f} with {claim.worse})."
    )


def _others(cell: EvaluatedCell) -> dict[str, str]:
    """Returns the choices besides the two that make a condition: results are paired where these agree."""
    return {axis: value for axis, value in cell.cell.choices if axis not in ("weights", "noise")}
