"""docs/study.md: a table for each question, and what the figures say of each claim."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.saturation import is_saturated, left_out
from bench.study.budget import Budget
from bench.study.judge import NAMES
from bench.study.question import BOUNDED, MEASURES, PAIRS, Question
from bench.study.tables import number, table
from gramophone.settings import DRAWN
from gramophone.study.claims import FEWEST_PAIRS, LARGEST_P, Claim, Results

Figures = Mapping[str, float]
Pair = tuple[str, str]

OUTCOMES: Mapping[str, str] = {
    "holds": "Holds",
    "does not hold": "Does not hold, it is the other way round",
    "no difference": "No difference that these runs could show",
    "too few pairs": f"Not told, as there are fewer than {FEWEST_PAIRS} pairs of recordings",
    "below the budget": "Not told, as a system is below its published budget",
    "not reconstructed": "Not told, as the sound was not reconstructed",
    "saturated": "Not told, as the measure is 0 or 1 in more than a third of the results",
}
READING = Path(__file__).with_name("reading.md")
"""What a person says of the figures, and the pictures."""
BELOW = " †"
"""Mark of a system that is below its published budget."""


@dataclass(frozen=True)
class Answered:
    """A question and what was found.

    Attributes:
        question: the question.
        figures: by system and pair of recordings, the figures of each seed.
        missing: by system, what it lacks of its published budget.
    """

    question: Question
    figures: Mapping[str, Mapping[Pair, Sequence[Figures]]]
    missing: Mapping[str, Sequence[str]]

    def of(self, system: str) -> list[Figures]:
        """Figures of all results of a system."""
        return [one for seeds in self.figures.get(system, {}).values() for one in seeds]

    def values(self, measure: str) -> list[float]:
        """A measure of all results."""
        return [one[measure] for system in self.figures for one in self.of(system) if measure in one]

    @property
    def saturated(self) -> list[str]:
        """Measures that tell nothing here."""
        return [measure for measure in BOUNDED if is_saturated(self.values(measure))]

    def results(self, claim: Claim) -> Results:
        """By pair of recordings, the figures under both conditions of a claim."""
        better, worse = (self.figures.get(system, {}) for system in (claim.better, claim.worse))
        return {
            " in ".join(pair): list(zip(seeds, worse[pair], strict=False))
            for pair, seeds in better.items()
            if pair in worse
        }

    def outcome(self, claim: Claim) -> str:
        """Key of `OUTCOMES`."""
        if any(self.missing.get(system) for system in (claim.better, claim.worse)):
            return "below the budget"
        if claim.measure in self.saturated:
            return "saturated"
        if (most := self.question.within_db) is not None:
            nearest = [one["spectrum_db"] for one in self.of(claim.better) if "spectrum_db" in one]
            if not nearest or sum(nearest) / len(nearest) > most:
                return "not reconstructed"
        return claim.test(self.results(claim)).outcome


def intro(budget: Budget) -> str:
    """What was compared, and how much was computed."""
    weights = "random" if budget.vgg == DRAWN else "its published"
    limits = {
        "steps": budget.iterations,
        "filters in a drawn layer": budget.filters,
        "rounds of Griffin-Lim": budget.rounds,
    }
    cut = ", ".join(f"{most} {what} at most" for what, most in limits.items() if most)
    today = datetime.datetime.now(tz=datetime.UTC)
    rules = f"""# What the papers left open

Tables and verdicts are written by `python -m bench.study --plan`, on {today:%Y-%m-%d},
from `bench/study/results.json`, which holds the figures of every result.
Every system has its published budget{f", but for {cut}" if cut else ""}; {budget.clip_s:g} s of each recording, those
in which most is heard, up to {budget.seeds} seed(s) of what is drawn, {budget.pairs} pair(s) of distinct recordings.
VGG-19 has {weights} weights.
A system below its published budget is marked{BELOW} and decides no claim. A measure that is 0 or 1 for more than a
third of a question's results is left out of its table, and decides none either.

Nothing optimises the measures. They are taken at 16 kHz, but for the embedding and the identity,
which are the style and the identity of `gramophone evaluate`. Values are mean ± standard deviation over pairs of
recordings and seeds, seconds those of one thread beside other work. Seeds are averaged within their pair. A claim
holds where Wilcoxon's signed ranks over the pairs have a p of {LARGEST_P:g} at most (two-sided, without a correction
for the number of claims); below {FEWEST_PAIRS} pairs there is no verdict.

The pairs, content in style: {_pairs(budget)}.
"""
    return f"{rules}\n{READING.read_text(encoding='utf-8')}"


def _pairs(budget: Budget) -> str:
    return ", ".join(f"{content} in {style}".replace("_", " ") for content, style in PAIRS[: budget.pairs])


def reference_table(references: Mapping[str, Sequence[Figures]]) -> str:
    """The measures on reference signals."""
    rows = [
        (name, *(number([one[measure] for one in many if measure in one]) for measure in MEASURES))
        for name, many in references.items()
    ]
    heads = [NAMES[measure][0] for measure in MEASURES]
    return f"## The measures on reference signals\n\n{table(('result', *heads), rows)}\n"


def omitted(costs: Mapping[str, str]) -> str:
    """Questions that no plan has, with what they would cost."""
    lines = (f"- ({letter}): {cost}" for letter, cost in costs.items())
    return "\n".join(("## Left out for their cost", "", *lines, ""))


def section(answered: Answered) -> str:
    """The table of a question and its claims."""
    question, saturated = answered.question, answered.saturated
    own = [claim.measure for claim in question.claims]
    known = dict.fromkeys([*MEASURES, *own, "seconds"])
    shown = [measure for measure in known if measure not in saturated and answered.values(measure)]
    heads = [NAMES[measure][0] for measure in shown]
    rows = [
        (_marked(name, answered), *(number([one[measure] for one in many if measure in one]) for measure in shown))
        for name in answered.figures
        if (many := answered.of(name))
    ]
    if len(rows) < 2:
        return f"## ({question.letter}) {question.words}\n\nNot made yet.\n"
    lines = [f"- {sentence(claim, answered)}" for claim in question.claims]
    below = ["", left_out(NAMES[measure][0] for measure in saturated)] if saturated else []
    cut = [f"-{BELOW} {name}: {', '.join(words)}" for name, words in answered.missing.items() if words]
    head = f"## ({question.letter}) {question.words}"
    return "\n".join(
        (head, "", table(("system", *heads), rows), *below, "", *([*cut, ""] if cut else []), *lines, "")
    )


def _marked(name: str, answered: Answered) -> str:
    return name + (BELOW if answered.missing.get(name) else "")


def in_short(answers: Sequence[Answered]) -> str:
    """Lists every claim under its outcome."""
    found: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for answered in answers:
        for claim in answered.question.claims:
            if not (answered.of(claim.better) and answered.of(claim.worse)):
                continue
            found[answered.outcome(claim)].append(
                f"({answered.question.letter}) {claim.words}: {claim.better} against {claim.worse}"
            )
    lists = [
        f"**{OUTCOMES[outcome]}**\n\n" + "\n".join(f"- {line}" for line in lines)
        for outcome, lines in found.items()
        if lines
    ]
    return "## In short\n\n" + "\n\n".join(lists) + "\n"


def sentence(claim: Claim, answered: Answered) -> str:
    """Writes the verdict on a claim and the figures behind it."""
    verdict, outcome = claim.test(answered.results(claim)), answered.outcome(claim)
    subject = f"{claim.words} ({NAMES[claim.measure][0]}: {claim.better} against {claim.worse})"
    if not verdict.pairs:
        return f"{subject}: too few results to say."
    if outcome not in ("holds", "does not hold", "no difference"):
        return f"{subject}: **{OUTCOMES[outcome].lower()}** ({verdict.pairs} pair(s))."
    spread = "" if verdict.standard_error is None else f" ± {verdict.standard_error:.3f}"
    return (
        f"{subject}: **{OUTCOMES[outcome].lower()}**; better by {verdict.improvement:+.3f}{spread} "
        f"({verdict.pairs} pairs, p = {verdict.p:.2g})."
    )
