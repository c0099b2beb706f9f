"""`gramophone demo`."""

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import write_stdout
from gramophone.cli.graceful_stop import Interrupted
from gramophone.cli.options import Flag
from gramophone.cli.progress import Progress, duration
from gramophone.cli.terminal import StepProgress

if TYPE_CHECKING:
    import gramophone.demo.run


def demo(
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="DIR")] = Path("demo-output"),
    report: Annotated[bool, Parameter(negative="--no-report", show_default=False)] = True,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """Try it without any recording: it makes its own sounds.

    Writes its own recordings, among them a spoken phrase, a melody, rain, a
    flute and a rhythm. Then makes new rain and a new rhythm, lets the phrase
    speak in rain and a flute play the melody, with a picture of each and a page
    to listen to all of it in a browser. All of it takes about a minute.

    Args:
        output: The folder for everything; it is made if need be.
        report: Write report.html, a page about all runs.
        overwrite: Replace what an earlier demo left there.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    with Progress(quiet=quiet) as progress:
        progress.show("loading torch")
        from gramophone.demo.run import run_demo

        try:
            done = run_demo(
                output, overwrite=overwrite, report=report, announce=progress.begin, observer=StepProgress(progress)
            )
        except Interrupted as error:
            raise Interrupted(
                error.signal_number, f"interrupted; the files that were complete by then are in {output}"
            ) from None
    write_stdout(json_format.dumps(_outcome(done), allow_nan=False) if json else _summary(done))
    return 0


def _outcome(report: "gramophone.demo.run.DemoReport") -> dict[str, object]:
    return {
        "folder": str(report.folder),
        "sounds": [str(path) for path in report.sounds],
        "runs": [
            {
                "name": run.name,
                "output": str(run.audio),
                "picture": str(run.picture),
                "record": str(run.record),
                "gain_db": run.gain_db,
                "seconds": run.seconds,
            }
            for run in report.runs
        ],
        **({"report": str(report.page)} if report.page else {}),
        "seconds": report.seconds,
    }


def _summary(report: "gramophone.demo.run.DemoReport") -> str:
    width = max(len(run.audio.name) for run in report.runs)
    lines = [f"the demo is in {report.folder}, made in {duration(report.seconds)}; listen to"]
    lines += [f"  {run.audio.name:{width}}  {run.name}, seen in {run.picture.name}" for run in report.runs]
    lines.append(f"made of {', '.join(path.name for path in report.sounds)}")
    if report.page:
        lines.append(f"open {report.page} in a browser to hear and see all of it")
    return "\n".join(lines)
