"""`gramophone listen`."""

import json as json_format
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag
from gramophone.cli.progress import Progress
from gramophone.cli.table import table
from gramophone.errors import UsageError
from gramophone.files import check_output

if TYPE_CHECKING:
    from gramophone.report.answers import Outcome

SUFFIX = ".html"


def listen(
    *record: Annotated[Path, Parameter(name="RUN.json")],
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="TEST.html")] = None,
    reference: Literal["style", "content"] = "style",
    answers: Annotated[tuple[Path, ...], Parameter(metavar="A.csv", consume_multiple=True, negative=())] = (),
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """A blind listening test of results, and what its answers say.

    The page is one HTML file that needs no network (MUSHRA, ITU-R BS.1534): results of the same recordings are rated
    beside each other, in random order and equally loud, with the reference hidden among them and an anchor without
    what lies above 3.5 kHz. It is worked by mouse or keyboard and saves its answers as a CSV file.

        gramophone listen study/*.json -o test.html
        gramophone listen --answers anna.csv ben.csv

    Args:
        record: Run records, the .json files that lie beside results; their flags name the systems.
        output: The page.
        reference: What results are held against: the style, or the content of transfers.
        answers: Files that the page saved: prints the mean of every system with its 95 % confidence interval.
        overwrite: Replace the page if it exists already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    if answers:
        if record or output:
            raise UsageError(
                "answers are evaluated without run records and without a page; leave out one or the other"
            )
        return _evaluate(answers, json=json)
    if not record:
        raise UsageError(
            "a listening test needs run records, or answers to evaluate; give RUN.json ..., or --answers"
        )
    if output is None or output.suffix.lower() != SUFFIX:
        raise UsageError(f"{output or 'nothing'} is not a name for a page; give one that ends in {SUFFIX} with -o")
    check_output(output, overwrite=overwrite, inputs=record)
    with Progress(quiet=quiet) as progress:
        progress.show("reading sounds")
        from gramophone.report.blind import write_listening_page
        from gramophone.report.trials import trials_of

        trials = trials_of(record, reference)
        progress.show(f"writing {output}")
        write_listening_page(output, trials, reference, overwrite=overwrite)
    sounds = sum(len(trial.stimuli) for trial in trials)
    outcome = {"page": str(output), "trials": len(trials), "sounds": sounds, "bytes": output.stat().st_size}
    said = f"{output}: {len(trials)} set(s), {sounds} sounds to rate; open it in a browser"
    write_stdout(json_format.dumps(outcome) if json else one_line(said))
    return 0


def _evaluate(paths: Sequence[Path], *, json: bool) -> int:
    from gramophone.report.answers import outcome, read_answers

    found = outcome(read_answers(paths))
    write_stdout(json_format.dumps(asdict(found), allow_nan=False) if json else _text(found))
    return 0


def _text(found: "Outcome") -> str:
    rows = [("system", "mean", "95 %", "ratings", "listeners")]
    for one in found.systems:
        spread = "-" if one.half_width is None else f"+- {one.half_width:.1f}"
        rows.append((one_line(one.system), f"{one.mean:.1f}", spread, str(one.ratings), str(one.listeners)))
    lines = [table(rows, numbers={1, 2, 3, 4}), f"confidence intervals over {found.unit}"]
    if found.left_out:
        names = one_line(", ".join(found.left_out))
        lines.append(f"left out, as they did not recognise the hidden reference: {names}")
    return "\n".join(lines)
