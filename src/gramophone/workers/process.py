"""The parent's side: one worker process, what it is asked, and why it ended."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

from gramophone.workers.protocol import Channel, Frame, Kind, ProtocolError
from gramophone.workers.subprocess_env import environment, how_it_ended


class WorkerEndedError(Exception):
    """A worker that ended, or was ended because it could not be used; the message says why."""


class WorkerFailedError(WorkerEndedError):
    """A worker whose handler raised: its message, and the exit code of `gramophone.errors`."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class WorkerProcess:
    """One worker, `python -m ENTRY WORDS`, in a session of its own; any thread may send, one at a time receives.

    Args:
        entry: module that calls `serve` when it is run.
        words: arguments of its command line.
        variables: environment; by default that of this process.
        start_limit_s: time without a frame after which a worker that is not yet ready counts as hung.
        silence_limit_s: the same for one that is ready.
        is_quiet: whether to drop what it prints; otherwise that goes to standard error.

    Attributes:
        is_ready: whether it takes requests.
    """

    def __init__(
        self,
        entry: ModuleType,
        *words: str,
        variables: Mapping[str, str] | None = None,
        start_limit_s: float = 120.0,
        silence_limit_s: float = 4.0,
        is_quiet: bool = False,
    ) -> None:
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", entry.__name__, *words],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL if is_quiet else 2,
                stderr=subprocess.DEVNULL if is_quiet else None,
                env=variables or environment(),
                start_new_session=True,
            )
        self._start_limit_s = start_limit_s
        self._silence_limit_s = silence_limit_s
        self._unanswered = 0
        self._counting = threading.Lock()
        self.is_ready = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def send(self, kind: Kind, data: dict[str, Any], body: bytes = b"") -> None:
        """Sends a REQUEST, to be handled after those before it, or a CONTROL; without effect if the worker ended."""
        if kind == Kind.REQUEST:
            self._count_unanswered(1)
        with suppress(OSError):  # whoever receives hears of it
            self._channel.send(Frame(kind, data, body))

    def receive(self) -> Frame:
        """Waits for the next frame other than a heartbeat.

        Raises:
            WorkerFailedError: a handler raised.
            WorkerEndedError: the process ended; or it sent garbage or was silent for too long, and is ended now.
        """
        limit_s, reason = self._silence_limit_s if self.is_ready else self._start_limit_s, ""
        try:
            while (frame := self._channel.receive(limit_s)).kind == Kind.HEARTBEAT:
                pass
        except TimeoutError:
            reason = f"the worker did not answer for {limit_s:g} s and was ended; try again"
        except ProtocolError as error:
            reason = f"the worker sent invalid data ({error}) and was ended; try again"
        except EOFError:
            pass
        else:
            self.is_ready |= frame.kind == Kind.READY
            if frame.kind == Kind.DONE:
                self._count_unanswered(-1)
            if frame.kind != Kind.FAILED:
                return frame
            self.end()
            raise WorkerFailedError(str(frame.data["error"]), int(frame.data["exit_code"]))
        code = self.end()
        raise WorkerEndedError(reason or how_it_ended(code))

    def ask(self, data: dict[str, Any]) -> Iterator[Frame]:
        """Sends a request and yields the replies to it and to requests before it, until all are done.

        Raises:
            WorkerEndedError: see `receive`.
        """
        self.send(Kind.REQUEST, data)
        while self._unanswered:
            if (frame := self.receive()).kind == Kind.REPLY:
                yield frame

    async def ask_async(self, data: dict[str, Any], *, limit_s: float) -> list[Frame]:
        """Returns all replies; the worker is ended if that fails, is cancelled, or takes too long.

        Raises:
            WorkerEndedError: see `receive`.
            TimeoutError: it took longer than `limit_s`.
        """
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.to_thread(lambda: list(self.ask(data)))
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Tells the system to end the process."""
        self._process.kill()

    def end(self) -> int:
        """Ends the process if it has not ended, and returns its exit code."""
        self.kill()
        self._channel.close()
        return self._process.wait()

    def _count_unanswered(self, change: int) -> None:
        with self._counting:
            self._unanswered += change
