"""The frames that a process and its workers exchange over a pair of sockets.

A frame is, big-endian: a magic number (4 bytes), the lengths of head and body (4 bytes each), the head (a JSON object
with `kind` and `data`, in UTF-8), and the body (any bytes, such as samples).

A parent sends REQUEST frames, which are handled one after the other, and CONTROL frames, which take effect at once. A
worker sends READY when it takes requests, HEARTBEAT while it makes progress, any number of REPLY frames to a request
and then DONE, or FAILED as its last frame. It ends when its parent closes the socket.
"""

import json
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PREFIX = struct.Struct(">4sII")
MAGIC = b"gph1"
MAX_HEAD_BYTES = 16 * 2**20
MAX_BODY_BYTES = 256 * 2**20


class Kind(StrEnum):
    """What a frame means."""

    REQUEST = "request"
    CONTROL = "control"
    READY = "ready"
    HEARTBEAT = "heartbeat"
    REPLY = "reply"
    DONE = "done"
    FAILED = "failed"


class ProtocolError(Exception):
    """Bytes that are not a frame, or a frame over the limits."""


@dataclass(frozen=True)
class Frame:
    """One message: its meaning, values that JSON can hold, and binary data."""

    kind: Kind
    data: dict[str, Any]
    body: bytes = b""


class Channel:
    """Frames over one end of a pair of sockets; any thread may send, one at a time receives."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = connection.makefile("rb")
        self._sending = threading.Lock()

    def send(self, frame: Frame) -> None:
        """Sends all of a frame.

        Raises:
            ValueError: a number is not finite.
            OSError: the other side is gone, or takes nothing for as long as `receive` would wait.
        """
        head = json.dumps({"kind": frame.kind, "data": frame.data}, allow_nan=False).encode()
        with self._sending:
            self._socket.sendall(PREFIX.pack(MAGIC, len(head), len(frame.body)) + head + frame.body)

    def receive(self, limit_s: float | None = None) -> Frame:
        """Waits for a frame, and no longer than `limit_s` without a byte of it.

        Raises:
            EOFError: the other side is gone, perhaps in the middle of a frame.
            TimeoutError: the other side is silent.
            ProtocolError: the bytes are not a frame, or the frame is over the limits.
        """
        prefix = self._read(PREFIX.size, limit_s)
        magic, head_bytes, body_bytes = PREFIX.unpack(prefix)
        if magic != MAGIC:
            raise ProtocolError(f"expected a frame, got {prefix!r}")
        if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
            raise ProtocolError(
                f"a frame with {head_bytes} bytes of head and {body_bytes} of body is over the limits"
            )
        head, body = self._read(head_bytes, limit_s), self._read(body_bytes, limit_s)
        try:
            values = json.loads(head)
            return Frame(Kind(values["kind"]), dict(values["data"]), body)
        except (ValueError, TypeError, KeyError) as error:
            raise ProtocolError(f"the head of a frame is invalid: {head[:80]!r}") from error

    def close(self) -> None:
        """Closes the connection; a thread that waits for a frame gets EOFError."""
        with suppress(OSError):  # closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.close()
        self._socket.close()

    def _read(self, count: int, limit_s: float | None) -> bytes:
        try:
            self._socket.settimeout(limit_s)
            found = self._reader.read(count)
        except TimeoutError:
            raise
        except (OSError, ValueError):  # reset by the other side, or closed on this one
            raise EOFError from None
        if len(found) < count:
            raise EOFError
        return found
