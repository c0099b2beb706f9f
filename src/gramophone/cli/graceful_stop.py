"""Ctrl-C, SIGTERM and a closed terminal: the first asks to stop, the second interrupts."""

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
        signal_number: number of the signal.
    """

    def __init__(self, signal_number: int, sentence: str = "interrupted; nothing was written") -> None:
        super().__init__(sentence)
        self.signal_number = signal_number


@dataclass
class StopRequest:
    """Whether a signal asked to stop after the present step.

    Attributes:
        signal_number: number of that signal; None so far.
    """

    signal_number: int | None = None


def exit_code(error: KeyboardInterrupt) -> int:
    """128 plus the number of the signal, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + getattr(error, "signal_number", signal.SIGINT)


@contextmanager
def signals_raised() -> Iterator[None]:
    """Raises `Interrupted` at every signal to stop."""

    def raise_at_once(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    with _handled(raise_at_once):
        yield


@contextmanager
def graceful_stop(has_begun: Callable[[], bool], stop: StopRequest | None = None) -> Iterator[StopRequest]:
    """Notes the first signal, to be checked between steps; raises `Interrupted` at the second.

    Args:
        has_begun: whether there is anything to keep; until then, the first signal raises as well.
        stop: receives the number of the signal; a new one by default.
    """
    stop = stop or StopRequest()

    def note(number: int, frame: FrameType | None) -> None:
        if not has_begun():
            raise Interrupted(number, "interrupted before the first step; nothing was written")
        if stop.signal_number is not None:
            raise Interrupted(stop.signal_number, "interrupted twice and given up; no unfinished file is left")
        stop.signal_number = number

    with _handled(note):
        yield stop


@contextmanager
def deferred_signals(stop: StopRequest) -> Iterator[None]:
    """Only notes signals, for the moment between two files that belong together."""

    def note(number: int, frame: FrameType | None) -> None:
        stop.signal_number = stop.signal_number or number

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
