"""Identity over style, one curve a system, one panel a kind of pair, as SVG text."""

from collections.abc import Sequence
from statistics import mean

from bench.identity.cells import Cell
from bench.identity.page import LEAK_ALLOWED, of_kind
from bench.identity.pairs import KINDS
from bench.identity.systems import SYSTEMS
from gramophone.metrics.style import KERNEL

SIDE, MARGIN, LEGEND = 260, 44, 150
LOWEST, HIGHEST = -1.0, 1.2  # of the style axis: a result can be farther from the style than the content is
COLOURS = ("#888888", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf", "#bcbd22")


def picture(cells: Sequence[Cell]) -> str:
    """All panels beside each other; means over the pairs of a kind."""
    names = [name for name, system in SYSTEMS.items() if not system.dumb and any(c.system == name for c in cells)]
    kinds = [kind for kind in KINDS if any(cell.pair in _names(kind) for cell in cells)]
    width, height = len(kinds) * (SIDE + MARGIN) + MARGIN + LEGEND, SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<title>Identity over style</title><rect width="{width}" height="{height}" fill="white"/>',
    ]
    for place, kind in enumerate(kinds):
        parts += _panel(kind, [cell for cell in cells if cell.pair in _names(kind)], names, place)
    left = len(kinds) * (SIDE + MARGIN) + MARGIN
    for row, name in enumerate(names):
        top = MARGIN + 18 * row
        parts.append(
            f'<line x1="{left}" y1="{top}" x2="{left + 20}" y2="{top}" stroke="{_colour(row)}" stroke-width="2"/>'
        )
        parts.append(f'<text x="{left + 26}" y="{top + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _panel(kind: str, cells: Sequence[Cell], names: Sequence[str], place: int) -> list[str]:
    left, top = MARGIN + place * (SIDE + MARGIN), MARGIN
    parts = [
        f'<text x="{left}" y="{top - 12}" font-weight="bold">{kind}</text>',
        f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#444"/>',
        f'<text x="{left + SIDE / 2}" y="{top + SIDE + 30}" text-anchor="middle">style</text>',
    ]
    for tick in (-1.0, 0.0, 1.0):
        across = left + _along(tick) * SIDE
        parts.append(f'<text x="{across:.1f}" y="{top + SIDE + 15}" text-anchor="middle">{tick:g}</text>')
    parts += [
        f'<text x="{left - 5}" y="{top + (1 - tick) * SIDE + 4}" text-anchor="end">{tick:g}</text>'
        for tick in (0.0, 0.5, 1.0)
    ]
    if place == 0:
        middle = top + SIDE / 2
        parts.append(
            f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">identity</text>'
        )
    for row, name in enumerate(names):
        points = [(style, identity, leak) for _, style, identity, leak in curve(cells, name)]
        places = [(left + _along(x) * SIDE, top + (1 - y) * SIDE) for x, y, _ in points]
        leaks = any(leak > LEAK_ALLOWED for *_, leak in points)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dashes = ' stroke-dasharray="5 3"' if leaks else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{_colour(row)}" stroke-width="2"{dashes}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_colour(row)}"/>' for x, y in places]
    return parts


def curve(cells: Sequence[Cell], system: str) -> list[tuple[float, float, float, float]]:
    """Strength, mean style, mean identity and mean leak of a system, by strength."""
    found = []
    for strength in sorted({cell.strength for cell in cells if cell.system == system}):
        same = [cell for cell in cells if (cell.system, cell.strength) == (system, strength)]
        both = [
            (max(LOWEST, c.scores[KERNEL]), c.identity, c.values.get("leak", 0.0))
            for c in same
            if KERNEL in c.scores and c.identity is not None
        ]
        if both:
            means = [mean(float(value or 0.0) for value in column) for column in zip(*both, strict=True)]
            found.append((strength, means[0], means[1], means[2]))
    return found


def _along(style: float) -> float:
    return (min(HIGHEST, style) - LOWEST) / (HIGHEST - LOWEST)


def _names(kind: str) -> set[str]:
    return {pair.name for pair in of_kind(kind)}


def _colour(row: int) -> str:
    return COLOURS[row % len(COLOURS)]
