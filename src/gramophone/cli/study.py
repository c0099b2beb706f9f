"""`gramophone study`."""

import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.graceful_stop import Interrupted
from gramophone.cli.options import Flag, Seed, Whole
from gramophone.cli.progress import Progress
from gramophone.cli.terminal import StepProgress, Terminal
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.settings import USUAL_STRENGTH
from gramophone.study.grid import DEFAULT, PRESET, cells, parse_grid

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.study.claims import EvaluatedCell
    from gramophone.study.run import Study

PAGE, FIGURES = "study.html", "study.json"


def study(  # noqa: PLR0913
    content: Annotated[Path, Parameter(name="CONTENT")],
    style: Annotated[Path, Parameter(name="STYLE")],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="DIR")],
    grid: Annotated[tuple[str, ...], Parameter(metavar="AXIS=V,V", consume_multiple=True, negative=())] = DEFAULT,
    strength: Annotated[float, Parameter(metavar="0..1")] = USUAL_STRENGTH,
    iterations: Whole = None,
    seed: Seed = 0,
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """Compare published systems on two recordings, choice by choice.

    Makes a transfer for every combination of the values on the axes, and one page with the spectrograms in a grid,
    players, figures, and what they say. The usual grid is Figure 1 of Wyse 2017. If it was stopped, the same command
    continues where it was.

        gramophone study speech.wav rooster.wav -o study
        gramophone study speech.wav fire.wav -o systems --grid preset=infinite,ulyanov2016 strength=0.3,0.6

    Args:
        content: What is said or played.
        style: What it is made of.
        output: The folder for everything; it is made if need be.
        grid: Axes and their values: preset, weights, noise, strength, seed, iterations, scale, envelopes, filters.
            Without a preset it is wyse2017.
        strength: Of every transfer, where it is no axis.
        iterations: StepProgress of every transfer, instead of the preset's: fewer is faster and rougher.
        seed: Of every transfer, where it is no axis.
        device: cpu or cuda; the best there is by default.
        overwrite: Replace what another study left in the folder.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    axes = parse_grid(grid)
    _check(output, (content, style))
    with Progress(quiet=quiet) as progress:
        from gramophone.request import TransferRequest
        from gramophone.runs.inputs import read

        base = TransferRequest(
            content=str(content),
            styles=(str(style),),
            preset=PRESET,
            iterations=iterations,
            strength=strength,
            device=device,
        )
        planned = [(cell, cell.request(base, seed)) for cell in cells(axes)]
        inputs = read((content, style), Terminal(progress))
        progress.show("loading torch")
        from gramophone.study.claims import conclusions
        from gramophone.study.page import study_page
        from gramophone.study.run import Study

        the_study = Study(planned, inputs, output)
        the_study.check(overwrite=overwrite)
        output.mkdir(exist_ok=True)
        results, new = _run(the_study, progress)
        evaluated = [cell for cell, _ in results]
        lines = conclusions(evaluated, axes)
        progress.show(f"writing {output / PAGE}")
        sounds = (inputs[0].sound, inputs[1].sound)
        _write(output / PAGE, study_page((content.name, style.name), sounds, results, axes, lines))
        _write(output / FIGURES, json_format.dumps(_plain(evaluated, lines), indent=1, allow_nan=False))
    outcome = {"folder": str(output), "page": str(output / PAGE), "made": new, **_plain(evaluated, lines)}
    write_stdout(json_format.dumps(outcome, allow_nan=False) if json else _text(output, new, len(evaluated), lines))
    return 0


def _run(the_study: "Study", progress: Progress) -> "tuple[list[tuple[EvaluatedCell, Sound]], int]":
    """Runs and evaluates all cells; returns them with their sounds, and how many were computed now.

    Raises:
        Interrupted: with the number of cells that are complete.
    """
    from gramophone.evaluation.pair_metrics import PairMetrics
    from gramophone.runs.inputs import load_sound
    from gramophone.study.claims import EvaluatedCell

    metrics = PairMetrics(*(one.sound for one in the_study.inputs))
    results: list[tuple[EvaluatedCell, Sound]] = []
    new = 0
    try:
        for cell, is_new in the_study.run(StepProgress(progress), progress.begin):
            new += is_new
            sound = load_sound(cell.path(the_study.folder), progress.warn)
            progress.show(f"evaluating {cell.name}")
            results.append((EvaluatedCell(cell, metrics.measure(sound)), sound))
    except Interrupted as error:
        raise Interrupted(
            error.signal_number,
            f"interrupted; {len(results)} of {len(the_study.planned)} cells are in {the_study.folder}; "
            "run the same command again to continue",
        ) from None
    return results, new


def _check(folder: Path, inputs: Sequence[Path]) -> None:
    """The page and the figures belong to the study, and are made anew each time."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the study")
    for name in (PAGE, FIGURES) if folder.exists() else ():
        check_output(folder / name, overwrite=True, inputs=inputs)
    if not folder.exists() and not folder.parent.is_dir():
        raise UsageError(f"the folder {folder.parent} does not exist; create it first")


def _write(path: Path, text: str) -> None:
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _plain(evaluated: Sequence["EvaluatedCell"], lines: Sequence[str]) -> dict[str, object]:
    return {
        "cells": [{"choices": dict(one.cell.choices), "figures": dict(one.figures)} for one in evaluated],
        "conclusions": list(lines),
    }


def _text(folder: Path, new: int, count: int, lines: Sequence[str]) -> str:
    head = f"{folder / PAGE}: {count} cells, {new} of them made now; open it in a browser"
    return "\n".join(map(one_line, [head, *(f"- {line}" for line in lines)]))
