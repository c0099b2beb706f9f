"""A stream that keeps pace with its listener: its effort follows the machine, its weights can change at any time."""

import queue
import time
from dataclasses import replace
from typing import Any

from gramophone.audio import Sound
from gramophone.settings import Settings
from gramophone.synthesis import Stream
from gramophone.synthesis.blocks import ClosedError

# Shares of the preset's iterations: a machine that is too slow for all of them makes do with fewer.
EFFORTS = (0.1, 0.25, 0.5, 1.0)
TOO_SLOW, EASY = 0.6, 0.25
# At most, for the first block after a change: it has to be there before what is still heard of the old weights ends.
AFTER_CHANGE = 1


class AdaptiveStream:
    """Makes blocks on demand, with as many optimiser steps as the machine has time for.

    Args:
        stream: stream that makes the blocks.

    Attributes:
        applied: number of changes that the next block has.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._full: Settings = stream.settings
        self._effort = 0
        self.applied = 0
        self._changes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._set_effort(0)

    def change(self, wanted: dict[str, Any]) -> None:
        """Queues a change of the weights, from any thread; the block in progress is made again with it."""
        self._changes.put(wanted)
        self._stream.give_up()

    def block(self) -> tuple[int, Sound]:
        """Returns the next block, and the sample at which it starts."""
        while True:
            self._apply()
            start, began_s = self._stream.samples, time.monotonic()
            try:
                sound = next(self._stream)
            except ClosedError:
                continue
            self._judge((time.monotonic() - began_s) / sound.duration_s)
            if self._changes.empty():
                return start, sound
            self._stream.take_back(sound.samples.shape[1])

    def _apply(self) -> None:
        while not self._changes.empty():
            wanted = self._changes.get()
            self._stream.take_back(max(0, self._stream.samples - int(wanted["at"])))
            self._stream.weights = wanted["weights"]
            self.applied += 1
            self._set_effort(min(self._effort, AFTER_CHANGE))

    def _judge(self, load: float) -> None:
        """Takes fewer iterations when a block takes too much of its own time, more when there is time to spare."""
        if load > TOO_SLOW:
            self._set_effort(max(0, self._effort - 1))
        elif load < EASY:
            self._set_effort(min(len(EFFORTS) - 1, self._effort + 1))

    def _set_effort(self, effort: int) -> None:
        self._effort = effort
        full, share = self._full, EFFORTS[effort]

        def part(steps: int) -> int:
            return max(1, round(share * steps))

        self._stream.settings = replace(
            full,
            optimiser=replace(full.optimiser, iterations=part(full.optimiser.iterations)),
            phase=replace(full.phase, iterations=part(full.phase.iterations)),
            waveform=replace(
                full.waveform,
                optimiser=replace(full.waveform.optimiser, iterations=part(full.waveform.optimiser.iterations)),
            ),
        )
