"""`python -m bench.published`: every preset from the command line at its own number of steps, on two real clips.

Writes the table of docs/presets.md. Each run is a process on one thread, kept in a folder when it has ended, so that
a measurement that was stopped goes on where it was. Of what takes too long, a few steps tell about how long:

    python -m bench.published --data shared/data --limit-s 3000
    python -m bench.published --presets caracalla2020 --steps 12
    python -m bench.published --only-made
"""

import argparse
import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from bench.recordings import BESIDE
from gramophone.audio import load, save
from gramophone.presets import PRESETS as EVERY
from gramophone.presets import preset

PRESETS = tuple(name for name, jobs in EVERY.items() if jobs["transfer"].rival is None)  # rivals: bench.rivals
PAGE = Path(__file__).parents[1] / "docs" / "presets.md"
BEGIN, END = "<!-- times -->", "<!-- end of times -->"
CONTENT, STYLE = "speech_female", "rooster"
VGG = "weights/vgg19_conv_imagenet_caffe.npz"
HEAD = ("| preset | steps | processor time | peak memory |", "|---|---|---|---|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GRAMOPHONE_DATA", BESIDE)))
    parser.add_argument("--kept", type=Path, default=Path("bench-output/published"))
    parser.add_argument("--presets", default=",".join(PRESETS), help="which and in which order, with commas")
    parser.add_argument("--steps", type=int, help="not all of them, but so many, from which the time is estimated")
    parser.add_argument("--clip-s", type=float, default=3.0, help="length of both clips")
    parser.add_argument("--limit-s", type=float, default=float("inf"), help="begin no other after so many seconds")
    parser.add_argument("--only-made", action="store_true", help="write the table of what there is")
    given = parser.parse_args()
    given.kept.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for name in [] if given.only_made else given.presets.split(","):
        kept = given.kept / f"{name}.json"
        if not kept.exists() and time.monotonic() - began < given.limit_s:
            figures = run(name, given.data, given.kept, given.clip_s, given.steps)
            kept.write_text(json.dumps(figures), encoding="utf-8")
            print(name, figures, flush=True)
    made = {name: given.kept / f"{name}.json" for name in PRESETS}
    found = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in made.items() if path.exists()}
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    table = "\n".join((BEGIN, "", *HEAD, *(row(name, one) for name, one in found.items()), "", END))
    PAGE.write_text(before + table + rest.split(END)[1], encoding="utf-8")


def run(name: str, data: Path, folder: Path, clip_s: float, steps: int | None) -> dict[str, float]:
    """Processor seconds, peak bytes and steps of one transfer, by the command, from start to file.

    Of a shortened run the seconds are an estimate: every step that is missing takes as long as the median of the
    second half of those made.
    """
    paths = [
        save(load(data / "clips" / f"{clip}.flac").trimmed(clip_s), folder / f"{clip}.wav", overwrite=True).path
        for clip in (CONTENT, STYLE)
    ]
    out = folder / f"{name}-result.wav"
    words = ["transfer", *map(str, paths), "-o", str(out), "--preset", name, "--quiet", "--overwrite"]
    settings = preset(name, "transfer")
    if steps:
        words += ["--iterations", str(steps)]
    if settings.network.kind == "vgg19":
        words += ["--weights", str(data / VGG)]
    started = subprocess.Popen(
        [sys.executable, "-m", "gramophone", *words], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    _, status, used = os.wait4(started.pid, 0)
    if status:
        raise RuntimeError(f"{name} ended with {os.waitstatus_to_exitcode(status)}")
    losses = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["losses"]
    figures = {"steps": len(losses), "seconds": used.ru_utime + used.ru_stime, "bytes": 1024.0 * used.ru_maxrss}
    if not steps:
        return figures
    ends_s = [one["elapsed_s"] for one in losses]
    step_s = median(b - a for a, b in pairwise(ends_s[steps // 2 :]))
    missing = settings.optimiser.iterations - len(losses)
    return {
        **figures,
        "steps": settings.optimiser.iterations,
        "seconds": figures["seconds"] + missing * step_s,
        "of": steps,
    }


def row(name: str, figures: dict[str, float]) -> str:
    """One line of the table."""
    seconds = figures["seconds"]
    shown = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
    if "of" in figures:
        shown = f"about {shown} (from {figures['of']:.0f} steps)"
    return f"| `{name}` | {figures['steps']:.0f} | {shown} | {figures['bytes'] / 1e9:.1f} GB |"


if __name__ == "__main__":
    main()
