"""How a worker process and the server hear of each other: two pipes, so that the end of one is the end of both."""

import os
import sys
import threading
import time
from typing import BinaryIO

BEAT_S = 0.5
LONGEST_STEP_S = 300.0
BEAT, NEWS = b".", b"!"


class Pulse:
    """The worker's side: beats while the work goes on, tells of news, and ends the process with the server's end.

    Args:
        out: to the server.
        inward: from the server; a line wakes the worker, the end of the pipe ends it.
    """

    def __init__(self, out: BinaryIO, inward: BinaryIO) -> None:
        self._out = out
        self._in = inward
        self._woken = threading.Event()
        self._touched_s = time.monotonic()
        self._is_busy = False
        for target in (self._beat, self._listen):
            threading.Thread(target=target, name=target.__name__, daemon=True).start()

    @classmethod
    def over_standard_streams(cls) -> "Pulse":
        """Takes standard input and output; what libraries write to the latter goes to the error stream."""
        out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        return cls(out, sys.stdin.buffer)

    def tell(self) -> None:
        """Says that there is news in the store, and that the work goes on."""
        self._touched_s = time.monotonic()
        self._send(NEWS)

    def busy(self, is_busy: bool) -> None:
        """Work that takes longer than `LONGEST_STEP_S` without a word counts as hung."""
        self._touched_s = time.monotonic()
        self._is_busy = is_busy

    def rest(self, longest_s: float) -> None:
        """Sleeps until the server has something to do."""
        self._woken.wait(longest_s)
        self._woken.clear()

    def _beat(self) -> None:
        while True:
            if not self._is_busy or time.monotonic() - self._touched_s < LONGEST_STEP_S:
                self._send(BEAT)
            time.sleep(BEAT_S)

    def _listen(self) -> None:
        while self._in.readline():
            self._woken.set()
        os._exit(0)  # the server is gone; what was under way begins again with the next one

    def _send(self, sign: bytes) -> None:
        try:
            self._out.write(sign)
        except OSError:
            os._exit(0)
