"""The command line: `gramophone COMMAND ...`. Nothing heavy is loaded before a command needs it."""

import os
import sys
from collections.abc import Sequence

from gramophone.cli.console import silence, write_stdout
from gramophone.cli.failure import explain
from gramophone.cli.graceful_stop import signals_raised
from gramophone.cli.memory import reuse_freed_memory
from gramophone.cli.threads import limit_spinning


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    Args:
        argv: the words after `gramophone`; those of this process by default.

    Returns:
        0, or 1 unexpected, 2 usage, 3 bad input, 4 limit, 5 model, 130 interrupted, 143 terminated.
    """
    if argv is None:
        limit_spinning(os.environ)
        reuse_freed_memory(os.environ)
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with signals_raised():
            from gramophone.cli.app import dispatch

            code = dispatch(words)
            write_stdout("")
    except BrokenPipeError:
        silence(sys.stdout)
        return 0
    except BaseException as error:  # noqa: BLE001 - the last place where an error can become a sentence
        return explain(error)
    return code
