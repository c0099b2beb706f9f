"""`python -m bench.gallery`: sounds, pictures, figures and page of the gallery.

With `--recordings FOLDER` only the recordings, as WAV files; with `--page` only the page, from the figures as they
are; with `--only NAME ...` only these results are made again.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.gallery.page import Figures, page
from bench.gallery.picture import side_by_side, spectrogram
from bench.gallery.rows import Row, Shown, all_rows
from bench.gallery.sounds import MAKERS
from gramophone.audio import Sound, load, save
from gramophone.evaluation import evaluate

DOCS = Path(__file__).parents[2] / "docs"
FOLDER, PAGE = DOCS / "gallery", DOCS / "gallery.md"
FIGURES = FOLDER / "figures.json"
BANNER = {"a phrase": "phrase", "rain": "rain", "the phrase in rain": "phrase-in-rain-3"}
KEPT = ("identity", "style", "statistics_excess_db")


def write_recordings(folder: Path) -> None:
    """Writes every recording as a WAV file of 24 bits."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        save(make(), folder / f"{name}.wav", overwrite=True)


def make(row: Row, shown: Shown, work: Path) -> dict[str, float | None]:
    """Runs the command of a result, keeps its sound with a picture, and measures it."""
    words = [sys.executable, "-m", "gramophone", *row.command(shown), "--quiet", "--overwrite"]
    subprocess.run(words, cwd=work, check=True)
    made = FOLDER / f"{shown.name}.ogg"
    made.write_bytes((work / made.name).read_bytes())
    result = load(made)
    draw(shown.name, result)
    return measure(row, result, work)


def measure(row: Row, result: Sound, work: Path) -> dict[str, float | None]:
    """Figures of a result; none of a result with several styles, or without a recording."""
    if len(row.styles) != 1:
        return {}
    content = load(work / f"{row.content}.wav") if row.content else None
    found = evaluate(load(work / f"{row.styles[0]}.wav"), result, content)
    keys = {figure.key for figure in found.figures}
    return {key: found[key].value for key in KEPT if key in keys}


def draw(name: str, sound: Sound) -> None:
    """Writes the picture of a sound."""
    (FOLDER / f"{name}.png").write_bytes(spectrogram(sound))


def known_figures() -> Figures:
    """The figures of results that were made before."""
    return json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--only", nargs="+", default=[])
    asked = parser.parse_args()
    if asked.recordings:
        write_recordings(asked.recordings)
        return
    figures = known_figures()
    if not asked.page:
        with tempfile.TemporaryDirectory() as folder:
            write_recordings(Path(folder))
            for row in all_rows():
                for shown in row.results:
                    if not asked.only or shown.name in asked.only:
                        figures[shown.name] = make(row, shown, Path(folder))
                        print(shown.name, figures[shown.name])
        for name, maker in MAKERS.items():
            draw(name, maker())
            save(maker(), FOLDER / f"{name}.ogg", overwrite=True)
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        banner = {title: load(FOLDER / f"{name}.ogg") for title, name in BANNER.items()}
        (FOLDER / "readme.png").write_bytes(side_by_side(banner))
    PAGE.write_text(page(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
