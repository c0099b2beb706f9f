"""`python -m bench.soak [SECONDS] [--record]`: an hour of stream, or so many seconds, and its memory."""

import argparse
import gc
import sys
import time
from pathlib import Path

import numpy as np
import torch

import gramophone as gp
from bench.figures import Table, record
from gramophone.audio import Sound

RATE_HZ = 22_050
FIRST_S, EVERY_S = 60, 600
COMMAND = "python -m bench.soak --record"
HEAD = ["sound (min)", "memory (MB)", "open files"]
GROWTH = 0.05


def resident_mb() -> float:
    """Memory of this process."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1000


def descriptors() -> int:
    """Files that this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> int:
    """Streams, and prints a line every ten minutes of sound; exit code 1 if memory has grown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=3600.0)
    parser.add_argument("--record", action="store_true", help="keep the table for docs/reliability.md")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    style = Sound((0.1 * rng.standard_normal((1, 3 * RATE_HZ))).astype(np.float32), RATE_HZ)
    began_s, done_s, told_s = time.monotonic(), 0.0, 0.0
    sizes_mb: list[float] = []
    rows = []
    for block in gp.stream(style, iterations=1):
        done_s += block.duration_s
        if done_s - told_s >= EVERY_S or (not sizes_mb and done_s >= FIRST_S) or done_s >= given.seconds:
            gc.collect()
            sizes_mb.append(resident_mb())
            told_s = done_s
            rows.append([f"{done_s / 60:.0f}", f"{sizes_mb[-1]:.0f}", str(descriptors())])
            print(
                f"{done_s:5.0f} s of sound in {time.monotonic() - began_s:4.0f} s: {', '.join(rows[-1])}", flush=True
            )
        if done_s >= given.seconds:
            break
    growth = sizes_mb[-1] / sizes_mb[0] - 1
    print(f"grown by {100 * growth:.1f} % since the first minute")
    if given.record:
        says = (
            f"A stream of {done_s / 60:.0f} min of sound in one process: its resident memory has changed by "
            f"{100 * growth:+.1f} % since the first minute."
        )
        record("Soak", Table(command=COMMAND, says=says, head=HEAD, rows=rows))
    return 1 if growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
