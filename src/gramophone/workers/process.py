"""The parent's side: one worker process, what it is asked, and why it ended."""

import asyncio
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import IO, Any, cast

from gramophone.workers.protocol import Frame, FrameDecoder, Kind, ProtocolError
from gramophone.workers.subprocess_env import environment, how_it_ended

START_LIMIT_S = 120.0
POLL_S = 0.25
CHUNK_BYTES = 1 << 20


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
        silence_limit_s: time without a frame after which a worker that is ready counts as hung.
        is_quiet: whether to drop what it writes to standard error.

    Attributes:
        is_ready: whether it takes requests.
    """

    def __init__(
        self,
        entry: ModuleType,
        *words: str,
        variables: Mapping[str, str] | None = None,
        silence_limit_s: float = 4.0,
        is_quiet: bool = False,
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", entry.__name__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if is_quiet else None,
            bufsize=0,
            env=variables or environment(),
            start_new_session=True,
        )
        self._in, self._out = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._sending, self._receiving = threading.Lock(), threading.Lock()
        self._decoder = FrameDecoder()
        self._ending: WorkerEndedError | None = None
        self._silence_limit_s = silence_limit_s
        self._heard_s = time.monotonic()
        self._unanswered = 0
        self.is_ready = False

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def send(self, kind: Kind, data: dict[str, Any]) -> None:
        """Sends a REQUEST, to be handled after those before it, or a CONTROL; without effect if the worker ended."""
        rest = memoryview(Frame(kind, data).encode())
        try:
            with self._sending:
                self._unanswered += kind == Kind.REQUEST
                while rest and not self._in.closed:
                    rest = rest[self._in.write(rest) :]
        except OSError:
            return  # it has just ended, and whoever listens hears of it

    def receive(self, timeout_s: float = POLL_S) -> list[Frame]:
        """Returns the frames other than heartbeats that arrive within a time; an empty list if there are none.

        Raises:
            WorkerFailedError: a handler raised.
            WorkerEndedError: the process ended; or it sent garbage or was silent for too long, and is ended now.
        """
        with self._receiving:
            frames = self._read(timeout_s) if self._ending is None else []
            if self._ending is not None and not frames:
                raise self._ending
        return frames

    def ask(self, data: dict[str, Any], *, limit_s: float = float("inf")) -> Iterator[Frame]:
        """Sends a request and yields the replies to it and to requests before it, until all are done.

        Raises:
            WorkerEndedError: see `receive`.
            TimeoutError: it takes longer than `limit_s`.
        """
        self.send(Kind.REQUEST, data)
        end_s = time.monotonic() + limit_s
        while self._unanswered:
            yield from (frame for frame in self.receive() if frame.kind == Kind.REPLY)
            if self._unanswered and time.monotonic() > end_s:
                raise TimeoutError

    async def ask_async(self, data: dict[str, Any], *, limit_s: float) -> list[Frame]:
        """Returns all replies as `ask` does; the worker is ended if that fails or is cancelled."""
        try:
            return await asyncio.to_thread(lambda: list(self.ask(data, limit_s=limit_s)))
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Tells the system to end the process."""
        self._process.kill()

    def end(self) -> int:
        """Ends the process if it has not ended, and returns its exit code."""
        self.kill()
        with self._sending, self._receiving:
            self._ending = self._ending or WorkerEndedError("the worker was ended")
            self._in.close()
            self._out.close()
        return self._process.wait()

    def _read(self, timeout_s: float) -> list[Frame]:
        """The next frames; sets `_ending` where they are the last ones."""
        if not _is_readable(self._out, timeout_s):
            limit_s = self._silence_limit_s if self.is_ready else START_LIMIT_S
            if time.monotonic() - self._heard_s > limit_s:
                self._give_up(f"the worker did not answer for {limit_s:g} s and was ended; try again")
            return []
        self._heard_s = time.monotonic()
        if not (chunk := self._out.read(CHUNK_BYTES)):
            self._ending = WorkerEndedError(how_it_ended(self._process.wait()))
        frames = []
        try:
            for frame in self._decoder.feed(chunk):
                if frame.kind == Kind.FAILED:
                    self._ending = WorkerFailedError(str(frame.data["error"]), int(frame.data["exit_code"]))
                    break
                self.is_ready |= frame.kind == Kind.READY
                self._unanswered -= frame.kind == Kind.DONE
                frames.append(frame)
        except (ProtocolError, KeyError) as error:
            self._give_up(f"the worker sent invalid data ({error}) and was ended; try again")
        return [frame for frame in frames if frame.kind != Kind.HEARTBEAT]

    def _give_up(self, reason: str) -> None:
        self._ending = WorkerEndedError(reason)
        self.kill()


def _is_readable(stream: IO[bytes], timeout_s: float) -> bool:
    with selectors.PollSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(timeout_s))
