"""Identity over style: one line a system, the better the farther up and to the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gramophone.plotting.line_chart import Chart, Series, chart_svg

MIXING = "plain mixing"


@dataclass(frozen=True)
class Placing:
    """Where a result lies.

    Attributes:
        style: 0 for the content, 1 for the style's own halves.
        identity: mean of what is kept of the content, 0 to 1.
        label: said beside it.
    """

    style: float
    identity: float
    label: str = ""


def identity_svg(systems: Mapping[str, Sequence[Placing]], mixes: Sequence[Placing] = ()) -> str:
    """Draws a line for each system, and plain mixing as a dashed one, as a standalone SVG.

    Args:
        systems: points by name, in the order in which the line goes.
        mixes: points of plain mixing; none leaves its line out.
    """
    lines = [Series(MIXING, _points(mixes), is_reference=True)] if mixes else []
    lines += [
        Series(name, _points(points), labels=tuple(point.label for point in points))
        for name, points in systems.items()
    ]
    chart = Chart(
        lines,
        "style: 0 the content, 1 the style's own halves",
        "identity: what is kept of the content",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.0),
    )
    return chart_svg(chart, "Identity over style")


def _points(placings: Sequence[Placing]) -> tuple[tuple[float, float], ...]:
    return tuple((placing.style, placing.identity) for placing in placings)
