"""docs/study.md: a table for each question, and what the figures say of each claim."""

import datetime
from collections.abc import Mapping, Sequence

from bench.saturation import is_saturated, left_out
from bench.study.budget import Budget
from bench.study.questions import BOUNDED, MEASURES, Question
from bench.study.tables import number, table
from gramophone.evaluation.pair_metrics import MEASURES as NAMES
from gramophone.study.claims import STANDARD_ERRORS, Claim

Figures = Mapping[str, float]
Answers = Mapping[str, Sequence[Figures]]
"""By system, the figures of all its cells, in the same order of seeds and pairs."""

OUTCOMES: Mapping[str, str] = {
    "holds": "Holds",
    "does not hold": "Does not hold, it is the other way round",
    "no difference": "No difference that these runs could show",
    "saturated": "Not told, as the measure is 0 or 1 in more than a third of the results",
}


def intro(budget: Budget) -> str:
    """What was compared, and how much was computed."""
    is_drawn = budget.vgg == "random"
    weights = "random" if is_drawn else "its published"
    command = "python -m bench.study" if is_drawn else "python -m bench.study --vgg FILE"
    return f"""# What the papers left open

Tables and verdicts are written by `{command}`, on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}.
Every system has the same budget: {budget.iterations} steps of L-BFGS at most, {budget.filters} filters in a drawn
layer at most (but for the question of their number), {budget.rounds} rounds of fast Griffin-Lim at most,
{budget.clip_s:g} s of each recording, {budget.seeds} seed(s), {budget.pairs} pair(s). VGG-19 has {weights} weights.
These are shortened runs: a published system at its published number of steps may do better than here.
Purity is coarse with so short a style, and 0 or 1 for many results. A measure for which that is so in more than a
third of a question's results is left out of its table, and no claim is decided by it.

Measures are those of `gramophone study`, taken at 16 kHz, and nothing optimises them; values are mean ± standard
deviation over pairs and seeds, seconds those of one thread. A claim holds where the mean of the paired differences is
more than {STANDARD_ERRORS:g} of its standard errors from 0.
"""


def section(question: Question, answers: Answers) -> str:
    """The table of a question and its claims."""
    saturated = _saturated(answers)
    shown = [measure for measure in MEASURES if measure not in saturated and _values(measure, answers)]
    heads = [NAMES[measure][0] if measure in NAMES else measure for measure in shown]
    rows = [
        (name, *(number([one[measure] for one in many if measure in one]) for measure in shown))
        for name, many in answers.items()
        if any(many)
    ]
    if not rows:
        return f"## ({question.letter}) {question.words}\n\nNot made yet.\n"
    lines = [f"- {sentence(claim, answers)}" for claim in question.claims]
    reading = ["", question.reading] if question.reading else []
    below = ["", left_out(NAMES[measure][0] for measure in saturated)] if saturated else []
    head = f"## ({question.letter}) {question.words}"
    return "\n".join((head, "", table(("system", *heads), rows), *below, "", *lines, *reading, ""))


def in_short(answered: Sequence[tuple[Question, Answers]]) -> str:
    """Lists every claim under its outcome."""
    found: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for question, answers in answered:
        for claim in question.claims:
            found[_outcome(claim, answers)].append(
                f"({question.letter}) {claim.words}: {claim.better} against {claim.worse}"
            )
    lists = [
        f"**{OUTCOMES[outcome]}**\n\n" + "\n".join(f"- {line}" for line in lines)
        for outcome, lines in found.items()
        if lines
    ]
    return "## In short\n\n" + "\n\n".join(lists) + "\n"


def sentence(claim: Claim, answers: Answers) -> str:
    """Writes the verdict on a claim and the figures behind it."""
    verdict, outcome = claim.test(_pairs(claim, answers)), _outcome(claim, answers)
    words = OUTCOMES[outcome].lower()
    subject = f"{claim.words} ({NAMES[claim.measure][0]}: {claim.better} against {claim.worse})"
    if not verdict.pairs:
        return f"{subject}: too few results to say."
    if outcome == "saturated":
        return f"{subject}: **{words}** (n = {verdict.pairs})."
    spread = "" if verdict.standard_error is None else f" ± {verdict.standard_error:.3f}"
    return f"{subject}: **{words}**; better by {verdict.improvement:+.3f}{spread} (n = {verdict.pairs})."


def _outcome(claim: Claim, answers: Answers) -> str:
    """Key of `OUTCOMES`."""
    if claim.measure in _saturated(answers):
        return "saturated"
    return claim.test(_pairs(claim, answers)).outcome


def _saturated(answers: Answers) -> list[str]:
    return [measure for measure in BOUNDED if is_saturated(_values(measure, answers))]


def _values(measure: str, answers: Answers) -> list[float]:
    return [one[measure] for many in answers.values() for one in many if measure in one]


def _pairs(claim: Claim, answers: Answers) -> list[tuple[Figures, Figures]]:
    return list(zip(answers.get(claim.better, ()), answers.get(claim.worse, ()), strict=False))
