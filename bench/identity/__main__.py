"""`python -m bench.identity [--data DIR] [--results DIR]`: writes docs/identity.md and its picture.

Cells are kept in a file, so that a run that was stopped goes on where it was. `--only-made` judges what is there and
runs nothing.
"""

import argparse
import os
from pathlib import Path

from bench.identity import recogniser
from bench.identity.cells import kept, measured, write
from bench.identity.page import page
from bench.identity.pairs import KINDS, chosen
from bench.identity.picture import picture
from bench.identity.systems import SYSTEMS

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder with clips/ and instruments/ (default: GRAMOPHONE_DATA)")
    parser.add_argument("--results", type=Path, default=Path("bench-output"))
    parser.add_argument("--system", action="append", choices=SYSTEMS, help="only these (default: all)")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only pairs of these kinds (default: all)")
    parser.add_argument("--strength", action="append", type=float, help="where systems with a dial run (default: 5)")
    parser.add_argument("--tuning", action="store_true", help="only pairs that settings may be chosen by")
    parser.add_argument("--each", type=int, help="of each kind only so many pairs for tuning and so many held out")
    parser.add_argument("--again", action="append", choices=SYSTEMS, help="forget what was measured of this system")
    parser.add_argument("--words", action="store_true", help="let a recogniser write the words of speech (slow)")
    parser.add_argument("--only-made", action="store_true", help="judge what is there; run nothing")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["GRAMOPHONE_DATA"] = str(arguments.data.resolve())
    if arguments.words and not recogniser.available():
        parser.error("--words needs PocketSphinx: pip install --no-deps pocketsphinx")
    arguments.results.mkdir(exist_ok=True)
    path = arguments.results / "identity.json"
    if arguments.again:
        write(path, [cell for cell in kept(path).values() if cell.system not in arguments.again])
    if arguments.only_made:
        cells = kept(path)
    else:
        pairs = chosen(arguments.kind or KINDS, tuning=arguments.tuning, each=arguments.each)
        cells = measured(
            path,
            pairs,
            arguments.system or SYSTEMS,
            strengths=arguments.strength,
            words=arguments.words,
            tell=lambda line: print(line, flush=True),
        )
    DOCS.joinpath("identity.svg").write_text(picture(list(cells.values())), encoding="utf-8")
    DOCS.joinpath("identity.md").write_text(page(cells.values()), encoding="utf-8")


if __name__ == "__main__":
    main()
