"""`python -m bench.memory`: memory of results in one piece, per sample of a channel; each in a process of its own."""

import json
import resource
import subprocess
import sys

import numpy as np
import torch

import gramophone as gp
from gramophone.audio import Sound
from gramophone.runs.memory import BYTES_PER_SAMPLE, BYTES_PER_SAMPLE_IN_BLOCKS

RATE_HZ = 44_100
LENGTHS_S = (10, 30)
RUNS = (("transfer", "infinite"), ("transfer", "infinite-deep"), ("transfer", "vocoder"), ("texture", "infinite"))


def measure(task: str, preset: str, duration_s: int) -> int:
    """Largest memory of this process after a run of one step, in bytes."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    style = Sound((0.1 * rng.standard_normal((1, 5 * RATE_HZ))).astype(np.float32), RATE_HZ)
    content = Sound((0.1 * rng.standard_normal((1, duration_s * RATE_HZ))).astype(np.float32), RATE_HZ)
    steps = None if preset == "vocoder" else 1
    if task == "transfer":
        gp.transfer(content, style, preset=preset, iterations=steps)
    else:
        gp.texture(style, preset=preset, iterations=steps, duration_s=duration_s)
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> int:
    """Prints bytes per sample, from the difference of two lengths."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
        return 0
    for task, preset in RUNS:
        shorter, longer = (
            int(subprocess.check_output([sys.executable, "-m", "bench.memory", task, preset, str(seconds)]))
            for seconds in LENGTHS_S
        )
        each = (longer - shorter) / (RATE_HZ * (LENGTHS_S[1] - LENGTHS_S[0]))
        print(f"{task:8} {preset:14} {each:6.0f} bytes per sample", flush=True)
    print(f"expected at most {BYTES_PER_SAMPLE}, and in blocks {BYTES_PER_SAMPLE_IN_BLOCKS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
