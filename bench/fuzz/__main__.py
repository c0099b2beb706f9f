"""`python -m bench.fuzz [COUNT] [SEED] [--record]`: mutated files for every reader; exit code 1 after a fault.

`--record` keeps the table for docs/reliability.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import numpy as np

from bench.figures import Table, markdown, record
from bench.fuzz.readers import readers

COUNT = 20_000
HEAD = ["reader", "files", "read", "refused", "foreign", "crashes", "p99 (ms)", "slowest (ms)", "memory (MB)"]


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


def row(name: str, found: Found) -> list[str]:
    """A row of the table."""
    times_ms = 1000 * np.array(found.times_s or [0.0])
    counts = [found.outcomes[one] for one in ("read", "refused", "foreign")]
    slow = [f"{np.percentile(times_ms, 99):.0f}", f"{times_ms.max():.0f}", f"{found.peak_bytes / 1e6:.0f}"]
    return [name, *(str(one) for one in (len(times_ms) + len(found.crashes), *counts, len(found.crashes))), *slow]


def together(every: Sequence[Found]) -> Found:
    """All readers as one."""
    whole = Found(peak_bytes=max(one.peak_bytes for one in every))
    for one in every:
        whole.outcomes += one.outcomes
        whole.times_s += one.times_s
        whole.crashes += one.crashes
        whole.foreign += one.foreign
    return whole


def main() -> int:
    """Fuzzes all readers and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=COUNT)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        every = [(one.name, one.share) for one in readers(Path(folder))]
    total = sum(share for _, share in every)
    print("\n".join(markdown(HEAD, [])))
    rows, found = [], []
    for name, share in every:
        found.append(fuzz(name, given.seed, max(1, ceil(given.count * share / total))))
        rows.append(row(name, found[-1]))
        print(*markdown(rows[-1], [])[:1], flush=True)
        for place, said in [*found[-1].foreign, *found[-1].crashes]:
            print(f"    seed {place}: {said}", flush=True)
    whole = together(found)
    rows.append(row("all", whole))
    print(*markdown(rows[-1], [])[:1])
    if given.record:
        says = "Mutated files of every kind that is read; `foreign` are exceptions that are not this package's own."
        record("Mutated files", Table(command="make fuzz", says=says, head=HEAD, rows=rows))
    return 1 if whole.foreign or whole.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
