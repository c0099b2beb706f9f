"""The worker's side: handles requests for as long as its parent lives."""

import contextlib
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from gramophone.errors import describe_error
from gramophone.workers.protocol import Channel, Frame, Kind

HEARTBEAT_S = 0.5

Reply = Callable[..., None]
"""`reply(data, body=b"")` answers a request, any number of times."""

Handler = Callable[[Frame, Reply], object]


def serve(
    set_up: Callable[[], Handler],
    *,
    control: Callable[[Frame], object] | None = None,
    step_limit_s: float = float("inf"),
    niceness: int = 0,
    oom_score: int = 0,
) -> NoReturn:
    """Handles requests one after the other, in the main thread, until the parent closes the socket.

    A handler that raises ends the worker: its last frame holds the error in one sentence.

    Args:
        set_up: loads what requests need and returns the handler; heartbeats go on meanwhile.
        control: takes CONTROL frames, at once and in another thread.
        step_limit_s: time without a reply after which the heartbeat of a busy worker stops, so that it is replaced.
        niceness: added to the priority value of the process.
        oom_score: how readily the system ends this process when memory runs out, up to 1000.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers itself
    with contextlib.suppress(OSError, AttributeError):  # macOS, Windows
        os.nice(niceness)
        Path("/proc/self/oom_score_adj").write_text(str(oom_score), encoding="ascii")
    worker = _Worker(control, step_limit_s)
    try:
        handle = set_up()
        worker.send(Kind.READY)
        while True:
            handle(worker.next_request(), worker.reply)
            worker.send(Kind.DONE)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the parent has to know
        worker.fail(error)


class _Worker:
    """The socket, which was passed as standard input, a thread that listens and one that sends heartbeats."""

    def __init__(self, control: Callable[[Frame], object] | None, step_limit_s: float) -> None:
        self._channel = Channel(socket.socket(fileno=os.dup(0)))
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        self._control = control
        self._step_limit_s = step_limit_s
        self._step_s: float | None = None  # when the current request last made progress
        self._requests: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        for target in (self._listen, self._send_heartbeats):
            threading.Thread(target=target, daemon=True).start()

    def next_request(self) -> Frame:
        self._step_s = None
        request = self._requests.get()
        self._step_s = time.monotonic()
        return request

    def reply(self, data: dict[str, Any], body: bytes = b"") -> None:
        self._step_s = time.monotonic()
        self.send(Kind.REPLY, data, body)

    def send(self, kind: Kind, data: dict[str, Any] | None = None, body: bytes = b"") -> None:
        try:
            self._channel.send(Frame(kind, data or {}, body))
        except OSError:
            os._exit(0)  # nobody listens any more

    def fail(self, error: BaseException) -> NoReturn:
        """Sends the last words and ends the process, other threads included."""
        sentence, code = describe_error(error)
        self.send(Kind.FAILED, {"error": sentence, "exit_code": code})
        sys.stderr.flush()
        os._exit(code)

    def _send_heartbeats(self) -> None:
        while True:
            if self._step_s is None or time.monotonic() - self._step_s < self._step_limit_s:
                self.send(Kind.HEARTBEAT)
            time.sleep(HEARTBEAT_S)

    def _listen(self) -> None:
        try:
            while True:
                frame = self._channel.receive()
                if frame.kind == Kind.REQUEST:
                    self._requests.put(frame)
                elif self._control is not None:
                    self._control(frame)
        except EOFError:
            os._exit(0)
        except Exception as error:  # noqa: BLE001 - a worker that does not listen would outlive its parent
            self.fail(error)
