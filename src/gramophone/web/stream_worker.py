"""A worker that makes an endless texture: `python -m gramophone.web.stream_worker`.

Its first request has the `request`, the `files` of its sounds and the `device`. Each further request is answered by a
block: `start`, `samples`, `channels`, `rate_hz` and `changes` (how many it has), and in the body its float32 samples,
channels in turn. A control frame with `weights` and `at` changes the weights from that sample on, one with `values`
and `at` the conditions of a model.
"""

import os
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Reply, serve

if TYPE_CHECKING:
    from gramophone.web.adaptive_stream import AdaptiveStream
    from gramophone.web.steered_model import SteeredModel

BLOCK_S = 1.5


class StreamWorker:
    """One stream, once it is opened."""

    def __init__(self) -> None:
        self._stream: Future[AdaptiveStream | SteeredModel] = Future()

    def handle(self, request: Frame, reply: Reply) -> None:
        """Opens the stream, or makes its next block."""
        if not self._stream.done():
            self._stream.set_result(_open(**request.data))
            return
        stream = self._stream.result()
        start, sound = stream.block()
        channels, samples = sound.samples.shape
        data = {"start": start, "samples": samples, "channels": channels, "rate_hz": sound.rate_hz}
        reply({**data, "changes": stream.applied}, sound.samples.T.astype("<f4").tobytes())

    def control(self, frame: Frame) -> None:
        """Changes weights or conditions of the stream, as soon as it is open."""
        self._stream.result().change(frame.data)


def _open(request: dict[str, Any], files: list[str], device: str | None) -> "AdaptiveStream | SteeredModel":
    import torch

    from gramophone import audio
    from gramophone.request import StreamRequest
    from gramophone.web.adaptive_stream import AdaptiveStream

    # The page that listens needs a core, too, and threads that wait for each other miss their time.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    if "network" in request:
        from gramophone.web.steered_model import SteeredModel

        torch.set_num_threads(1)
        return SteeredModel(StreamRequest.model_validate(request).open_network())
    stream = StreamRequest.model_validate({**request, "device": device})
    sounds = [audio.load(path) for path in files]
    return AdaptiveStream(stream.open(sounds, first_block_s=BLOCK_S, block_s=BLOCK_S))


if __name__ == "__main__":
    worker = StreamWorker()
    serve(lambda: worker.handle, control=worker.control)
