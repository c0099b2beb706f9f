"""Loop points of WAV files: the chunk `smpl`, which samplers and editors read.

Specification: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991; the new chunk
in "New Multimedia Data Types and Data Techniques", 1994.
"""

import os
import struct
from pathlib import Path

MIDDLE_C = 60
_LOOP = struct.Struct("<6I")
_HEAD = struct.Struct("<9I")


def add_loop(path: Path, *, rate_hz: int, frames: int) -> None:
    """Appends a loop of the whole sound, forward and without end, at middle C, to a complete WAV file, in place.

    Args:
        path: WAV file with less than 4 GiB, without such a chunk.
        rate_hz: sample rate in Hz.
        frames: samples per channel.
    """
    loop = _LOOP.pack(0, 0, 0, frames - 1, 0, 0)
    head = _HEAD.pack(0, 0, round(1e9 / rate_hz), MIDDLE_C, 0, 0, 0, 1, 0)
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.write(bytes(end % 2))
        file.write(b"smpl" + struct.pack("<I", len(head) + len(loop)) + head + loop)
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


def loop_of(path: Path) -> tuple[int, int] | None:
    """First and last sample of the first loop of a WAV file; None if it has none.

    Args:
        path: WAV file.
    """
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return None
        file.seek(12)
        while len(chunk := file.read(8)) == 8:
            size = struct.unpack("<I", chunk[4:])[0]
            if chunk[:4] == b"smpl":
                data = file.read(size)
                if len(data) < _HEAD.size + _LOOP.size or not _HEAD.unpack_from(data)[7]:
                    return None
                _, _, first, last, _, _ = _LOOP.unpack_from(data, _HEAD.size)
                return first, last
            file.seek(size + size % 2, os.SEEK_CUR)
    return None
