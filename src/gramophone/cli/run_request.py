"""Running what a command asks for, and the exit code."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.cli.console import write_stderr, write_stdout
from gramophone.cli.graceful_stop import Interrupted
from gramophone.cli.options import STANDARD, RunOptions
from gramophone.cli.progress import Progress
from gramophone.cli.standard_streams import send, standard_input
from gramophone.cli.terminal import Terminal, told, told_interrupted
from gramophone.errors import GramophoneError, UsageError
from gramophone.files import remove_stale

if TYPE_CHECKING:
    from gramophone.request import TextureRequest, TransferRequest
    from gramophone.runs.execute import Outcome
    from gramophone.runs.run import Run

FAILED = 1


def run_request(request: "TextureRequest | TransferRequest", options: RunOptions, command: tuple[str, ...]) -> int:
    """Runs a request, or one for each recording and take; says what became of it, and returns the exit code.

    Raises:
        GramophoneError: it was refused or failed; of a failure that left something to keep, after saying so. Where
            there are several results, one that fails stops no other.
    """
    if options.play:
        from gramophone.cli.playing import check_player

        check_player()
    with standard_input(request) as request:  # noqa: PLR1704 - the same request
        if options.output == Path(STANDARD):
            return _to_standard_output(request, options)
        from gramophone.cli.planned import planned

        runs = planned(request, options, command)
        if len(runs) == 1:
            return run_one(runs[0], options)
        codes = [run_of_several(run, options) for run in runs]
        return max(codes)


def run_one(run: "Run", options: RunOptions) -> int:
    """Runs, says what became of it, and returns the exit code.

    Raises:
        GramophoneError: as `run_request`.
    """
    outcome, terminal = executed(run, quiet=options.quiet)
    write_stdout(json.dumps(outcome.as_json(), allow_nan=False) if options.json else told(outcome))
    if outcome.failure is not None:
        raise outcome.failure
    if terminal.signal_number is not None:
        write_stderr(told_interrupted(outcome))
        return 128 + terminal.signal_number
    if options.play:
        from gramophone.cli.playing import play

        play(outcome.written.path)
    return 0


def executed(run: "Run", *, quiet: bool) -> "tuple[Outcome, Terminal]":
    """Runs and shows how far it is.

    Raises:
        GramophoneError: it was refused, or failed without a result to keep.
    """
    with Progress(quiet=quiet) as progress:
        from gramophone.runs.execute import execute

        terminal = Terminal(progress)
        remove_stale(run.files)
        return execute(run, terminal), terminal


def run_of_several(run: "Run", options: RunOptions) -> int:
    """Runs one of several; a failure is said and stops no other, a signal stops all."""
    try:
        code = run_one(run, options)
    except GramophoneError as error:
        write_stderr(f"{run.output}: {error}")
        return FAILED
    if code >= 128:
        raise Interrupted(code - 128, "what was complete before is kept")
    return code


def _to_standard_output(request: "TextureRequest | TransferRequest", options: RunOptions) -> int:
    from gramophone.runs.run import Run

    several = options.takes > 1 or options.each or any(Path(name).is_dir() for name in request.sounds)
    if several or options.json or options.report:
        odd = "several results" if several else "--json" if options.json else "--report"
        raise UsageError(f"standard output takes the sound and nothing else, so {odd} cannot go there; name a file")
    with tempfile.TemporaryDirectory(prefix="gramophone-") as folder:
        outcome, terminal = executed(Run(request, Path(folder) / "result.wav"), quiet=options.quiet)
        send(outcome.written.path)
    if outcome.failure is not None:
        raise outcome.failure
    return 0 if terminal.signal_number is None else 128 + terminal.signal_number
