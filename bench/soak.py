"""`python -m bench.soak [SECONDS]`: a stream of that much sound (an hour) in fast settings, and its memory."""

import gc
import sys
import time
from pathlib import Path

import numpy as np
import torch

import gramophone as gp
from gramophone.audio import Sound

RATE_HZ = 22_050
EVERY_S = 300
GROWTH = 0.05


def resident_mb() -> float:
    """Memory of this process."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1000


def descriptors() -> int:
    """Files that this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> int:
    """Streams, and prints a line every five minutes of sound; exit code 1 if memory has grown."""
    total_s = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    style = Sound((0.1 * rng.standard_normal((1, 3 * RATE_HZ))).astype(np.float32), RATE_HZ)
    began_s, done_s, told_s = time.monotonic(), 0.0, 0.0
    sizes_mb: list[float] = []
    for block in gp.stream(style, iterations=1):
        done_s += block.duration_s
        if done_s - told_s >= EVERY_S or (not sizes_mb and done_s >= 60):
            gc.collect()
            sizes_mb.append(resident_mb())
            told_s = done_s
            print(
                f"{done_s:5.0f} s of sound in {time.monotonic() - began_s:4.0f} s: {sizes_mb[-1]:.1f} MB, "
                f"{descriptors()} descriptors",
                flush=True,
            )
        if done_s >= total_s:
            break
    growth = sizes_mb[-1] / sizes_mb[0] - 1
    print(f"grown by {100 * growth:.1f} % since the first minute")
    return 1 if growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
