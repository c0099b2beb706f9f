"""`gramophone evaluate --sweep`."""

import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.cli.console import put
from gramophone.cli.progress import Progress
from gramophone.cli.table import table
from gramophone.errors import UsageError
from gramophone.files import atomic_write, check_output
from gramophone.presets import preset

if TYPE_CHECKING:
    from gramophone.evaluation.sweep import Sweep


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
            raise UsageError(f"the picture {picture} cannot be drawn; give a name that ends in .svg")
        check_output(picture, overwrite=overwrite, inputs=files)
    with Progress(quiet=quiet) as progress:
        from gramophone.cli.terminal import Terminal
        from gramophone.runs.inputs import read

        content, style = (one.sound for one in read(files, Terminal(progress)))
        progress.say("loading torch")
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
    put(json_format.dumps(_plain(found), allow_nan=False) if json else _text(found))
    return 0


def _text(found: "Sweep") -> str:
    head = ("preset", "strength", "structure", "purity", "gain over mixing")
    rows = [
        (p.preset, f"{p.strength:g}", f"{p.placed.structure:.2f}", f"{p.placed.purity:.2f}", f"{p.gain:+.2f}")
        for p in found.points
    ]
    mixes = [("plain mix", "", f"{mix.structure:.2f}", f"{mix.purity:.2f}", "") for mix in found.mixes[::4]]
    return table([head, *rows, *mixes], numbers=range(1, 5))


def _plain(found: "Sweep") -> dict[str, object]:
    return {
        "points": [
            {
                "preset": p.preset,
                "strength": p.strength,
                "structure": p.placed.structure,
                "purity": p.placed.purity,
                "gain_over_mixing": p.gain,
            }
            for p in found.points
        ],
        "mixes": [{"structure": mix.structure, "purity": mix.purity} for mix in found.mixes],
    }
