"""A transfer between a sound card's callback and a thread of its own."""

import threading
import time
from collections.abc import Callable

import numpy as np

from gramophone.live.priority import raise_priority
from gramophone.live.transfer import LiveTransfer
from gramophone.live.windows import Samples

LEAD_BLOCKS = 2
ROOM_BLOCKS = 64
POLLS_PER_BLOCK = 8
FADE_SAMPLES = 64

Recorder = Callable[[Samples, Samples], object]


class SharedRing:
    """First in, first out, between one thread that writes and one that reads; neither ever waits.

    Args:
        room: largest number of samples that wait.
    """

    def __init__(self, room: int) -> None:
        self._memory = np.zeros(room, np.float32)
        self._written = self._read = 0

    def __len__(self) -> int:
        """Number of samples that wait."""
        return self._written - self._read

    def write(self, new: Samples) -> int:
        """Appends what there is room for; returns its number."""
        room = len(self._memory)
        count = min(len(new), room - len(self))
        at = self._written % room
        first = min(count, room - at)
        self._memory[at : at + first] = new[:first]
        self._memory[: count - first] = new[first:count]
        self._written += count
        return count

    def read(self, out: Samples) -> int:
        """Fills `out` as far as samples wait; returns their number."""
        room = len(self._memory)
        count = min(len(out), len(self))
        at = self._read % room
        first = min(count, room - at)
        out[:first] = self._memory[at : at + first]
        out[first:count] = self._memory[: count - first]
        self._read += count
        return count

    def skip(self, count: int) -> int:
        """Leaves out what waits, at most `count` samples; returns their number."""
        count = min(count, len(self))
        self._read += count
        return count


class Session:
    """Computes in a thread what a callback of a sound card asks for.

    The callback copies samples between its buffers and memory that exists already, and never waits. The output is
    two blocks later than that of the transfer; blocks that are not done by then are silent and counted.

    Args:
        live: what is played.
        block: number of samples that the callback usually brings.
        recorder: told of every block of the input and of the output, in the thread.

    Attributes:
        blocks: blocks that the callback brought.
        missed: blocks of the output that were not done in time.
        error: what ended the thread, if anything did.
    """

    def __init__(self, live: LiveTransfer, block: int, recorder: Recorder | None = None) -> None:
        self.live, self.block = live, block
        self.blocks = self.missed = 0
        self.error: BaseException | None = None
        self._recorder = recorder
        self._in, self._out = SharedRing(ROOM_BLOCKS * block), SharedRing(ROOM_BLOCKS * block)
        self._out.write(np.zeros(LEAD_BLOCKS * block, np.float32))
        self._owed, self._last = 0, 0.0
        self._fade = np.linspace(1, 0, FADE_SAMPLES, endpoint=False, dtype=np.float32)
        self._running = False
        self._thread = threading.Thread(target=self._run, name="gramophone-live", daemon=True)

    @property
    def latency_samples(self) -> int:
        """Delay of the output, without that of the sound card."""
        return self.live.latency_samples + LEAD_BLOCKS * self.block

    def __enter__(self) -> "Session":
        """Starts the thread."""
        self._running = True
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the thread."""
        self._running = False
        self._thread.join()

    def exchange(self, heard: Samples, out: Samples) -> None:
        """What a callback does: gives a block of the input and gets one of the output.

        Args:
            heard: new samples; what has no room is lost.
            out: is filled.
        """
        self.blocks += 1
        self._in.write(heard)
        if self._owed:
            self._owed -= self._out.skip(self._owed)
        got = self._out.read(out)
        if got < len(out):
            self.missed += 1
            self._owed += len(out) - got
            # From what sounded last to silence without a click.
            last = float(out[got - 1]) if got else self._last
            faded = min(FADE_SAMPLES, len(out) - got)
            out[got + faded :] = 0.0
            np.multiply(self._fade[:faded], last, out=out[got : got + faded])
        self._last = float(out[-1])

    def _run(self) -> None:
        raise_priority()
        block, rest_s = np.zeros(self.block, np.float32), self.block / self.live.rate_hz / POLLS_PER_BLOCK
        try:
            while self._running:
                if len(self._in) < self.block:
                    time.sleep(rest_s)
                    continue
                self._in.read(block)
                made = self.live.process(block)
                self._out.write(made)
                if self._recorder is not None:
                    self._recorder(block, made)
        except BaseException as error:  # noqa: BLE001 - told to whoever watches the session
            self.error = error
