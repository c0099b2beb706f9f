"""`python -m bench.fuzz [COUNT] [SEED]`: mutated files for every reader; exit code 1 if any was not survived."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.fuzz.readers import readers

COUNT = 20_000


@dataclass
class Found:
    """What became of the files of one reader.

    Attributes:
        outcomes: number of files that were read, refused, or raised an exception of others.
        times_s: seconds for each.
        crashes: seeds at which the process died, and how.
        foreign: seeds at which an exception was not the project's own, and what it said.
        peak_bytes: largest memory of the process.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    times_s: list[float] = field(default_factory=list)
    crashes: list[tuple[int, int]] = field(default_factory=list)
    foreign: list[tuple[int, str]] = field(default_factory=list)
    peak_bytes: int = 0


def fuzz(name: str, first: int, count: int) -> Found:
    """Fuzzes one reader in processes of its own, a new one after each crash."""
    found, at, end = Found(), first, first + count
    while at < end:
        command = [sys.executable, "-m", "bench.fuzz.child", name, str(at), str(end - at)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            match json.loads(line):
                case ["begin", seed]:
                    at = seed + 1
                case ["foreign", seed, said]:
                    found.foreign.append((seed, said))
                case ["end", _, outcome, seconds]:
                    found.outcomes[outcome] += 1
                    found.times_s.append(seconds)
                case ["done", peak]:
                    found.peak_bytes = max(found.peak_bytes, peak)
        if done.returncode == 0:
            break
        if not done.stdout:
            raise RuntimeError(done.stderr)
        found.crashes.append((at - 1, done.returncode))
    return found


def main() -> int:
    """Fuzzes all readers and prints a table."""
    words = [*sys.argv[1:], *(str(COUNT), "0")[len(sys.argv) - 1 :]]
    count, seed = int(words[0]), int(words[1])
    with tempfile.TemporaryDirectory() as folder:
        every = [(one.name, one.share) for one in readers(Path(folder))]
    total = sum(share for _, share in every)
    print("reader                        files   read refused foreign crash  p99 ms  max ms   MB")
    faults = 0
    for name, share in every:
        found = fuzz(name, seed, max(1, round(count * share / total)))
        times_ms = 1000 * np.array(found.times_s or [0.0])
        outcomes = found.outcomes
        print(
            f"{name:28} {len(found.times_s) + len(found.crashes):6} {outcomes['read']:6} {outcomes['refused']:7} "
            f"{outcomes['foreign']:7} {len(found.crashes):5} {np.percentile(times_ms, 99):7.1f} "
            f"{times_ms.max():7.1f} {found.peak_bytes / 1e6:4.0f}",
            flush=True,
        )
        for place, said in [*found.foreign, *found.crashes]:
            print(f"    seed {place}: {said}", flush=True)
        faults += len(found.foreign) + len(found.crashes)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
