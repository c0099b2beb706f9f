"""The losses of a run: a line for each term over the steps of all stages, and where each began and ended."""

from math import isfinite
from typing import Any

from gramophone.report.chart import Series, key, line_chart
from gramophone.report.html import element, text

TOTAL = "total"


def losses_section(losses: list[dict[str, Any]]) -> str:
    """Shows the losses of a record; a sentence where no step was made."""
    if not losses:
        return element("p", "No step was needed, so there are no losses.", class_="quiet")
    names = _names(losses)
    stages = list(dict.fromkeys(str(loss["stage"]) for loss in losses))
    series = [_series(name, losses) for name in names]
    sections = _sections(stages, losses) if len(stages) > 1 else []
    chart = line_chart(series, "step", "loss", log_y=True, sections=sections)
    return chart + _legend(names, stages, losses)


def _sections(stages: list[str], losses: list[dict[str, Any]]) -> list[tuple[float, str]]:
    places = [next(n for n, loss in enumerate(losses) if str(loss["stage"]) == stage) for stage in stages]
    return [(place + 0.5 if place else 1.0, stage) for stage, place in zip(stages, places, strict=True)]


def _names(losses: list[dict[str, Any]]) -> list[str]:
    """The terms, and their sum where there are several."""
    terms = list(dict.fromkeys(name for loss in losses for name in loss["terms"]))
    return terms if len(terms) == 1 else [*terms, TOTAL]


def _value(name: str, loss: dict[str, Any]) -> float | None:
    terms = loss["terms"]
    value = terms.get(name, loss["total"] if name == TOTAL else None)
    return float(value) if value is not None and isfinite(value) else None


def _series(name: str, losses: list[dict[str, Any]]) -> Series:
    points: list[tuple[float, float | None]] = []
    stage = losses[0]["stage"]
    for place, loss in enumerate(losses, 1):
        if loss["stage"] != stage:
            # The stages measure different things: no line may join them.
            points.append((place - 0.5, None))
            stage = loss["stage"]
        points.append((float(place), _value(name, loss)))
    return Series(name, tuple(points))


def _legend(names: list[str], stages: list[str], losses: list[dict[str, Any]]) -> str:
    head = element("tr", element("th", "Term", scope="col"), *(_heading(stage, losses) for stage in stages))
    rows = [
        element(
            "tr",
            element("th", key(number), text(name), scope="row"),
            *(element("td", _way(name, stage, losses)) for stage in stages),
        )
        for number, name in enumerate(names)
    ]
    return element("table", element("thead", head), element("tbody", *rows), class_="legend")


def _heading(stage: str, losses: list[dict[str, Any]]) -> str:
    steps = sum(str(loss["stage"]) == stage for loss in losses)
    return element("th", text(f"{stage} stage, {steps} {'step' if steps == 1 else 'steps'}"), scope="col")


def _way(name: str, stage: str, losses: list[dict[str, Any]]) -> str:
    values = [_value(name, loss) for loss in losses if str(loss["stage"]) == stage]
    shown = [f"{value:.3g}" for value in values if value is not None]
    if not shown:
        return "&ndash;"
    return f'{text(shown[0])} <span class="quiet">to</span> {text(shown[-1])}'
