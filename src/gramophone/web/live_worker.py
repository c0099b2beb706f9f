"""A worker that plays through a sound: `python -m gramophone.web.live_worker`.

Its first request has the `files` of the styles and the settings of `LiveTransfer`; it is answered by
`latency_samples`. Each further request has a block of float32 samples as its body, and is answered by one of the same
length with the `meters`. A control frame sets `strength`, `mix`, `freeze` or `weights`.
"""

from concurrent.futures import Future
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gramophone.workers.protocol import Frame
from gramophone.workers.serve import Reply, serve

if TYPE_CHECKING:
    from gramophone.live import LiveTransfer


class LiveWorker:
    """One transfer, once it is opened."""

    def __init__(self) -> None:
        self._live: Future[LiveTransfer] = Future()

    def handle(self, request: Frame, reply: Reply) -> None:
        """Opens the transfer, or answers a block."""
        if not self._live.done():
            live = _open(**request.data)
            self._live.set_result(live)
            reply({"latency_samples": live.latency_samples})
            return
        import numpy as np

        live = self._live.result()
        made = live.process(np.frombuffer(request.body, "<f4").astype(np.float32))
        reply({"meters": asdict(live.meters)}, made.astype("<f4").tobytes())

    def control(self, frame: Frame) -> None:
        """Sets what the frame names, as soon as the transfer is open."""
        live = self._live.result()
        for name in ("strength", "mix", "freeze", "weights"):
            if name in frame.data:
                setattr(live, name, frame.data[name])


def _open(files: list[str], rate_hz: int, **settings: Any) -> "LiveTransfer":  # noqa: ANN401 (of `LiveTransfer`)
    import torch

    from gramophone import audio
    from gramophone.live import LiveTransfer
    from gramophone.live.priority import raise_priority, shorten_pauses

    # Its arrays are small, and the page that plays needs a core, too.
    torch.set_num_threads(1)
    live = LiveTransfer([audio.load(path) for path in files], rate_hz, watch_clock=True, **settings)
    raise_priority()
    shorten_pauses()
    return live


if __name__ == "__main__":
    worker = LiveWorker()
    serve(lambda: worker.handle, control=worker.control)
