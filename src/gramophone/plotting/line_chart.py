"""Line charts as SVG without text, so that they stretch; names and numbers stand around them in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from gramophone.plotting.html import element, percent, text
from gramophone.plotting.ticks import even_ticks, labels, log_ticks

STYLES = 5
MOST_POINTS = 400
WIDTH, HEIGHT = 1000, 300


@dataclass(frozen=True)
class Series:
    """A line: its name, and its points from left to right; a y of None interrupts it."""

    name: str
    points: tuple[tuple[float, float | None], ...]


@dataclass(frozen=True)
class _Range:
    """The values that one axis shows."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        if self.log:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def line_chart(
    series: Sequence[Series],
    x_label: str,
    y_label: str,
    *,
    log_y: bool = False,
    sections: Sequence[tuple[float, str]] = (),
) -> str:
    """Draws lines over common axes.

    Args:
        series: the lines; more than 400 points of one are thinned out.
        x_label: what the horizontal axis shows, with its unit.
        y_label: what the vertical axis shows, with its unit.
        log_y: a logarithmic vertical axis; values of 0 and below interrupt a line there.
        sections: where parts of the horizontal axis begin, and what they are called.

    Returns:
        HTML; a sentence where there is nothing to draw.
    """
    lines = [_thinned(_without_impossible(one, log_y)) for one in series]
    found = [(x, y) for line in lines for x, y in line.points if y is not None]
    if not found:
        return element("p", "There is nothing to draw here.", class_="quiet")
    across = _range([x for x, _ in found], log=False)
    up = _range([y for _, y in found], log=log_y)
    ticks_up = log_ticks(up.low, up.high) if log_y else even_ticks(up.low, up.high, 6)
    grid = [_rule(0, HEIGHT * (1 - tick.share), WIDTH, 0, "grid") for tick in ticks_up]
    walls = [
        _rule(WIDTH * across.share(x), 0, 0, HEIGHT, "wall") for x, _ in sections if across.low < x < across.high
    ]
    drawn = [_line(line, number, across, up) for number, line in enumerate(lines)]
    svg = element(
        "svg",
        *grid,
        *walls,
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_told(lines, x_label, y_label),
    )
    names = [_section_name(place, sections, across) for place in range(len(sections))]
    return element(
        "div",
        element("div", text(y_label), class_="label-y"),
        element("div", labels(ticks_up, vertical=True), svg, *names, class_="plot"),
        labels(even_ticks(across.low, across.high, 8), vertical=False),
        element("div", text(x_label), class_="label-x"),
        class_="chart",
    )


def _section_name(place: int, sections: Sequence[tuple[float, str]], across: _Range) -> str:
    starts = [min(1.0, max(0.0, across.share(x))) for x, _ in sections] + [1.0]
    width = max(0.0, starts[place + 1] - starts[place])
    where = f"left:{percent(starts[place])};width:{percent(width)}"
    return element("span", text(sections[place][1]), class_="section-name", style=where)


def key(number: int) -> str:
    """Draws a short piece of the line with this number, for a legend."""
    rule = element("path", d="M0 4H28", class_=f"line s{number % STYLES}")
    return element("svg", rule, viewBox="0 0 28 8", class_="key", aria_hidden="true")


def _without_impossible(series: Series, log_y: bool) -> Series:
    if not log_y:
        return series
    return Series(series.name, tuple((x, y if y is not None and y > 0 else None) for x, y in series.points))


def _thinned(series: Series) -> Series:
    stride = -(-len(series.points) // MOST_POINTS)
    if stride < 2:
        return series
    return Series(series.name, (*series.points[:-1:stride], series.points[-1]))


def _range(values: list[float], *, log: bool) -> _Range:
    low, high = min(values), max(values)
    if log:
        return _Range(low / 1.15, high * 1.15, log=True)
    if low == high:
        return _Range(low - 0.5, high + 0.5)
    return _Range(low, high)


def _rule(x: float, y: float, width: float, height: float, kind: str) -> str:
    return element("path", d=f"M{x:.4g} {y:.4g}l{width:g} {height:g}", class_=kind)


def _line(line: Series, number: int, across: _Range, up: _Range) -> str:
    words, pen = [], "M"
    for x, y in line.points:
        if y is None:
            pen = "M"
            continue
        words.append(f"{pen}{WIDTH * across.share(x):.1f} {HEIGHT * (1 - up.share(y)):.1f}")
        pen = "L"
    # A round cap makes a dot of a line without length, also where the drawing is stretched.
    lone = (line.points[place] for place in _lone(line))
    words += [f"M{WIDTH * across.share(x):.1f} {HEIGHT * (1 - up.share(y or 0)):.1f}h.1" for x, y in lone]
    return element("path", d="".join(words), class_=f"line s{number % STYLES}")


def _lone(line: Series) -> list[int]:
    """Finds the points without neighbours, which a line would not show."""
    there = [False, *(y is not None for _, y in line.points), False]
    return [n - 1 for n in range(1, len(there) - 1) if there[n] and not there[n - 1] and not there[n + 1]]


def _told(lines: Sequence[Series], x_label: str, y_label: str) -> str:
    ways = []
    for line in lines:
        values = [y for _, y in line.points if y is not None]
        if values:
            falls = sum(after < before for before, after in pairwise(values))
            ways.append(
                f"{line.name} from {values[0]:.3g} to {values[-1]:.3g}, {falls} falls in {len(values)} points"
            )
    return f"{y_label} over {x_label}: {'; '.join(ways)}"
