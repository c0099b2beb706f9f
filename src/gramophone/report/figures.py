"""The evaluation as a table, grouped by what the figures are about."""

from collections.abc import Sequence

from gramophone.evaluation import Figure
from gramophone.report.html import element, text

ARROWS = {"higher": "\N{UPWARDS ARROW}", "lower": "\N{DOWNWARDS ARROW}", "neither": "\N{MIDDLE DOT}"}
SAID = {"higher": "higher is better", "lower": "lower is better", "neither": "only shown"}
COLUMNS = ("Measure", "Value", "Beside", "Better", "Reading")


def figures_table(figures: Sequence[Figure]) -> str:
    """Shows figures; those without a value say why in their reading."""
    groups = dict.fromkeys(figure.group for figure in figures)
    head = element("tr", *(element("th", name, scope="col") for name in COLUMNS))
    bodies = [
        element(
            "tbody",
            element("tr", element("th", text(group), colspan=len(COLUMNS), scope="rowgroup", class_="group")),
            *(_row(figure) for figure in figures if figure.group == group),
        )
        for group in groups
    ]
    table = element("table", element("thead", head), *bodies, class_="figures")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="Evaluation table")


def _row(figure: Figure) -> str:
    said = SAID[figure.better]
    arrow = element("span", ARROWS[figure.better], aria_hidden="true", title=said)
    return element(
        "tr",
        element("th", text(figure.name), scope="row"),
        element("td", text(figure.text), class_="number"),
        element("td", text(figure.natural_text) or "&nbsp;", class_="number quiet"),
        element("td", arrow, element("span", said, class_="unseen"), class_=f"better {figure.better}"),
        element("td", text(figure.reading), class_="reading"),
    )
