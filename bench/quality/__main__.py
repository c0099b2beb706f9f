"""`python -m bench.quality [--data DIR] [--results DIR] [--make N/OF]`: writes docs/quality.md.

Results are kept in a folder, so that a run that was stopped goes on where it was. `--make 1/2` only makes the first
of every two results: start one process a core, then run it again without.
"""

import argparse
import os
from pathlib import Path

from bench.quality import page, textures, transfers
from bench.quality.jobs import Job, done
from bench.quality.recordings import HELD_OUT_PAIRS, HELD_OUT_TEXTURES, TUNING_PAIRS, TUNING_TEXTURES
from bench.quality.systems import default_half, default_texture, default_transfer, published_transfer

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder named clips with recordings (default: that of GRAMOPHONE_DATA)"
    )
    parser.add_argument("--results", type=Path, default=Path("bench-output"))
    parser.add_argument("--make", metavar="N/OF", help="only make results: every OF-th, beginning with the N-th")
    parser.add_argument("--only-made", action="store_true", help="judge what is there; make nothing")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["GRAMOPHONE_DATA"] = str(arguments.data.resolve().parent)
    arguments.results.mkdir(exist_ok=True)
    if arguments.make:
        number, of = map(int, arguments.make.split("/"))
        for job in jobs()[number - 1 :: of]:
            made = done(job, arguments.results)
            print(f"{job.system} {job.name}: {made.seconds:.1f} s", flush=True)
        return
    folder, only_made = arguments.results, arguments.only_made
    written = page.page(textures.measure(folder, only_made=only_made), transfers.measure(folder, only_made=only_made))
    PAGE.write_text(written, encoding="utf-8")
    print(written)


def jobs() -> list[Job]:
    """Everything that is judged, quick things first."""
    names, pairs = (*HELD_OUT_TEXTURES, *TUNING_TEXTURES), (*HELD_OUT_PAIRS, *TUNING_PAIRS)
    quick = [default_texture(name, seed) for name in names for seed in (0, 1)]
    quick += [default_half(name, half) for name in names for half in (0, 1)]
    quick += [default_transfer(pair, strength) for pair in pairs for strength in transfers.STRENGTHS]
    slow = [job(name) for job in textures.SYSTEMS.values() for name in names]
    slow += [published_transfer(pair, strength) for strength in transfers.PUBLISHED for pair in pairs]
    return quick + slow


if __name__ == "__main__":
    main()
