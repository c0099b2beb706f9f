"""`gramophone evaluate`."""

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag, Whole
from gramophone.cli.progress import Progress
from gramophone.cli.sweep import run_sweep
from gramophone.cli.table import table
from gramophone.errors import UsageError
from gramophone.presets import DEFAULT

if TYPE_CHECKING:
    from gramophone.evaluation import Evaluation

BETTER = {"higher": "higher is better", "lower": "lower is better", "neither": "only shown"}


def evaluate(  # noqa: PLR0913
    reference: Annotated[Path, Parameter(name="REFERENCE")],
    result: Annotated[Path, Parameter(name="RESULT")],
    /,
    *,
    content: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    sweep: Flag = False,
    preset: Annotated[str, Parameter(metavar="NAME,NAME")] = DEFAULT,
    iterations: Whole = None,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="OUT.svg")] = None,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """Say how good a result is, by measures that were not optimised.

    REFERENCE is the recording whose texture RESULT should have, or the original of a
    reconstruction; for a transfer it is the style, and --content names the other recording.

        gramophone evaluate fire.wav voice-in-fire.wav --content voice.wav

    With --content it tells what is kept of it (melody, harmony, words, spectral shape, onsets) and how
    far the result is made of the style; pip install 'gramophone[ears]' for all of that.

    With --sweep the two recordings are CONTENT and STYLE: transfers of several strengths show what
    they keep of CONTENT and how far they are made of STYLE, beside plain mixes of the two and the
    rivals (driedger2015, tralie2024, vocoder, cross).

        gramophone evaluate --sweep voice.wav fire.wav -o sweep.svg

    Args:
        reference: What the result should sound like; with --sweep the content.
        result: What was made; with --sweep the style.
        content: What the result should move like.
        sweep: Make transfers of several strengths and judge them.
        preset: What --sweep compares: one preset or more, with commas.
        iterations: StepProgress of each of its transfers, instead of the preset's.
        output: Picture that --sweep draws.
        overwrite: Replace the picture if it exists already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the figures as one JSON object, for scripts.
    """
    if sweep:
        if content is not None:
            raise UsageError("--sweep takes CONTENT and STYLE as its two recordings; leave out --content")
        return run_sweep(
            (reference, result),
            [name.strip() for name in preset.split(",")],
            iterations,
            output,
            overwrite=overwrite,
            quiet=quiet,
            json=json,
        )
    if output is not None:
        raise UsageError(f"{output} would not be written: only --sweep draws a picture; leave it out or add --sweep")
    with Progress(quiet=quiet) as progress:
        from gramophone.runs.inputs import load_sound

        paths = [reference, result] if content is None else [reference, result, content]
        sounds = [load_sound(path, progress.warn) for path in paths]
        progress.show("loading torch")
        from gramophone.evaluation import evaluate as judge

        progress.show("evaluating")
        found = judge(*sounds)
    write_stdout(json_format.dumps(found.as_json(), allow_nan=False) if json else _text(found))
    return 0


def _text(found: "Evaluation") -> str:
    head = ("measure", "value", "beside", "", "reading")
    rows = [(f.name, f.text, f.natural_text, BETTER[f.better], f.reading) for f in found.figures]
    beside = (
        "beside: the same between the halves of the reference; of the spectrum: between content and style; "
        "of what is kept of the content: what the style alone scores"
    )
    return "\n".join([table([head, *rows], numbers=(1, 2)), "", beside, *map(one_line, found.notes)])
