"""Words for a reader: what goes to stdout and stderr, whatever characters a file name may hold."""

import os
import sys
from contextlib import suppress
from io import TextIOBase
from typing import IO


def write_stdout(text: str) -> None:
    """Writes lines to stdout; a reader that has gone away is no error, the work is done."""
    if sys.stdout is None:
        return
    try:
        if text:
            print(_writable(text, sys.stdout.encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def write_stderr(sentence: str) -> None:
    """Writes one line to stderr, under the name of the program."""
    # A terminal that was closed takes no more words, and nobody is left to read them.
    try:
        if sys.stderr is not None:
            words = _writable(f"gramophone: {one_line(sentence)}", sys.stderr.encoding)
            print(words, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which file names may hold."""
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def silence(stream: IO[str] | TextIOBase | None) -> None:
    """Sends the rest of a stream nowhere, so that the interpreter's last flush does not fail either."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno() if stream else -1)
        os.close(nowhere)


def _escape(letter: str) -> str:
    return " " if letter in "\r\n\t" else letter.encode("unicode_escape").decode("ascii")


def _writable(text: str, encoding: str | None) -> str:
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
