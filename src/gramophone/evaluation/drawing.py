"""The picture of a sweep: purity over structure, a line for each preset, the mixes in grey. A standalone SVG."""

from collections.abc import Iterable, Sequence
from html import escape

from gramophone.evaluation.sweep import Sweep
from gramophone.metrics.transfer import Placed

WIDTH, HEIGHT = 720, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 24, 48, 64
LOWEST_STRUCTURE = -0.2
COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#a16207", "#0f766e")
STYLE = """
svg { font: 14px system-ui, sans-serif; background: #fff; color: #1c1917 }
text { fill: currentColor } .faint { stroke: currentColor; opacity: .15 } .mix { stroke: currentColor; opacity: .55 }
@media (prefers-color-scheme: dark) { svg { background: #1c1917; color: #f5f5f4 } }
"""


def sweep_svg(sweep: Sweep) -> str:
    """Draws a sweep; structure from -0.2 to 1 to the right, purity from 0 to 1 upwards."""
    presets = list(dict.fromkeys(point.preset for point in sweep.points))
    parts = [*_axes(), _path(sweep.mixes, 'class="mix" stroke-dasharray="5 4"'), *_legend(presets)]
    for place, preset in enumerate(presets):
        colour = COLOURS[place % len(COLOURS)]
        points = sweep.of(preset)
        parts.append(_path([point.placed for point in points], f'stroke="{colour}"'))
        parts += [_dot(point.placed, colour, f"{point.strength:g}") for point in points]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>Purity over structure</title><style>{STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _place(placed: Placed) -> tuple[float, float]:
    across = (max(placed.structure, LOWEST_STRUCTURE) - LOWEST_STRUCTURE) / (1 - LOWEST_STRUCTURE)
    x = LEFT + across * (WIDTH - LEFT - RIGHT)
    return round(x, 1), round(HEIGHT - BOTTOM - placed.purity * (HEIGHT - TOP - BOTTOM), 1)


def _path(places: Iterable[Placed], attributes: str) -> str:
    points = " ".join(f"{x},{y}" for x, y in map(_place, places))
    return f'<polyline fill="none" stroke-width="2" {attributes} points="{points}"/>'


def _dot(placed: Placed, colour: str, label: str) -> str:
    x, y = _place(placed)
    return f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/><text x="{x + 7}" y="{y - 7}">{label}</text>'


def _axes() -> list[str]:
    parts = []
    for tenth in range(0, 11, 2):
        _, y = _place(Placed(0.0, tenth / 10))
        parts.append(f'<line class="faint" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 10}" y="{y + 5}" text-anchor="end">{tenth / 10:.1f}</text>')
    for tenth in range(-2, 11, 2):
        x, _ = _place(Placed(tenth / 10, 0.0))
        parts.append(f'<line class="faint" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{tenth / 10:.1f}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 18}" text-anchor="middle">structure: moves like the content</text>'
    )
    upright = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text transform="rotate(-90 18 {upright})" x="18" y="{upright}" text-anchor="middle">'
        "purity: made of the style</text>"
    )
    return parts


def _legend(presets: Sequence[str]) -> list[str]:
    parts, x = [], LEFT
    for place, name in enumerate(["plain mixing", *presets]):
        stroke = (
            'class="mix" stroke-dasharray="5 4"' if not place else f'stroke="{COLOURS[(place - 1) % len(COLOURS)]}"'
        )
        parts.append(f'<line x1="{x}" x2="{x + 26}" y1="24" y2="24" stroke-width="2" {stroke}/>')
        parts.append(f'<text x="{x + 33}" y="29">{escape(name)}</text>')
        x += 60 + 8 * len(name)
    return parts
