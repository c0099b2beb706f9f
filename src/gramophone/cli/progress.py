"""Progress on stderr: one line that is rewritten on a terminal, a few plain lines elsewhere."""

import os
import shutil
import sys
import time
import unicodedata
from contextlib import suppress
from io import TextIOBase
from types import TracebackType
from typing import TYPE_CHECKING

from gramophone.cli.console import one_line, silence, write_stderr

if TYPE_CHECKING:
    import gramophone.optim.minimise


class Progress:
    """Shows progress until its stream is closed.

    Args:
        quiet: whether to show only warnings.
        stream: text stream; stderr by default.

    Attributes:
        began_s: time of its start, on the performance counter.
    """

    def __init__(self, *, quiet: bool, stream: TextIOBase | None = None) -> None:
        self._stream = None if quiet else stream or sys.stderr
        self.began_s = time.perf_counter()
        can_rewrite = self._stream is not None and self._stream.isatty()
        self._is_live = can_rewrite and os.environ.get("TERM") != "dumb"
        self._shown = 0
        self._label = ""
        self._tenth = -1

    def __enter__(self) -> "Progress":
        """Begins; at the end the line is cleared away."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clears the line, so that what follows stands by itself."""
        self.clear()

    def show(self, text: str) -> None:
        """Shows what is being done."""
        if self._stream is None:
            return
        if self._is_live:
            self._rewrite(text)
        else:
            self._write(f"{one_line(text)}\n")

    def begin(self, label: str, text: str | None = None) -> None:
        """Shows what begins, by the text or the label; the steps that follow carry the label."""
        self._label, self._tenth = label, -1
        self.show(text or label)

    def step(self, step: "gramophone.optim.minimise.Step") -> None:
        """Shows a step, as often as `advance`."""
        self.advance(step.index, step.of, describe(step))

    def advance(self, done: int, of: int, text: str) -> None:
        """Shows how far it is: on a terminal every time, elsewhere at the start and about every tenth of the way."""
        tenth = 10 * done // of
        if self._is_live or tenth > self._tenth:
            self._tenth = tenth
            self.show(f"{self._label}  {text}")

    def note(self, text: str) -> None:
        """Shows something that stays on the terminal."""
        self.clear()
        if self._stream is not None:
            self._write(f"{one_line(text)}\n")

    def warn(self, text: str) -> None:
        """Shows a warning, even when quiet."""
        self.clear()
        write_stderr(f"warning: {text}")

    def clear(self) -> None:
        """Removes the rewritten line."""
        if self._shown:
            self._write(f"\r{' ' * self._shown}\r")
            self._shown = 0

    def _rewrite(self, text: str) -> None:
        # The last column stays free: some terminals wrap as soon as it is filled.
        line = _cut(one_line(text), self._columns() - 1)
        width = sum(map(_width, line))
        self._write(f"\r{line}{' ' * (self._shown - width)}")
        self._shown = width

    def _columns(self) -> int:
        with suppress(OSError, ValueError, AttributeError):
            columns = os.get_terminal_size(self._stream.fileno()).columns if self._stream else 0
            if columns:
                return columns
        return shutil.get_terminal_size().columns

    def _write(self, text: str) -> None:
        # A terminal that was closed must not end the work that was going on in it.
        try:
            if self._stream is not None:
                encoding = self._stream.encoding or "utf-8"
                self._stream.write(text.encode(encoding, "replace").decode(encoding))
                self._stream.flush()
        except (OSError, ValueError):
            silence(self._stream)
            self._stream = None


def describe(step: "gramophone.optim.minimise.Step") -> str:
    """A step in words, the most important first, as a narrow terminal cuts off the end."""
    terms = [f"{name} {value:.3g}" for name, value in step.losses.items()]
    parts = [f"{100 * step.index // step.of:3d} %", f"step {step.index}/{step.of}"]
    return "  ".join([*parts, f"{duration(step.remaining_s)} left", *terms])


def duration(seconds: float) -> str:
    """A duration such as 0.4 s, 38 s, 3 min 20 s or 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _cut(text: str, room: int) -> str:
    if sum(map(_width, text)) <= room:
        return text
    dots = "..." if room > 10 else ""
    kept, used = "", len(dots)
    for letter in text:
        used += _width(letter)
        if used > room:
            break
        kept += letter
    return kept + dots


def _width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
