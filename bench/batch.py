"""`python -m bench.batch [section ...]`: figures of batches, each beside the one asked for.

Sections: cores (ITEMS=40 textures on two processes against one), together (groups against one by one, one process),
trivial (ITEMS=10000), ray (two local nodes against the local engine), scaling (1, 2, 4 nodes with sleep-bound tasks),
augment (a clip of 1 s on one core).
"""

import logging
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from bench import fake_jobs
from bench.recordings import made
from gramophone.audio import save
from gramophone.augment import StyleTransfer
from gramophone.batch.cluster import Cluster
from gramophone.batch.item import Compute, Item
from gramophone.batch.local import Local
from gramophone.batch.plan import Planner
from gramophone.batch.render import render
from gramophone.batch.results import read_results
from gramophone.batch.rows import Row, read_rows
from gramophone.batch.run import Batch, BatchProgress, BatchResult, Engine, run
from gramophone.workers.subprocess_env import environment


def cores() -> str:
    """Two processes against half of what one needs for the same items."""
    with tempfile.TemporaryDirectory() as folder:
        items = _textures(Path(folder), _count(40))
        alone = _timed(items, Local(1), Path(folder) / "alone", render)
        compute_s = _sum(Path(folder) / "alone", "compute_s")
        both = _timed(items, Local(2), Path(folder) / "both", render)
    ratio = both / (compute_s / 2)
    return (
        f"{len(items)} textures: {both:.1f} s on two processes, {alone:.1f} s on one, "
        f"of it computing {compute_s:.1f} s; ratio to half of the computing {ratio:.2f}; asked: at most 1.15"
    )


def together() -> str:
    """Groups of 4 and of 8 on one process against the same items one by one."""
    with tempfile.TemporaryDirectory() as folder:
        items = _textures(Path(folder), _count(16))
        alone = _timed(items, Local(1), Path(folder) / "alone", render)
        groups = {size: _timed(items, Local(1, group_size=size), Path(folder) / f"{size}", render) for size in (4, 8)}
    shown = ", ".join(f"in groups of {size} {seconds / alone:.2f}" for size, seconds in groups.items())
    return f"{len(items)} textures on one process: {alone:.1f} s one by one, {shown} of that time"


def trivial() -> str:
    """What an item costs that does nothing, in a plan that is read, checked, run and written."""
    number, memory = _count(10_000), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(made("rain", 1.0), folder / "rain.wav")
        lines = [f'{{"style": "rain.wav", "output": "{one}.wav", "seed": {one}}}' for one in range(number)]
        (folder / "plan.jsonl").write_text("\n".join(lines), encoding="utf-8")
        began_s = time.perf_counter()
        planner = Planner("plan", str(folder / "out"), folder)
        items = planner.plan(read_rows(folder / "plan.jsonl"))
        planned_s = time.perf_counter() - began_s
        began_s, began_cpu_s = time.perf_counter(), time.process_time()

        def note(progress: BatchProgress) -> None:
            if progress.done in (number // 10, number):
                memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

        run(Batch(items, str(folder / "out"), Local(2), fake_jobs.nothing), lambda: False, note)
        seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    return (
        f"{number} items: planning {1000 * planned_s / number:.2f} ms, "
        f"running {1000 * seconds / number:.2f} ms an item "
        f"({1000 * cpu_s / number:.2f} ms of them computing); asked: under 2 ms; memory after a tenth "
        f"{memory[0] / 1024:.0f} MB, at the end {memory[-1] / 1024:.0f} MB; asked: flat"
    )


def ray() -> str:
    """Two nodes of one core each against two processes, the same textures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        items = _textures(folder, _count(40))
        local = _timed(items, Local(2), folder / "local", render)
        with _nodes(2) as address:
            _timed(items[:2], Cluster(address), folder / "warm", render)
            spread = _timed(items, Cluster(address), folder / "ray", render)
    times = f"Ray on two nodes {spread:.1f} s, local {local:.1f} s"
    return f"{len(items)} textures: {times}, {spread / local:.2f}; asked: at most 1.2"


def scaling() -> str:
    """Sleep-bound items on 1, 2 and 4 nodes of one place each."""
    number, lines = _count(40), []
    for nodes in (1, 2, 4):
        items = [Item(one, one + 1, "texture", (), f"{one}", {"seconds": "0.5"}) for one in range(number)]
        with tempfile.TemporaryDirectory() as folder, _nodes(nodes, stays_connected=True) as address:
            # Ray starts workers anew for each connection: what is measured is the rate and not the start.
            _timed([*items[: 2 * nodes]], Cluster(address), Path(folder) / "warm", fake_jobs.sleep)
            seconds = _timed(items, Cluster(address), Path(folder) / "out", fake_jobs.sleep)
        ideal = 0.5 * number / nodes
        lines.append(
            f"{nodes} node(s): {seconds:.2f} s, linear {ideal:.2f} s, {seconds / ideal:.2f}; asked: within 1.10"
        )
    return "\n".join(lines)


def augment() -> str:
    """Computing time of one clip of 1 s, 22.05 kHz, one thread."""
    torch.set_num_threads(1)
    styles = [made("rain", 10.0)]
    transform = StyleTransfer(styles, rate_hz=styles[0].rate_hz, p=1.0)
    clip = torch.from_numpy(made("phrase", 1.0).samples)
    transform(clip, 0)
    times = []
    for index in range(1, 12):
        began_s = time.process_time()
        transform(clip, index)
        times.append(time.process_time() - began_s)
    return (
        f"a clip of 1 s: {statistics.median(times):.3f} s of one core, at most {max(times):.3f} s; asked: under 0.3 s"
    )


SECTIONS = {one.__name__: one for one in (cores, together, trivial, ray, scaling, augment)}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        sys.exit(f"no such section: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    for name in names or SECTIONS:
        print(f"--- {name}, load {os.getloadavg()[0]:.1f}", flush=True)
        print(SECTIONS[name](), flush=True)


def _count(usual: int) -> int:
    return int(os.environ.get("ITEMS", usual))


def _textures(folder: Path, number: int) -> list[Item]:
    for name in ("rain", "fire"):
        save(made(name, 2.0), folder / f"{name}.wav")
    rows = [
        Row(one + 1, {"style": ("rain.wav", "fire.wav")[one % 2], "output": f"{one}.wav", "seed": one})
        for one in range(number)
    ]
    return list(Planner("plan", str(folder / "out"), folder).plan(rows))


def _timed(items: list[Item], engine: Engine, folder: Path, compute: Compute) -> float:
    """Seconds from start to results; every item must have been made."""
    moved = [
        Item(place, one.line, one.task, one.inputs, str(folder / Path(one.output).name), one.settings, one.expected_s)
        for place, one in enumerate(items)
    ]
    began_s = time.perf_counter()
    ended: BatchResult = run(
        Batch(moved, str(folder), engine, compute, resumes=False), lambda: False, lambda progress: None
    )
    seconds = time.perf_counter() - began_s
    if ended.progress.made != len(items):
        raise RuntimeError(f"{ended.progress.made} of {len(items)} made: {ended.progress.first_failures[:1]}")
    return seconds


def _sum(folder: Path, figure: str) -> float:
    return sum(float(one["figures"][figure]) for one in read_results(folder / "results.jsonl"))


@contextmanager
def _nodes(number: int, *, stays_connected: bool = False) -> Iterator[str]:
    """A Ray cluster of so many nodes of one core, besides its head; each batch connects anew, or all use one."""
    import ray as engine
    from ray.cluster_utils import Cluster as Nodes

    os.environ.update({"RAY_AUTH_MODE": "disabled", "PYTHONPATH": environment()["PYTHONPATH"]})
    memory = 100 * 2**20
    nodes = Nodes(True, head_node_args={"num_cpus": 0, "object_store_memory": memory, "include_dashboard": False})
    try:
        for _ in range(number):
            nodes.add_node(num_cpus=1, object_store_memory=memory)
        if stays_connected:
            engine.init(
                address=nodes.address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False
            )
        yield str(nodes.address)
    finally:
        engine.shutdown()
        nodes.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(sys.argv[1:])
