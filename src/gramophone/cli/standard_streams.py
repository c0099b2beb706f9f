"""A recording from standard input, and a result to standard output, both as `-`."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from gramophone.cli.console import silence, unwritten
from gramophone.cli.options import STANDARD
from gramophone.errors import LimitError, UsageError, WriteError
from gramophone.request.base import SynthesisRequest

NAME = "standard-input"
MOST_BYTES = 1 << 30
R = TypeVar("R", bound=SynthesisRequest)
_PART_BYTES = 1 << 20


@contextmanager
def standard_input(request: R) -> Iterator[R]:
    """The same request with a file in place of `-`, which holds what comes from standard input.

    Raises:
        LimitError: more than 1 GiB comes.
        UsageError: two recordings are `-`, or there is no standard input.
    """
    if (asked := request.sounds.count(STANDARD)) == 0:
        yield request
        return
    if asked > 1:
        raise UsageError(f"{asked} recordings are '-', and standard input is one; name files for the others")
    with tempfile.TemporaryDirectory(prefix="gramophone-") as folder:
        path = Path(folder) / NAME
        _receive(path)
        yield request.with_sounds([str(path) if name == STANDARD else name for name in request.sounds])


def _receive(path: Path) -> None:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read from; name a file in place of '-'")
    received = 0
    with path.open("wb") as file:
        while part := sys.stdin.buffer.read(_PART_BYTES):
            received += len(part)
            if received > MOST_BYTES:
                raise LimitError(f"standard input holds more than {MOST_BYTES >> 20} MiB, which is the limit")
            file.write(part)


def send(path: Path) -> None:
    """Writes a file to standard output; a reader that has enough of it is no error.

    Raises:
        UsageError: there is no standard output.
        WriteError: it takes nothing.
    """
    if sys.stdout is None:
        raise UsageError("there is no standard output to write to; name a file with --output")
    try:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        raise WriteError(unwritten(error)) from error
