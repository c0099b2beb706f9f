"""`python -m bench.study.figure --data DATA --cells FOLDER`: Figure 1 of Wyse 2017, of the sounds that were kept.

Content and style stand on the left; trained weights above, random ones below; without noise, then with noise 0.5.
"""

import argparse
import os
from pathlib import Path

from bench.gallery.picture import grid
from bench.study.budget import Budget
from bench.study.cells import Cell
from bench.study.kept import Kept
from bench.study.question import PAIRS
from bench.study.questions import QUESTIONS

DOCS = Path(__file__).parents[2] / "docs"
WIDTH, QUALITY = 300, 80
ROWS = (("trained, noise 0", "trained, noise 0.5"), ("random, noise 0", "random, noise 0.5"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder that has clips/*.flac (default: GRAMOPHONE_DATA's)")
    parser.add_argument("--cells", type=Path, default=Path("bench-output/study"), help="where results are kept")
    given = parser.parse_args()
    if given.data:
        os.environ["GRAMOPHONE_DATA"] = str(given.data.resolve())
    kept, budget = Kept(given.cells), Budget()
    cells = [cell for cell in QUESTIONS["b2"]().cells(budget) if (cell.content, cell.style) == PAIRS[0]]
    for seed in range(budget.seeds):
        sounds = {cell.system: sound for cell in cells if _is_of(cell, seed) and (sound := kept.sound(cell))}
        if len(sounds) < len(QUESTIONS["b2"]().systems):
            print(f"draw {seed + 1} is not made yet")
            continue
        content, style = cells[0].recordings()
        panels = [
            [(title, sound), *((name, sounds[name]) for name in names)]
            for (title, sound), names in zip((("content", content), ("style", style)), ROWS, strict=True)
        ]
        grid(panels, WIDTH).save(DOCS / f"figure-1-draw-{seed + 1}.webp", quality=QUALITY, method=6)


def _is_of(cell: Cell, seed: int) -> bool:
    """Whether a cell belongs to a draw: those that draw nothing belong to all."""
    return cell.seed == (seed if cell.draws else 0)


if __name__ == "__main__":
    main()
