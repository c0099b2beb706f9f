"""A part of a file, with some of its bytes in place of others: what a decoder is given instead of the file."""

import os
from collections.abc import Mapping
from io import BufferedIOBase


class FileView:
    """Bytes `start` to `end` of a file, for reading.

    Seeks to impossible positions, which damaged headers cause, are ignored.

    Args:
        file: seekable file, whose position changes.
        start: first byte.
        end: byte after the last one; that after the last of the file by default.
        patches: bytes that are read in place of those at a position of the view.

    Example:
        >>> import io
        >>> FileView(io.BytesIO(b"0123456789"), 2, 8, {1: b"ab"}).read()
        b'2ab567'
    """

    def __init__(
        self, file: BufferedIOBase, start: int = 0, end: int | None = None, patches: Mapping[int, bytes] | None = None
    ) -> None:
        self._file = file
        self._start = start
        self._size = (file.seek(0, os.SEEK_END) if end is None else end) - start
        self._patches = dict(patches or {})
        self._at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Seeks if possible; returns the position."""
        at = (0, self._at, self._size)[whence] + offset
        if 0 <= at < 2**62:
            self._at = at
        return self._at

    def tell(self) -> int:
        """Returns the position."""
        return self._at

    def read(self, count: int = -1, /) -> bytes:
        """Returns the next bytes, at most `count` unless that is negative."""
        left = max(0, self._size - self._at)
        self._file.seek(self._start + min(self._at, self._size))
        data = self._file.read(left if count < 0 else min(count, left))
        for place, patch in self._patches.items():
            first, last = max(place, self._at), min(place + len(patch), self._at + len(data))
            if first < last:
                part = patch[first - place : last - place]
                data = data[: first - self._at] + part + data[last - self._at :]
        self._at += len(data)
        return data
