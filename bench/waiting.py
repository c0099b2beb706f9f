"""`python -m bench.waiting`: what it costs that threads wait for each other by spinning, alone and on a busy machine.

Each job is a fresh process, as the OpenMP library reads its settings when it is loaded. Settings and loads take turns
within every round, so that a change of the machine's own load falls on all of them; the tables have medians, and how
many cores other programs took meanwhile. Linux only, as it reads `/proc/stat`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from bench.recordings import made

DURATION_S = 5.0
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "nothing set": {},
    "GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "GOMP_SPINCOUNT=10000": {"GOMP_SPINCOUNT": "10000"},
    "OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
LOADS = {"idle": 0, "beside two busy processes": 2, "beside eight busy processes": 8}
JOBS = ("texture", "transfer")
OWN = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Run:
    """One job in a process of its own.

    Attributes:
        wall_s: time of the job, without imports.
        cpu_s: processor time of the job, over all threads.
        others: cores that other programs than this benchmark's took meanwhile.
    """

    wall_s: float
    cpu_s: float
    others: float


def do(job: str, iterations: int | None) -> None:
    """Does a job in this process, and prints its times as JSON."""
    import gramophone as gp

    rain, phrase = made("rain", DURATION_S), made("phrase", DURATION_S)
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    steps: dict[str, Any] = {} if iterations is None else {"iterations": iterations}
    if job == "texture":
        gp.texture(rain, duration_s=DURATION_S, seed=0, device="cpu", **steps)
    else:
        gp.transfer(phrase, rain, seed=0, device="cpu", **steps)
    print(json.dumps([time.perf_counter() - began_s, time.process_time() - began_cpu_s]))


@contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """Processes that compute without end, meanwhile; gives their numbers."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def measured(words: Sequence[str], settings: Mapping[str, str], load: int, limit_s: float | None) -> Run:
    """Runs a job (`--do`) beside busy processes, and watches what the rest of the machine does.

    A job that takes longer than the limit is ended, and counts as the time that it was given.
    """
    kept = {name: value for name, value in os.environ.items() if name not in OWN}
    with busy(load) as pids:
        before, own_before, began_s = _machine_s(), sum(map(_process_s, pids)), time.perf_counter()
        children_before = os.times()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "bench.waiting", *words],
                env={**kept, **settings},
                check=True,
                capture_output=True,
                text=True,
                timeout=limit_s,
            )
            times = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            times = None
        children = os.times()
        elapsed_s = time.perf_counter() - began_s
        mine_s = children.children_user + children.children_system
        mine_s -= children_before.children_user + children_before.children_system
        others_s = _machine_s() - before - mine_s - (sum(map(_process_s, pids)) - own_before)
    wall_s, cpu_s = times or (elapsed_s, mine_s)
    return Run(wall_s, cpu_s, max(0.0, others_s / elapsed_s))


def _machine_s() -> float:
    """Busy time of all processors since the machine was started."""
    user, nice, system, _, _, irq, soft, *_ = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _process_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def reports(jobs: Sequence[str], rounds: int, iterations: int | None, limit_s: float | None) -> Iterator[str]:
    """The table after every round."""
    limits = () if iterations is None else ("--iterations", str(iterations))
    runs: dict[tuple[str, str, str], list[Run]] = {}
    for number in range(rounds):
        for job in jobs:
            for load, count in LOADS.items():
                for name, settings in SETTINGS.items():
                    found = measured(("--do", job, *limits), settings, count, limit_s)
                    print(job, load, name, found, file=sys.stderr, flush=True)
                    runs.setdefault((job, load, name), []).append(found)
        yield _table(number + 1, iterations, runs)


def _table(rounds: int, iterations: int | None, runs: Mapping[tuple[str, str, str], list[Run]]) -> str:
    rows = [_row(job, load, name, found) for (job, load, name), found in runs.items()]
    return f"""## How threads wait

Default texture and transfer of {DURATION_S:g} s ({iterations or "all"} iterations); {os.cpu_count()} cores, torch
{torch.__version__}; medians of {rounds} round(s) in which all rows take turns, lowest and highest in brackets.
"Others" is how many cores further programs took meanwhile.

| job | load | setting | seconds | processor seconds | others |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def _row(job: str, load: str, name: str, runs: list[Run]) -> str:
    walls = [run.wall_s for run in runs]
    cpu_s, others = (median(values) for values in zip(*((run.cpu_s, run.others) for run in runs), strict=True))
    wall = f"{median(walls):.1f} ({min(walls):.1f} to {max(walls):.1f})"
    return f"| {job} | {load} | {name} | {wall} | {cpu_s:.1f} | {others:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", action="append", choices=JOBS, help="only these")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, help="steps of each job; those of the default preset if left out")
    parser.add_argument("--limit-s", type=float, help="time after which a job is ended, with its start")
    parser.add_argument("--do", choices=JOBS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.do:
        do(arguments.do, arguments.iterations)
    else:
        for table in reports(arguments.job or JOBS, arguments.rounds, arguments.iterations, arguments.limit_s):
            print(table, flush=True)


if __name__ == "__main__":
    main()
