"""Line charts: as HTML that stretches with its page, and at a fixed size as SVG or PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from math import log10

from PIL import Image, ImageDraw, ImageFont

from gramophone.plotting.colormap import INK, PAPER
from gramophone.plotting.html import axis_labels, element, percent, text
from gramophone.plotting.ticks import even_ticks, log_ticks

STYLES = 5
MOST_POINTS = 400
WIDTH, HEIGHT = 1000, 300
PALETTE = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0f766e")
STROKE, GRID = "#262430", "#dedbe2"
SVG_STYLE = f"""
svg {{ font: 14px system-ui, sans-serif; background: #fff; color: #1c1917 }}
text {{ fill: currentColor }} [stroke="{STROKE}"] {{ stroke: currentColor; opacity: .55 }}
[stroke="{GRID}"] {{ stroke: currentColor; opacity: .15 }}
@media (prefers-color-scheme: dark) {{ svg {{ background: #1c1917; color: #f5f5f4 }} }}
"""
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 62, 24, 74, 50

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """A line of a chart.

    Attributes:
        name: name in the legend.
        points: x and y from left to right; a y of None interrupts the line.
        labels: text beside each point, in fixed-size charts; empty for none.
        is_reference: whether the line is context, drawn dashed and without dots in fixed-size charts.
    """

    name: str
    points: tuple[tuple[float, float | None], ...]
    labels: tuple[str, ...] = ()
    is_reference: bool = False


@dataclass(frozen=True)
class _Scale:
    """The range of values along an axis."""

    low: float
    high: float
    log: bool = False

    def position(self, value: float) -> float:
        """Returns the fraction of the axis at which a value lies."""
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
    """Draws lines over common axes, as an SVG without text that stretches, with ticks and labels in HTML around it.

    Args:
        series: the lines; more than 400 points per line are thinned out.
        x_label: quantity and unit of the horizontal axis.
        y_label: quantity and unit of the vertical axis.
        log_y: use a logarithmic vertical axis; values of 0 and below interrupt a line.
        sections: start and name of each part of the horizontal axis.

    Returns:
        HTML; a sentence if there is nothing to draw.
    """
    lines = [_thinned(_positive(one) if log_y else one) for one in series]
    points = [(x, y) for line in lines for x, y in line.points if y is not None]
    if not points:
        return element("p", "There is nothing to draw here.", class_="quiet")
    x_scale = _scale([x for x, _ in points], log=False)
    y_scale = _scale([y for _, y in points], log=log_y)
    y_ticks = log_ticks(y_scale.low, y_scale.high) if log_y else even_ticks(y_scale.low, y_scale.high, 6)
    walls = [WIDTH * x_scale.position(x) for x, _ in sections if x_scale.low < x < x_scale.high]
    svg = element(
        "svg",
        *(_rule(0, HEIGHT * (1 - tick.position), WIDTH, 0, "grid") for tick in y_ticks),
        *(_rule(x, 0, 0, HEIGHT, "wall") for x in walls),
        *(_line(line, number, x_scale, y_scale) for number, line in enumerate(lines)),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_description(lines, x_label, y_label),
    )
    return element(
        "div",
        element("div", text(y_label), class_="label-y"),
        element("div", axis_labels(y_ticks, vertical=True), svg, *_section_names(sections, x_scale), class_="plot"),
        axis_labels(even_ticks(x_scale.low, x_scale.high, 8), vertical=False),
        element("div", text(x_label), class_="label-x"),
        class_="chart",
    )


def legend_key(number: int) -> str:
    """Draws a short piece of the line with this number, for a legend."""
    rule = element("path", d="M0 4H28", class_=f"line s{number % STYLES}")
    return element("svg", rule, viewBox="0 0 28 8", class_="key", aria_hidden="true")


def _section_names(sections: Sequence[tuple[float, str]], x_scale: _Scale) -> list[str]:
    starts = [*(min(1.0, max(0.0, x_scale.position(x))) for x, _ in sections), 1.0]
    return [
        element(
            "span",
            text(name),
            class_="section-name",
            style=f"left:{percent(start)};width:{percent(max(0.0, end - start))}",
        )
        for (start, end), (_, name) in zip(pairwise(starts), sections, strict=True)
    ]


def _positive(series: Series) -> Series:
    return Series(series.name, tuple((x, y if y is not None and y > 0 else None) for x, y in series.points))


def _thinned(series: Series) -> Series:
    stride = -(-len(series.points) // MOST_POINTS)
    if stride < 2:
        return series
    return Series(series.name, (*series.points[:-1:stride], series.points[-1]))


def _scale(values: list[float], *, log: bool) -> _Scale:
    low, high = min(values), max(values)
    if log:
        return _Scale(low / 1.15, high * 1.15, log=True)
    return _Scale(low - 0.5, high + 0.5) if low == high else _Scale(low, high)


def _rule(x: float, y: float, width: float, height: float, kind: str) -> str:
    return element("path", d=f"M{x:.4g} {y:.4g}l{width:g} {height:g}", class_=kind)


def _line(line: Series, number: int, x_scale: _Scale, y_scale: _Scale) -> str:
    def place(x: float, y: float) -> str:
        return f"{WIDTH * x_scale.position(x):.1f} {HEIGHT * (1 - y_scale.position(y)):.1f}"

    words, pen = [], "M"
    for x, y in line.points:
        if y is None:
            pen = "M"
            continue
        words.append(f"{pen}{place(x, y)}")
        pen = "L"
    # A round cap turns a line of no length into a dot, even in a stretched drawing.
    words += [f"M{place(x, y)}h.1" for x, y in _isolated(line)]
    return element("path", d="".join(words), class_=f"line s{number % STYLES}")


def _isolated(line: Series) -> list[Point]:
    """Returns the points without neighbours, which a line would not show."""
    padded = [(0.0, None), *line.points, (0.0, None)]
    return [
        (x, y)
        for (_, before), (x, y), (_, after) in zip(padded, padded[1:], padded[2:], strict=False)
        if y is not None and before is None and after is None
    ]


def _description(lines: Sequence[Series], x_label: str, y_label: str) -> str:
    parts = []
    for line in lines:
        values = [y for _, y in line.points if y is not None]
        if values:
            falls = sum(after < before for before, after in pairwise(values))
            parts.append(
                f"{line.name} from {values[0]:.3g} to {values[-1]:.3g}, {falls} falls in {len(values)} points"
            )
    return f"{y_label} over {x_label}: {'; '.join(parts)}"


@dataclass(frozen=True)
class Chart:
    """A line chart of fixed size.

    Attributes:
        series: the lines; values outside the ranges are drawn at the edge.
        x_label: quantity and unit of the horizontal axis.
        y_label: quantity and unit of the vertical axis.
        x_range: values at the left and at the right end.
        y_range: values at the bottom and at the top.
        x_steps: largest number of steps between ticks of the horizontal axis.
    """

    series: Sequence[Series]
    x_label: str
    y_label: str
    x_range: Point
    y_range: Point
    x_steps: int = 6


def chart_svg(chart: Chart, title: str, *, width: int = 720, height: int = 520) -> str:
    """Draws a chart as a standalone SVG file with a light and a dark theme."""
    canvas = _SvgCanvas()
    _draw(canvas, chart, (MARGIN_LEFT, MARGIN_TOP, width - MARGIN_RIGHT, height - MARGIN_BOTTOM))
    head = element("title", text(title)) + element("style", SVG_STYLE)
    svg = element(
        "svg",
        head,
        *canvas.parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        role="img",
    )
    return f"{svg}\n"


def charts_png(charts: Sequence[Chart], title: str, *, width: int = 450, height: int = 340) -> bytes:
    """Draws charts of `width` by `height` pixels beside each other as a PNG file."""
    image = Image.new("RGB", (len(charts) * width, height), PAPER)
    canvas = _PngCanvas(ImageDraw.Draw(image))
    canvas.pen.text((MARGIN_LEFT, 6), title, fill=INK, font=ImageFont.load_default(15))
    for left, chart in zip(range(0, len(charts) * width, width), charts, strict=True):
        box = (left + MARGIN_LEFT, MARGIN_TOP, left + width - MARGIN_RIGHT, height - MARGIN_BOTTOM)
        _draw(canvas, chart, box)
    out = BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


class _SvgCanvas:
    """Elements of an SVG; text is centred on y, its anchor is start, middle or end."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def line(self, points: Sequence[Point], colour: str, *, width: int = 2, dashed: bool = False) -> None:
        line = element(
            "polyline",
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
            fill="none",
            stroke=colour,
            stroke_width=width,
            stroke_dasharray="5 4" if dashed else None,
        )
        self.parts.append(line)

    def dot(self, point: Point, colour: str) -> None:
        self.parts.append(element("circle", cx=f"{point[0]:.1f}", cy=f"{point[1]:.1f}", r=4, fill=colour))

    def text(self, point: Point, words: str, anchor: str = "start") -> None:
        x, y = point
        self.parts.append(element("text", text(words), x=f"{x:.1f}", y=f"{y + 5:.1f}", text_anchor=anchor))


class _PngCanvas:
    """A raster with the methods of `_SvgCanvas`."""

    def __init__(self, pen: ImageDraw.ImageDraw) -> None:
        self.pen = pen
        self._font = ImageFont.load_default(12)

    def line(self, points: Sequence[Point], colour: str, *, width: int = 2, dashed: bool = False) -> None:
        # Pillow draws no dashes: a dashed line is a thin one here.
        self.pen.line(list(points), fill=colour, width=1 if dashed else width)

    def dot(self, point: Point, colour: str) -> None:
        self.pen.circle(point, 2, fill=colour)

    def text(self, point: Point, words: str, anchor: str = "start") -> None:
        horizontal = {"start": "l", "middle": "m", "end": "r"}[anchor]
        self.pen.text(point, words, fill=INK, font=self._font, anchor=f"{horizontal}m")


def _draw(canvas: _SvgCanvas | _PngCanvas, chart: Chart, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    x_scale, y_scale = _Scale(*chart.x_range), _Scale(*chart.y_range)

    def place(x: float, y: float) -> Point:
        across, up = (min(1.0, max(0.0, at)) for at in (x_scale.position(x), y_scale.position(y)))
        return left + across * (right - left), bottom - up * (bottom - top)

    for tick in even_ticks(*chart.y_range, 6):
        y = bottom - tick.position * (bottom - top)
        canvas.line([(left, y), (right, y)], GRID, width=1)
        canvas.text((left - 8, y), tick.label, "end")
    for tick in even_ticks(*chart.x_range, chart.x_steps):
        x = left + tick.position * (right - left)
        canvas.line([(x, top), (x, bottom)], GRID, width=1)
        canvas.text((x, bottom + 14), tick.label, "middle")
    canvas.text(((left + right) / 2, bottom + 34), chart.x_label, "middle")
    canvas.text((left, top - 16), chart.y_label)
    key_x = float(left)
    numbers = iter(range(len(chart.series)))
    for line in chart.series:
        colour = STROKE if line.is_reference else PALETTE[next(numbers) % len(PALETTE)]
        points = [place(x, y) for x, y in line.points if y is not None]
        if len(points) > 1:
            canvas.line(points, colour, dashed=line.is_reference)
        for point in () if line.is_reference else points:
            canvas.dot(point, colour)
        for (x, y), label in zip(points, line.labels, strict=False):
            canvas.text((x + 7, y - 12), label)
        canvas.line([(key_x, top - 38), (key_x + 24, top - 38)], colour, width=3, dashed=line.is_reference)
        canvas.text((key_x + 31, top - 38), line.name)
        key_x += 55 + 8 * len(line.name)
