"""The parent's side: one worker process, what it is asked, and how it ended."""

import asyncio
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from types import ModuleType
from typing import IO, Any

from gramophone.processes import environment, how_it_ended
from gramophone.workers.protocol import Frame, FrameDecoder, Kind, ProtocolError

START_LIMIT_S = 120.0
SILENCE_LIMIT_S = 4.0
SEND_LIMIT_S = 5.0
POLL_S = 0.25
CHUNK_BYTES = 1 << 20


class WorkerEndedError(Exception):
    """A worker that has ended, or was ended as it could not be used; the message says why."""


class WorkerFailedError(WorkerEndedError):
    """A worker whose handler raised: the message is its error.

    Args:
        sentence: as the worker sent it.
        exit_code: of the error class, see `gramophone.errors`.
    """

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class WorkerProcess:
    """One worker: `python -m ENTRY WORDS`, in a session of its own.

    Frames can be sent from any thread; one thread receives.

    Args:
        entry: module that calls `serve` when it is run.
        words: arguments of its command line.
        variables: environment; by default that of this process.
        silence_limit_s: time without a frame after which a worker that is ready counts as hung.
        is_quiet: whether to drop what it writes to standard error.

    Attributes:
        is_ready: whether it can take requests.
        unanswered: number of requests that are not done.
    """

    def __init__(
        self,
        entry: ModuleType,
        *words: str,
        variables: Mapping[str, str] | None = None,
        silence_limit_s: float = SILENCE_LIMIT_S,
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
        self._in, self._out = _pipe(self._process.stdin), _pipe(self._process.stdout)
        os.set_blocking(self._in.fileno(), False)
        self._silence_limit_s = silence_limit_s
        self._heard_s = time.monotonic()
        self._decoder = FrameDecoder()
        self._ending: WorkerEndedError | None = None
        self._sending, self._receiving = threading.Lock(), threading.Lock()
        self.is_ready = False
        self.unanswered = 0

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def fileno(self) -> int:
        """The pipe to wait on, for `selectors`."""
        return self._out.fileno()

    def request(self, data: dict[str, Any] | None = None) -> None:
        """Asks for something; the worker handles requests one after the other."""
        self.unanswered += 1
        self._send(Frame(Kind.REQUEST, data or {}))

    def control(self, data: dict[str, Any]) -> None:
        """Sends what takes effect at once, in the middle of a request."""
        self._send(Frame(Kind.CONTROL, data))

    def receive(self, timeout_s: float = 0.0) -> list[Frame]:
        """Returns the replies, and READY and DONE, that arrive within a time; an empty list if there are none.

        Raises:
            WorkerFailedError: a handler raised.
            WorkerEndedError: the process ended, sent garbage or was silent for too long; it is ended now.
        """
        with self._receiving:
            if self._ending is not None:
                raise self._ending
            if self._out.closed:
                raise WorkerEndedError("the worker was ended")
            if not _wait(self._out, selectors.EVENT_READ, timeout_s):
                self._check_silence()
                return []
            chunk = self._out.read(CHUNK_BYTES) or b""
        self._heard_s = time.monotonic()
        if not chunk:
            raise WorkerEndedError(how_it_ended(self._process.wait()))
        frames = self._frames(chunk)
        if self._ending is not None and not frames:
            raise self._ending
        return frames

    def ask(self, data: dict[str, Any], *, limit_s: float) -> list[Frame]:
        """Sends a request and returns its replies, once it and those before it are done.

        Raises:
            WorkerEndedError: see `receive`.
            TimeoutError: it took longer than `limit_s`.
        """
        self.request(data)
        end_s, replies = time.monotonic() + limit_s, list[Frame]()
        while self.unanswered:
            if (left_s := end_s - time.monotonic()) <= 0:
                raise TimeoutError
            replies += [frame for frame in self.receive(min(left_s, POLL_S)) if frame.kind == Kind.REPLY]
        return replies

    async def ask_async(self, data: dict[str, Any], *, limit_s: float) -> list[Frame]:
        """Like `ask`, without blocking the event loop; the worker is ended when this fails or is cancelled."""
        try:
            return await asyncio.to_thread(self.ask, data, limit_s=limit_s)
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
            self._in.close()
            self._out.close()
        return self._process.wait()

    def _frames(self, chunk: bytes) -> list[Frame]:
        """The frames for the caller; an end is raised by the next call, so that frames before it are not lost."""
        frames = []
        try:
            for frame in self._decoder.feed(chunk):
                if frame.kind == Kind.FAILED:
                    self._ending = WorkerFailedError(str(frame.data["error"]), int(frame.data["exit_code"]))
                    break
                self.is_ready |= frame.kind == Kind.READY
                self.unanswered -= frame.kind == Kind.DONE
                if frame.kind != Kind.HEARTBEAT:
                    frames.append(frame)
        except (ProtocolError, KeyError) as error:
            self.kill()
            self._ending = WorkerEndedError(f"the worker sent invalid data ({error}) and was ended; try again")
        return frames

    def _check_silence(self) -> None:
        limit_s = self._silence_limit_s if self.is_ready else START_LIMIT_S
        if time.monotonic() - self._heard_s > limit_s:
            self.kill()
            raise WorkerEndedError(f"the worker did not answer for {limit_s:g} s and was ended; try again")

    def _send(self, frame: Frame) -> None:
        """Writes a frame; a worker that does not take it is ended, which is noticed when it is next listened to."""
        rest, end_s = memoryview(frame.encode()), time.monotonic() + SEND_LIMIT_S
        try:
            with self._sending:
                while rest and not self._in.closed:
                    if not _wait(self._in, selectors.EVENT_WRITE, max(0.0, end_s - time.monotonic())):
                        self.kill()
                        return
                    rest = rest[self._in.write(rest) or 0 :]
        except OSError:
            return  # it has just ended


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("the process was started with pipes")
    return stream


def _wait(stream: IO[bytes], event: int, timeout_s: float) -> bool:
    """Waits until a pipe can be read or written; tells whether it can."""
    with selectors.PollSelector() as selector:
        selector.register(stream, event)
        return bool(selector.select(timeout_s))
