"""The frames that a process and its workers exchange over pipes.

A frame is, in order and big-endian: the magic number (4 bytes), the length of the head and that of the body (4 bytes
each), the head (a JSON object in UTF-8 with the `kind` and the `data`), and the body (any bytes, such as samples).

A parent sends REQUEST, which workers handle one after the other, and CONTROL, which takes effect at once. A worker
sends READY when it can take requests, HEARTBEAT while it makes progress, any number of REPLY to a request and then
DONE, or FAILED, which is its last frame. Closing the pipe ends the worker.
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
        """The frame as bytes.

        Raises:
            ValueError: a number is not finite.
            TypeError: JSON cannot hold a value.
            ProtocolError: the frame is over the limits.
        """
        head = json.dumps({"kind": self.kind, "data": self.data}, allow_nan=False).encode()
        _check_lengths(len(head), len(self.body))
        return PREFIX.pack(MAGIC, len(head), len(self.body)) + head + self.body


class FrameDecoder:
    """Reassembles frames from chunks of any length."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame has begun and not ended; at the end of a stream, it was cut off."""
        return bool(self._buffer)

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
        raise ProtocolError(
            f"a frame has at most {MAX_HEAD_BYTES} bytes of head and {MAX_BODY_BYTES} of body, "
            f"not {head_bytes} and {body_bytes}"
        )
