"""`gramophone evaluate --sweep`."""

import json as json_format
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.cli.console import write_stdout
from gramophone.cli.progress import Progress
from gramophone.cli.table import table
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.presets import preset

if TYPE_CHECKING:
    from gramophone.evaluation.sweep import Heard, Sweep


def run_sweep(
    files: tuple[Path, Path],
    names: Sequence[str],
    iterations: int | None,
    picture: Path | None,
    *,
    overwrite: bool,
    quiet: bool,
    json: bool,
) -> int:
    """Transfers of several strengths, placed; a table, and a picture if one is asked for.

    Raises:
        UsageError: a preset or picture that cannot be; nothing is computed then.
    """
    for name in names:
        preset(name, "transfer", iterations=iterations)
    if picture is not None:
        if picture.suffix.lower() != ".svg":
            raise UsageError(f"{picture} is not a name for a picture; give one that ends in .svg")
        check_output(picture, overwrite=overwrite, inputs=files)
    with Progress(quiet=quiet) as progress:
        from gramophone.cli.terminal import Terminal
        from gramophone.runs.inputs import read

        content, style = (one.sound for one in read(files, Terminal(progress)))
        progress.show("loading torch")
        from gramophone.evaluation.sweep import sweep, sweep_svg

        found = sweep(
            content,
            style,
            names=names,
            iterations=iterations,
            announce=progress.begin,
            on_step=progress.step,
        )
        if picture is not None:
            with atomic_write(picture, overwrite=overwrite) as temporary:
                temporary.write_text(sweep_svg(found), encoding="utf-8")
    write_stdout(json_format.dumps(_plain(found), allow_nan=False) if json else _text(found))
    return 0


def _text(found: "Sweep") -> str:
    head = ("preset", "strength", "structure", "purity", "gain over mixing", "identity", "style", "leak")
    rows = [
        (
            p.preset,
            "-" if p.strength is None else f"{p.strength:g}",
            f"{p.placed.structure:.2f}",
            f"{p.placed.purity:.2f}",
            f"{p.gain:+.2f}",
            *_heard(p.heard),
        )
        for p in found.points
    ]
    mixes = [("plain mix", "", f"{mix.structure:.2f}", f"{mix.purity:.2f}", *[""] * 4) for mix in found.mixes[::4]]
    heard = [("plain mix", "", "", "", "", *_heard(mix)) for mix in found.heard_mixes]
    return table([head, *rows, *mixes, *heard], numbers=range(1, 8))


def _heard(heard: "Heard | None") -> tuple[str, str, str]:
    values = (None, None, None) if heard is None else (heard.identity, heard.style, heard.leak)
    first, second, third = ("-" if value is None else f"{value:.2f}" for value in values)
    return first, second, third


def _plain(found: "Sweep") -> dict[str, object]:
    return {
        "points": [
            {
                "preset": p.preset,
                "strength": p.strength,
                "structure": p.placed.structure,
                "purity": p.placed.purity,
                "gain_over_mixing": p.gain,
                **_plain_heard(p.heard),
            }
            for p in found.points
        ],
        "mixes": [{"structure": mix.structure, "purity": mix.purity} for mix in found.mixes],
        "heard_mixes": [_plain_heard(mix) for mix in found.heard_mixes],
    }


def _plain_heard(heard: "Heard | None") -> dict[str, float | None]:
    return {} if heard is None else asdict(heard)
