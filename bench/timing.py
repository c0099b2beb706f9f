"""Times and peak memory, each in a process of its own where it matters."""

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median


def median_s(work: Callable[[], object], repeats: int = 9) -> float:
    """Median time of a call, after one that warms up."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def command(*words: str) -> tuple[float, float]:
    """Seconds and peak memory (GB) of a `python -m ...` command from start to exit; raises if it fails."""
    # A small process in between: a child takes over the peak of the process that starts it.
    code = (
        "import resource, subprocess, sys, time; b = time.perf_counter();"
        "subprocess.run([sys.executable, '-m', *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL);"
        "print(time.perf_counter() - b, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True, text=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds), float(kilobytes) * 1024 / 1e9
