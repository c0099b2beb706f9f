"""A stream of a causal model whose conditions change while it plays."""

import queue
from typing import Any

from gramophone.audio import Sound
from gramophone.synthesis.raw_texture import RawStream


class SteeredModel:
    """Makes blocks on demand; what is ahead of the listener is taken back when a condition changes.

    Args:
        stream: stream that makes the blocks.

    Attributes:
        applied: number of changes that the next block has.
    """

    def __init__(self, stream: RawStream) -> None:
        self._stream = stream
        self.applied = 0
        self._changes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def change(self, wanted: dict[str, Any]) -> None:
        """Queues other `values` of conditions from the sample `at` on, from any thread."""
        self._changes.put(wanted)

    def block(self) -> tuple[int, Sound]:
        """Returns the next block, and the sample at which it starts."""
        while not self._changes.empty():
            wanted = self._changes.get()
            self._stream.take_back(max(0, self._stream.samples - int(wanted["at"])))
            self._stream.steer(wanted["values"])
            self.applied += 1
        start = self._stream.samples
        return start, next(self._stream)
