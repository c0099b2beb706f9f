"""The page of the gallery: Markdown with players, which a code host shows without them."""

import shlex

from bench.gallery.rows import MATERIALS, Row, Shown

Figures = dict[str, dict[str, float | None]]
"""Figures of results by name, as `gramophone evaluate` gives them."""

HEAD = """# Gallery

Every recording here is synthesised by `gramophone.demo`, and every result is made by the command below its row, with
seed 0 unless the command says another. Nothing was chosen among several takes. `python -m bench.gallery` makes the
sounds, the pictures, the figures and this page again; `python -m bench.gallery --recordings FOLDER` writes the
recordings as WAV files, on which the commands can be tried.

Pictures are spectrograms of the whole sound: 40 Hz to half the sample rate, on a logarithmic axis, upwards; 70 dB
from dark to paper. *Identity* is what a result keeps of its content (0: no more than the style alone, 1: the content
itself), *style* what it is made of (0: the content, 1: the style's own halves), *statistics* how far the auditory
statistics of a texture are above those between the halves of its recording: all from `gramophone evaluate` on the
file that is played here. [identity.md](identity.md) has the same over 30 pairs of recordings,
[quality.md](quality.md) over 14 textures.
"""


def page(figures: Figures) -> str:
    """The whole page."""
    parts = [HEAD]
    for material, rows in MATERIALS.items():
        parts.append(f"\n## {material}\n")
        parts += [_row(row, figures) for row in rows]
    return "".join(parts)


def _row(row: Row, figures: Figures) -> str:
    roles = [("content", row.content)] if row.content else []
    roles += [("style", name) for name in row.styles]
    heads = [f"{role}: {name}" for role, name in roles] + [shown.label for shown in row.results]
    names = [str(name) for _, name in roles] + [shown.name for shown in row.results]
    repeats = [False] * len(roles) + [shown.repeats for shown in row.results]
    cells = [
        heads,
        ["---"] * len(heads),
        [f"![spectrogram of {head}](gallery/{name}.png)" for head, name in zip(heads, names, strict=True)],
        [_player(name, again) for name, again in zip(names, repeats, strict=True)],
        [""] * len(roles) + [_measured(figures.get(shown.name, {})) for shown in row.results],
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    commands = "\n".join(_command(row, shown) for shown in row.results)
    return f"\n### {row.title}\n\n{row.says}\n\n{table}\n\n```sh\n{commands}\n```\n"


def _player(name: str, repeats: bool) -> str:
    again = " loop" if repeats else ""
    source = f"gallery/{name}.ogg"
    return f'<audio controls preload="none"{again} src="{source}"></audio> [{name}.ogg]({source})'


def _measured(figures: dict[str, float | None]) -> str:
    if not figures:
        return "not measured"
    if "identity" in figures:
        return f"identity {_number(figures['identity'])}, style {_number(figures['style'])}"
    return f"statistics {figures['statistics_excess_db']:+.1f} dB"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _command(row: Row, shown: Shown) -> str:
    return shlex.join(("gramophone", *row.command(shown)))
