"""Output on stdout and stderr, safe for any file name and any closed stream."""

import os
import sys
from contextlib import suppress
from io import TextIOBase
from typing import IO

from gramophone.errors import WriteError


def write_stdout(text: str) -> None:
    """Writes lines to stdout; a closed pipe is not an error, as the work is done."""
    if sys.stdout is None:
        return
    try:
        if text:
            print(_writable(text, sys.stdout.encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        raise WriteError(unwritten(error)) from error


def unwritten(error: OSError) -> str:
    """Says that standard output takes nothing; what is left of it is dropped, or the interpreter would try again."""
    silence(sys.stdout)
    return (
        f"standard output could not be written: {error.strerror or error}; free some space, or send it somewhere else"
    )


def write_stderr(sentence: str) -> None:
    """Writes one line to stderr, after the name of the program."""
    # The terminal may have been closed.
    try:
        if sys.stderr is not None:
            words = _writable(f"gramophone: {one_line(sentence)}", sys.stderr.encoding)
            print(words, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def one_line(text: str) -> str:
    """The text with line breaks and control characters escaped, which file names may contain."""
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def silence(stream: IO[str] | TextIOBase | None) -> None:
    """Redirects a stream to the null device, so that the interpreter's last flush does not fail."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno() if stream else -1)
        os.close(nowhere)


def _escape(letter: str) -> str:
    return " " if letter in "\r\n\t" else letter.encode("unicode_escape").decode("ascii")


def _writable(text: str, encoding: str | None) -> str:
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
