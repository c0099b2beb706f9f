"""Giving a finished result another name and place, with its run record."""

import shutil
from dataclasses import replace

from gramophone.audio import Written
from gramophone.files import atomic_write
from gramophone.runs.execute import Outcome
from gramophone.runs.run import Run
from gramophone.runs.run_record import read_record, write_record


def publish(outcome: Outcome, run: Run) -> Written:
    """Copies the sound of an outcome and its record to where a run belongs.

    Args:
        outcome: a completed run.
        run: names the files; the record states the command that makes the same result alone.

    Returns:
        Facts about the new file.

    Raises:
        UsageError: a file exists and may not be replaced.
        WriteError: the system refuses.
    """
    with atomic_write(run.output, overwrite=run.overwrite) as temporary:
        shutil.copyfile(outcome.written.path, temporary)
    record = read_record(outcome.run.record)
    record["output"]["path"] = str(run.output)
    record["command"] = outcome.run.request.command(str(run.output))
    write_record(run.record, record, overwrite=run.overwrite)
    return replace(outcome.written, path=run.output)
