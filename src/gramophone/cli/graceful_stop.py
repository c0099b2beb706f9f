"""Ctrl-C, SIGTERM and a closed terminal: first a wish to stop, then a command."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

Handler = Callable[[int, FrameType | None], None]


class Interrupted(KeyboardInterrupt):
    """A signal that ends the program at once.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int, sentence: str = "interrupted; nothing was written") -> None:
        super().__init__(sentence)
        self.number = number


@dataclass
class Wish:
    """Whether somebody wishes that the work ends after this step.

    Attributes:
        number: of the signal that said so.
    """

    number: int | None = None


def exit_code(error: KeyboardInterrupt) -> int:
    """128 plus the number of the signal, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + getattr(error, "number", signal.SIGINT)


@contextmanager
def raised() -> Iterator[None]:
    """Every signal to stop is an `Interrupted` at once."""

    def raise_at_once(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handled(raise_at_once):
        yield


@contextmanager
def graceful_stop(has_begun: Callable[[], bool], wish: Wish | None = None) -> Iterator[Wish]:
    """The first signal is a wish, to be looked at between steps; the second is `Interrupted` at once.

    Args:
        has_begun: whether there is anything worth keeping; until then the first signal interrupts, too.
        wish: where the signal is noted; a new one by default.
    """
    wish = wish or Wish()

    def note(number: int, frame: FrameType | None) -> None:
        if not has_begun():
            raise Interrupted(number, "interrupted before the first step; nothing was written")
        if wish.number is not None:
            raise Interrupted(wish.number, "interrupted twice and given up; no unfinished file is left")
        wish.number = number

    with _handled(note):
        yield wish


@contextmanager
def deferred_signals(wish: Wish) -> Iterator[None]:
    """For the moment between two files that belong together: a signal is noted, and nothing stops."""

    def note(number: int, frame: FrameType | None) -> None:
        wish.number = wish.number or number

    with _handled(note):
        yield


@contextmanager
def _handled(handler: Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # What is ignored stays ignored: that is how nohup keeps a program running.
    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: old for number, old in before.items() if old not in {signal.SIG_IGN, None}}
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
