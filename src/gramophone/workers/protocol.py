"""The frames that a process and its workers exchange over pipes.

A frame is, big-endian: a magic number (4 bytes), the lengths of head and body (4 bytes each), the head (a JSON object
with `kind` and `data`, in UTF-8), and the body (any bytes, such as samples).

A parent sends REQUEST frames, which are handled one after the other, and CONTROL frames, which take effect at once. A
worker sends READY when it takes requests, HEARTBEAT while it makes progress, any number of REPLY frames to a request
and then DONE, or FAILED as its last frame. It ends when its parent closes the pipe.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAGIC = b"gph1"
PREFIX = struct.Struct(">4sII")
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
    """One message.

    Attributes:
        kind: meaning of the message.
        data: values that JSON can hold.
        body: binary data, such as samples.
    """

    kind: Kind
    data: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""

    def encode(self) -> bytes:
        """Returns the frame as bytes.

        Raises:
            ValueError: a number is not finite.
            ProtocolError: the frame is over the limits.
        """
        head = json.dumps({"kind": self.kind, "data": self.data}, allow_nan=False).encode()
        _check_lengths(len(head), len(self.body))
        return PREFIX.pack(MAGIC, len(head), len(self.body)) + head + self.body


class FrameDecoder:
    """Reassembles frames from chunks of any length."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yields the frames that this chunk completes.

        Raises:
            ProtocolError: the bytes are not a frame, or the frame is over the limits.
        """
        self._buffer += chunk
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        buffer = self._buffer
        if not MAGIC.startswith(buffer[: len(MAGIC)]):
            raise ProtocolError(f"expected a frame, got {bytes(buffer[:16])!r}")
        if len(buffer) < PREFIX.size:
            return None
        _, head_bytes, body_bytes = PREFIX.unpack_from(buffer)
        _check_lengths(head_bytes, body_bytes)
        body_start, end = PREFIX.size + head_bytes, PREFIX.size + head_bytes + body_bytes
        if len(buffer) < end:
            return None
        head, body = bytes(buffer[PREFIX.size : body_start]), bytes(buffer[body_start:end])
        del buffer[:end]
        try:
            values = json.loads(head)
            return Frame(Kind(values["kind"]), dict(values["data"]), body)
        except (ValueError, TypeError, KeyError) as error:
            raise ProtocolError(f"the head of a frame is invalid: {head[:80]!r}") from error


def _check_lengths(head_bytes: int, body_bytes: int) -> None:
    if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
        raise ProtocolError(f"a frame with {head_bytes} bytes of head and {body_bytes} of body is over the limits")
