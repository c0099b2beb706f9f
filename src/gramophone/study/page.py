"""The page of a study: a grid of spectrograms as Figure 1 of Wyse 2017, with players, metrics and conclusions."""

import math
from collections.abc import Sequence

from gramophone.audio import Sound
from gramophone.evaluation.pair_metrics import MEASURES
from gramophone.plotting.html import element, text, void
from gramophone.plotting.preview import Picture, spectrogram_gallery
from gramophone.report import document
from gramophone.report.listen import embed
from gramophone.study.claims import SHOWN, EvaluatedCell
from gramophone.study.grid import GridAxis


def study_page(
    names: tuple[str, str],
    inputs: tuple[Sound, Sound],
    results: Sequence[tuple[EvaluatedCell, Sound]],
    axes: Sequence[GridAxis],
    conclusions: Sequence[str],
) -> str:
    """Formats the page as self-contained HTML.

    Args:
        names: names of content and style.
        inputs: content and style.
        results: every cell and its sound, the last axis varying fastest.
        axes: axes of the grid.
        conclusions: sentences of `claims.conclusions`.
    """
    gallery = spectrogram_gallery([*inputs, *(sound for _, sound in results)])
    pictures = list(gallery.pictures)
    pair = element(
        "tr",
        *(
            element("td", _player(f"{role}: {name}", sound, picture))
            for role, name, sound, picture in zip(("content", "style"), names, inputs, pictures, strict=False)
        ),
    )
    cells = [
        element("td", _player(_choices(cell), sound, picture), _figures(cell))
        for (cell, sound), picture in zip(results, pictures[2:], strict=True)
    ]
    title = f"{names[0]} made of {names[1]}: a study"
    body = "\n".join(
        (
            _section("The two recordings", element("table", pair, class_="study")),
            _section("The grid", _grid(cells, axes)),
            _section("Conclusions", element("ul", *(element("li", text(line)) for line in conclusions))),
            _section("All metrics", _table(results)),
        )
    )
    return document(title, element("h1", text(title)), body)


def _section(name: str, content: str) -> str:
    return element("section", element("h2", name), content)


def _grid(cells: Sequence[str], axes: Sequence[GridAxis]) -> str:
    """Arranges the values of the first axis in columns, all combinations of the others in rows."""
    columns = axes[0].values
    rows = math.prod(len(axis.values) for axis in axes[1:])
    head = element("tr", *(element("th", text(f"{axes[0].name}: {value}"), scope="col") for value in columns))
    lines = [element("tr", *(cells[column * rows + row] for column in range(len(columns)))) for row in range(rows)]
    table = element("table", element("thead", head), element("tbody", *lines), class_="study")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="Grid of results")


def _choices(cell: EvaluatedCell) -> str:
    return ", ".join(f"{axis} {value}" for axis, value in cell.cell.choices)


def _player(name: str, sound: Sound, picture: Picture) -> str:
    audio = embed(sound)
    image = void("img", src=picture.source, alt=f"spectrogram of {name}")
    return (
        element("div", text(name), class_="name")
        + image
        + element("audio", src=audio.source, controls=True, preload="none", aria_label=name)
    )


def _figures(cell: EvaluatedCell) -> str:
    numbers = [f"{key.replace('_', ' ')} {cell.figures[key]:.2f}" for key in SHOWN if key in cell.figures]
    return element("div", text(", ".join(numbers)), class_="quiet name")


def _table(results: Sequence[tuple[EvaluatedCell, Sound]]) -> str:
    head = element(
        "tr",
        element("th", "Cell", scope="col"),
        *(element("th", text(f"{name} ({better} is better)"), scope="col") for name, better in MEASURES.values()),
    )
    rows = [
        element(
            "tr",
            element("th", text(_choices(cell)), scope="row"),
            *(
                element("td", f"{cell.figures[key]:.3f}" if key in cell.figures else "&ndash;", class_="number")
                for key in MEASURES
            ),
        )
        for cell, _ in results
    ]
    table = element("table", element("thead", head), element("tbody", *rows), class_="figures")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="All metrics")
