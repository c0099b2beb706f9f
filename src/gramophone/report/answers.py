"""Answers of a listening test: screening of listeners, and means with confidence intervals.

ITU-R BS.1534-3, "Method for the subjective assessment of intermediate quality level of audio systems", 2015.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from scipy.stats import t

from gramophone.errors import InputError
from gramophone.report.trials import HIDDEN

COLUMNS = ("listener", "trial", "system", "rating")
CONFIDENCE = 0.95
RECOGNISED, MOST_MISSED = 90.0, 0.15
"""A listener who rates the hidden reference below 90 in more than 15 % of the trials is left out (section 4.1.2)."""
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Answer:
    """A rating from 0 to 100 of one sound by one listener."""

    listener: str
    trial: str
    system: str
    rating: float


@dataclass(frozen=True)
class SystemRating:
    """What listeners gave a system.

    Attributes:
        system: name of the system.
        mean: mean rating, 0 to 100.
        half_width: half of the 95 % confidence interval of the mean; None where there is but one number.
        ratings: number of single ratings.
        listeners: number of listeners.
    """

    system: str
    mean: float
    half_width: float | None
    ratings: int
    listeners: int


@dataclass(frozen=True)
class Outcome:
    """Ratings of all systems, the best first, and who was left out.

    Attributes:
        systems: ratings by system.
        left_out: listeners who did not recognise the hidden reference.
        unit: what the confidence intervals are over: `listeners`, or `trials` of the only one.
    """

    systems: tuple[SystemRating, ...]
    left_out: tuple[str, ...]
    unit: str


def read_answers(paths: Sequence[Path]) -> list[Answer]:
    """Reads the files that the page saves; a listener is a name and the number of the file.

    Raises:
        InputError: a file cannot be read, is no such table, or has a rating that is not between 0 and 100.
    """
    return [answer for number, path in enumerate(paths, 1) for answer in _read(path, number)]


def _read(path: Path, number: int) -> list[Answer]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path} has {path.stat().st_size} bytes; answers have {MOST_BYTES} at most: give a smaller"
            )
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, strict=True)
            rows = list(table)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check the name") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a table of answers ({error}); give the file that the page saved") from error
    if missing or not rows:
        lack = f"lacks the column(s) {', '.join(missing)}" if missing else "holds no answers"
        raise InputError(f"{path} {lack}; give the file that the page saved")
    return [_answer(path, number, line, row) for line, row in enumerate(rows, 2)]


def _answer(path: Path, number: int, line: int, row: dict[str, str | None]) -> Answer:
    try:
        rating = float(row["rating"] or "")
    except ValueError:
        rating = -1.0
    if not 0 <= rating <= 100:
        raise InputError(
            f"{path}, line {line}: the rating must be between 0 and 100, not {row['rating']!r:.40}; correct it"
        )
    listener, trial, system = (str(row[name] or "") for name in COLUMNS[:3])
    return Answer(f"{listener} ({number})", trial, system, rating)


def outcome(answers: Sequence[Answer]) -> Outcome:
    """Means and 95 % confidence intervals of the systems, over listeners, each the mean of their own ratings.

    With a single listener the intervals are over trials, and say nothing of other listeners.

    Raises:
        InputError: no listener recognised the hidden reference.
    """
    everybody = list(dict.fromkeys(one.listener for one in answers))
    left_out = tuple(listener for listener in everybody if not _recognises(listener, answers))
    kept = [one for one in answers if one.listener not in left_out]
    if not kept:
        raise InputError(
            f"all {len(everybody)} listener(s) rated the hidden reference below {RECOGNISED:g} too often; "
            "ask others, or instruct them again"
        )
    is_alone = len(everybody) - len(left_out) == 1
    systems = [_rating(system, kept, is_alone=is_alone) for system in dict.fromkeys(one.system for one in kept)]
    ranked = tuple(sorted(systems, key=lambda one: -one.mean))
    return Outcome(ranked, left_out, "trials" if is_alone else "listeners")


def _recognises(listener: str, answers: Sequence[Answer]) -> bool:
    hidden = [one.rating < RECOGNISED for one in answers if one.listener == listener and one.system == HIDDEN]
    return not hidden or mean(hidden) <= MOST_MISSED


def _rating(system: str, answers: Sequence[Answer], *, is_alone: bool) -> SystemRating:
    own = [one for one in answers if one.system == system]
    units: dict[str, list[float]] = {}
    for one in own:
        units.setdefault(one.trial if is_alone else one.listener, []).append(one.rating)
    means = [mean(ratings) for ratings in units.values()]
    half_width = None
    if len(means) > 1:
        half_width = float(t.ppf((1 + CONFIDENCE) / 2, len(means) - 1)) * stdev(means) / sqrt(len(means))
    return SystemRating(system, mean(means), half_width, len(own), len({one.listener for one in own}))
