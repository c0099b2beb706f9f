"""The page of a study: spectrograms in a grid as in Figure 1 of Wyse 2017, with players, figures and conclusions."""

import math
from collections.abc import Sequence

from gramophone.audio import Sound
from gramophone.evaluation.pair_metrics import MEASURES
from gramophone.plotting.html import element, text, void
from gramophone.report import document
from gramophone.report.pictures import Picture, spectrograms
from gramophone.report.player import embedded
from gramophone.study.claims import SHOWN, Judged
from gramophone.study.grid import GridAxis


def study_page(
    names: tuple[str, str],
    given: tuple[Sound, Sound],
    made: Sequence[tuple[Judged, Sound]],
    axes: Sequence[GridAxis],
    said: Sequence[str],
) -> str:
    """Writes the page; it needs no other file and no network.

    Args:
        names: of content and style.
        given: content and style.
        made: every cell and its sound, the last axis changing first.
        axes: of the grid.
        said: the conclusions.
    """
    gallery = spectrograms([*given, *(sound for _, sound in made)])
    pictures = list(gallery.pictures)
    pair = element(
        "tr",
        *(
            element("td", _heard(f"{role}: {name}", sound, picture))
            for role, name, sound, picture in zip(("content", "style"), names, given, pictures, strict=False)
        ),
    )
    cells = [
        element("td", _heard(_words(judged), sound, picture), _figures(judged))
        for (judged, sound), picture in zip(made, pictures[2:], strict=True)
    ]
    title = f"{names[0]} made of {names[1]}: a study"
    body = "\n".join(
        (
            _section("The two recordings", element("table", pair, class_="study")),
            _section("The grid", _grid(cells, axes)),
            _section("What the figures say", element("ul", *(element("li", text(line)) for line in said))),
            _section("All figures", _table(made)),
        )
    )
    return document(title, element("h1", text(title)), body)


def _section(name: str, content: str) -> str:
    return element("section", element("h2", name), content)


def _grid(cells: Sequence[str], axes: Sequence[GridAxis]) -> str:
    """Columns are the values of the first axis, rows all combinations of the others."""
    columns = axes[0].values
    rows = math.prod(len(axis.values) for axis in axes[1:])
    head = element("tr", *(element("th", text(f"{axes[0].name}: {value}"), scope="col") for value in columns))
    lines = [element("tr", *(cells[column * rows + row] for column in range(len(columns)))) for row in range(rows)]
    table = element("table", element("thead", head), element("tbody", *lines), class_="study")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="Grid of results")


def _words(judged: Judged) -> str:
    return ", ".join(f"{axis} {value}" for axis, value in judged.cell.choices)


def _heard(name: str, sound: Sound, picture: Picture) -> str:
    audio = embedded(sound)
    image = void("img", src=picture.source, alt=f"spectrogram of {name}")
    return (
        element("div", text(name), class_="name")
        + image
        + element("audio", src=audio.source, controls=True, preload="none", aria_label=name)
    )


def _figures(judged: Judged) -> str:
    shown = [f"{key.replace('_', ' ')} {judged.figures[key]:.2f}" for key in SHOWN if key in judged.figures]
    return element("div", text(", ".join(shown)), class_="quiet name")


def _table(made: Sequence[tuple[Judged, Sound]]) -> str:
    head = element(
        "tr",
        element("th", "Cell", scope="col"),
        *(element("th", text(f"{name} ({better} is better)"), scope="col") for name, better in MEASURES.values()),
    )
    rows = [
        element(
            "tr",
            element("th", text(_words(judged)), scope="row"),
            *(
                element("td", f"{judged.figures[key]:.3f}" if key in judged.figures else "&ndash;", class_="number")
                for key in MEASURES
            ),
        )
        for judged, _ in made
    ]
    table = element("table", element("thead", head), element("tbody", *rows), class_="figures")
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label="All figures")
