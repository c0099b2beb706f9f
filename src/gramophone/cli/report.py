"""`gramophone report`."""

import json as json_format
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag
from gramophone.cli.progress import Progress
from gramophone.errors import UsageError
from gramophone.files import check_output

SUFFIX = ".html"


def report(
    *record: Annotated[Path, Parameter(name="RUN.json", required=True)],
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="FILE.html")] = None,
    rivals: Flag = False,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """One page about runs: listen, look and compare in a browser.

    The page is one HTML file that needs no network: players beside their
    spectrograms, losses, figures, all settings, the command that repeats the run.

        gramophone report more-rain.json voice-in-fire.json -o both.html

    Args:
        record: Run records, the .json files that lie beside results.
        output: The page; RUN.html beside the record by default, report.html for several.
        rivals: Draw what earlier methods keep of the same recordings beside the runs; takes a minute for each pair.
        overwrite: Replace the page if it exists already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    path = output or _beside(record)
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"{path} is not a name for a page; give one that ends in {SUFFIX}")
    check_output(path, overwrite=overwrite, inputs=record)
    with Progress(quiet=quiet) as progress:
        progress.show("loading torch")
        from gramophone.report import write_page

        write_page(path, record, announce=progress.show, overwrite=overwrite, rivals=rivals)
    outcome = {"report": str(path), "runs": [str(one) for one in record], "bytes": path.stat().st_size}
    said = f"{path}: {len(record)} run(s) in {path.stat().st_size / 1e6:.1f} MB; open it in a browser"
    write_stdout(json_format.dumps(outcome) if json else one_line(said))
    return 0


def _beside(records: Sequence[Path]) -> Path:
    return records[0].with_suffix(SUFFIX) if len(records) == 1 else records[0].with_name(f"report{SUFFIX}")
