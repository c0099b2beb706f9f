"""A texture without end, in a process of its own: `python -m gramophone.web.streamer`.

Standard input has one JSON object a line: first the order; then `{"next": true}` for each block that is wanted, and
`{"weights": [...], "at": SAMPLE}` to change the weights from a sample on. Each block is answered by a line of JSON
(`start`, `samples`, `channels`, `rate_hz`, `changes`: how many it has) and its samples, float32, channels in turn.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import Any, BinaryIO

import torch

from gramophone import audio
from gramophone.audio import Sound
from gramophone.errors import GramophoneError
from gramophone.request import StreamRequest
from gramophone.settings import Settings
from gramophone.synthesis import Stream
from gramophone.synthesis.blocks import ClosedError

BLOCK_S = 1.5
# Shares of the preset's iterations: a machine that is too slow for all of them makes do with fewer.
EFFORTS = (0.1, 0.25, 0.5, 1.0)
TOO_SLOW, EASY = 0.6, 0.25
# At most, for the first block after a change: it has to be there before what is still heard of the old weights ends.
AFTER_CHANGE = 1


class Streamer:
    """Makes blocks as they are wanted.

    Args:
        stream: whose blocks they are.

    Attributes:
        applied: changes that the blocks from now on have.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._full: Settings = stream.settings
        self._effort = 0
        self.applied = 0
        self._changes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._set_effort(0)

    def change(self, wanted: dict[str, Any]) -> None:
        """Notes a change, from any thread; the block that is being made is made again with it."""
        self._changes.put(wanted)
        self._stream.give_up()

    def block(self) -> tuple[int, Sound]:
        """The next block, and the sample at which it starts."""
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


def main() -> int:
    """Streams until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # The page that listens needs a core, too, and threads that wait for each other miss their time.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        streamer = Streamer(_open(asked))
        wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(streamer, wanted), daemon=True).start()
        while wanted.get():
            start, sound = streamer.block()
            _send(out, start, sound, streamer.applied)
    except GramophoneError as error:
        out.write(json.dumps({"error": str(error)}).encode() + b"\n")
        out.flush()
    return 0


def _open(asked: dict[str, Any]) -> Stream:
    request = StreamRequest.model_validate(asked["order"])
    sounds = [audio.load(path) for path in asked["files"]]
    return Stream(
        sounds,
        request.settings(),
        weights=request.style_weights,
        seed=request.seed,
        device=asked.get("device"),
        first_block_s=BLOCK_S,
        block_s=BLOCK_S,
        mix=request.style_mix,
    )


def _listen(streamer: Streamer, wanted: "queue.SimpleQueue[bool]") -> None:
    for line in sys.stdin.buffer:
        said = json.loads(line)
        if "weights" in said:
            streamer.change(said)
        else:
            wanted.put(True)
    os._exit(0)  # nobody listens any more


def _send(out: BinaryIO, start: int, sound: Sound, changes: int) -> None:
    channels, samples = sound.samples.shape
    head = {"start": start, "samples": samples, "channels": channels, "rate_hz": sound.rate_hz, "changes": changes}
    out.write(json.dumps(head).encode() + b"\n" + sound.samples.T.astype("<f4").tobytes())
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
