"""Pages of Ogg streams (RFC 3533): where joined streams begin, and whether the last one is complete."""

import os
from io import BufferedIOBase

from gramophone.errors import LimitError

MOST_STREAMS = 1000
LARGEST_PAGE_BYTES = 65_307
_HEAD_BYTES = 27
_FIRST, _LAST = 2, 4  # flags of a page of its stream


def joined_streams(file: BufferedIOBase, name: str) -> list[tuple[int, int]]:
    """Finds the streams that follow one another in an Ogg file, as `cat a.ogg b.ogg` joins them.

    Args:
        file: seekable file that begins with `OggS`; its position changes.
        name: of the file, for the error.

    Returns:
        First byte of each stream, and the byte after its last one.

    Raises:
        LimitError: there are over 1000 of them.
    """
    end = file.seek(0, os.SEEK_END)
    starts, at, has_data = [0], 0, False
    while at < end:
        file.seek(at)
        head = file.read(_HEAD_BYTES + 255)
        if len(head) < _HEAD_BYTES or head[:4] != b"OggS":
            break  # damaged from here on
        is_first = bool(head[5] & _FIRST)
        if is_first and has_data:
            starts.append(at)
            if len(starts) > MOST_STREAMS:
                raise LimitError(
                    f"{name} holds over {MOST_STREAMS} joined streams, which is the limit; split the file"
                )
        has_data = not is_first
        at += _HEAD_BYTES + head[26] + sum(head[_HEAD_BYTES : _HEAD_BYTES + head[26]])
    return list(zip(starts, [*starts[1:], end], strict=True))


def lacks_end(file: BufferedIOBase) -> bool:
    """Returns whether the last page of an Ogg file is incomplete or not marked as the last of its stream.

    Args:
        file: seekable file; its position changes.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * LARGEST_PAGE_BYTES))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < _HEAD_BYTES or len(page) < _HEAD_BYTES + page[26]:
        return True
    table = page[_HEAD_BYTES : _HEAD_BYTES + page[26]]
    return len(page) < _HEAD_BYTES + page[26] + sum(table) or not page[5] & _LAST
