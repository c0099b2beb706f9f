"""`gramophone batch`."""

import json as json_format
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stderr, write_stdout
from gramophone.cli.graceful_stop import graceful_stop
from gramophone.cli.options import Flag, Whole
from gramophone.cli.progress import Progress, duration
from gramophone.cli.table import table
from gramophone.errors import UsageError

if TYPE_CHECKING:
    from gramophone.batch.item import Item
    from gramophone.batch.rows import Row
    from gramophone.batch.run import BatchProgress, BatchResult, Engine

EngineName = Literal["local", "ray"]
FAILED = 1
PAIRS_NAME = "the pairs"


def batch(  # noqa: PLR0913
    plan: Annotated[Path | None, Parameter(name="PLAN")] = None,
    /,
    *,
    output: Annotated[str, Parameter(name=("--output", "-o"), metavar="DIR")],
    content: Annotated[str | None, Parameter(metavar="GLOB")] = None,
    style: Annotated[str | None, Parameter(metavar="GLOB")] = None,
    pairs: Annotated[str, Parameter(metavar="HOW")] = "zip",
    draw: Annotated[Whole, Parameter(name="--draw")] = 0,
    engine: EngineName = "local",
    jobs: Whole = None,
    together: Whole = None,
    address: Annotated[str, Parameter(metavar="HOST:PORT")] = "auto",
    cpus: Annotated[float, Parameter(metavar="N")] = 1.0,
    gpus: Annotated[float, Parameter(metavar="N")] = 0.0,
    evaluate: Flag = False,
    resume: Annotated[bool, Parameter(negative="--no-resume")] = True,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
    **settings: str,
) -> int:
    """Many results from one plan, on all cores of this machine or on a Ray cluster.

    PLAN is a .csv, .toml, .jsonl or .parquet file with the columns task, content,
    style (several with ';' between), output, and any option of 'texture' and
    'transfer', such as strength or duration. The same options given here hold for
    all rows that do not say otherwise. Inputs are counted from PLAN's folder.

        gramophone batch plan.csv -o out --iterations 30
        gramophone batch --content 'a/*.wav' --style 'b/*.wav' -o out

    What is complete is not made again: stop it at any time and start it again. A
    failed item stops no other; DIR/results.jsonl says what became of each.

    Args:
        plan: What is to be made; or use --content and --style.
        output: Folder of all results, or a URL such as s3://bucket/folder (needs fsspec and its driver).
        content: Instead of a plan: recordings that become transfers, as a pattern in quotes.
        style: Their styles; without --content a texture of each.
        pairs: zip: first with first. product: each with each. sample:N: N pairs drawn at random.
        draw: Another number draws other pairs.
        engine: local: processes on this machine. ray: a Ray cluster (extra 'ray').
        jobs: Processes of the local engine; by default as many as there are cores, or two for each GPU.
        together: Items that a process computes side by side where they are alike; 64 on a GPU by default, else 1.
        address: Of the cluster; auto finds the one that this machine belongs to.
        cpus: Cores that an item, or a group of items, takes on the cluster.
        gpus: GPUs that it takes on the cluster.
        evaluate: Judge every result as 'gramophone evaluate' does; the measures stand in the results.
        resume: Keep what is complete, as told by run records and hashes.
        overwrite: Replace outputs in a folder that no batch has worked in.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
        settings: Options of texture and transfer for all rows.
    """
    with Progress(quiet=quiet) as progress:
        progress.show("reading the plan")
        from gramophone.batch.run import Batch, run

        rows = _rows(plan, content, style, pairs, draw or 0)
        items = _planned(plan, rows, output, settings, overwrite=overwrite)
        from gramophone.batch.render import render, render_and_evaluate

        with graceful_stop(lambda: True) as stop:
            chosen = _cluster(address, cpus, gpus, together) if engine == "ray" else _local(items, jobs, together)
            progress.begin("batch", f"{len(items)} item(s) in {chosen.label}")
            compute = render_and_evaluate if evaluate else render
            result = run(
                Batch(items, output, chosen, compute, resume),
                lambda: stop.signal_number is not None,
                lambda counts: progress.advance(counts.done, counts.of, _described(counts)),
            )
        progress.clear()
    counts = result.progress
    write_stdout(_as_json(result) if json else _as_text(result))
    for outcome in counts.first_failures if not json else ():
        write_stderr(f"line {outcome.line}, {outcome.output}: {outcome.error}")
    if stop.signal_number is not None:
        write_stderr(f"interrupted after {counts.done} of {counts.of} items; run the same command again to continue")
        return 128 + stop.signal_number
    return FAILED if counts.failed else 0


def _rows(plan: Path | None, content: str | None, style: str | None, pairs: str, draw: int) -> "Iterable[Row]":
    from gramophone.batch.pairs import pair_rows
    from gramophone.batch.rows import read_rows

    if (plan is None) == (style is None):
        raise UsageError("a batch takes a PLAN, or --style with or without --content; give one of the two")
    if style is not None:
        return pair_rows(content, style, pairs, draw)
    if content is not None or plan is None:
        raise UsageError("a PLAN names its contents itself; leave out --content")
    return read_rows(plan)


def _planned(
    plan: Path | None, rows: "Iterable[Row]", output: str, settings: dict[str, str], *, overwrite: bool
) -> "tuple[Item, ...]":
    from gramophone.batch.plan import PlanError, Planner
    from gramophone.batch.run import is_batch_folder

    defaults = {name.replace("-", "_"): value for name, value in settings.items()}
    name, base = (PAIRS_NAME, Path()) if plan is None else (str(plan), plan.parent)
    planner = Planner(name, output, base, defaults, refuse_existing=not overwrite and not is_batch_folder(output))
    try:
        return planner.plan(rows)
    except PlanError as error:
        for fault in error.faults:
            write_stderr(fault)
        raise


def _local(items: "Sequence[Item]", jobs: int | None, together: int | None) -> "Engine":
    from gramophone.batch.local import Local
    from gramophone.workers.subprocess_env import gpus

    devices = {item.settings.get("device", "cuda") for item in items}
    # A plan that names devices by number has distributed its items itself.
    uses_gpus = devices != {"cpu"} and not any(":" in device for device in devices)
    return Local(jobs, group_size=together, gpus=gpus() if uses_gpus else 0)


def _cluster(address: str, cpus: float, gpus: float, together: int | None) -> "Engine":
    from gramophone.batch.cluster import Cluster

    return Cluster(address, cpus=cpus, gpus=gpus, group_size=together)


def _described(progress: "BatchProgress") -> str:
    rate = progress.rate if progress.rate >= 1 else 60 * progress.rate
    unit = "s" if progress.rate >= 1 else "min"
    parts = [f"{100 * progress.done // progress.of:3d} %", f"{progress.done}/{progress.of}"]
    if progress.remaining_s is not None:
        parts += [f"{duration(progress.remaining_s)} left", f"{rate:.1f}/{unit}"]
    if progress.kept:
        parts.append(f"{progress.kept} kept")
    return "  ".join([*parts, f"{progress.failed} failed"])


def _as_json(result: "BatchResult") -> str:
    progress = result.progress
    return json_format.dumps(
        {
            "items": progress.of,
            "made": progress.made,
            "kept": progress.kept,
            "failed": progress.failed,
            "left": progress.of - progress.done,
            "seconds": round(progress.elapsed_s, 3),
            "sound_s": round(progress.sound_s, 3),
            "results": result.results,
            "parquet": result.parquet,
        },
        allow_nan=False,
    )


def _as_text(result: "BatchResult") -> str:
    progress = result.progress
    rows = [
        ("items", "number", "of what"),
        ("made", str(progress.made), f"{duration(progress.sound_s)} of sound in {duration(progress.elapsed_s)}"),
        ("kept", str(progress.kept), "complete before"),
        ("failed", str(progress.failed), "see the results"),
        ("left", str(progress.of - progress.done), "not begun"),
    ]
    shown = [row for place, row in enumerate(rows) if place < 2 or row[1] != "0"]
    parquet = result.parquet or "no Parquet, which needs pyarrow: pip install 'gramophone[parquet]'"
    return "\n".join([table(shown, numbers=(1,)), one_line(f"results: {result.results}"), one_line(parquet)])
