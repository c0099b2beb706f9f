"""Exceptions as one sentence and an exit code."""

import errno
import os
import traceback

from gramophone.cli.console import unwritten, write_stderr
from gramophone.cli.graceful_stop import exit_code
from gramophone.errors import OUT_OF_MEMORY, GramophoneError, LimitError, UsageError, WriteError, is_out_of_memory

TRACEBACK = "GRAMOPHONE_TRACEBACK"


def explain(error: BaseException) -> int:
    """Writes an exception to stderr; returns the exit code."""
    if isinstance(error, SystemExit):
        return _status(error)
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    if isinstance(error, GramophoneError):
        write_stderr(str(error))
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        write_stderr(str(error) or "interrupted; nothing was written")
        return exit_code(error)
    if _is_usage(error):
        words = ("gramophone", *(getattr(error, "command_chain", None) or ()))
        write_stderr(f"{' '.join(str(error).split())} (see '{' '.join(words)} --help')")
        return UsageError.exit_code
    return _unexpected(error)


def _unexpected(error: BaseException) -> int:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is None:
        write_stderr(unwritten(error))
        return WriteError.exit_code
    if is_out_of_memory(error):
        write_stderr(OUT_OF_MEMORY)
        return LimitError.exit_code
    write_stderr(
        f"an unexpected {type(error).__name__} ({error}): a fault of gramophone; "
        f"please report it with the command and what it prints with {TRACEBACK}=1"
    )
    return 1


def _status(error: SystemExit) -> int:
    # Printing help to a closed pipe exits the program, which is not an error.
    if error.code is None or isinstance(error.__context__, BrokenPipeError):
        return 0
    return error.code if isinstance(error.code, int) else 1


def _is_usage(error: BaseException) -> bool:
    from cyclopts import CycloptsError

    return isinstance(error, CycloptsError)
