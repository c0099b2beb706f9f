"""What a file's own marks say about its length, for files whose decoder shortens them without a word."""

import os
from typing import BinaryIO

_STREAMED_BYTES = 0x7FFFF000
_OGG_PAGE_BYTES = 65_307


def declared_fraction(file: BinaryIO) -> float | None:
    """Compares the sound data that a WAV or AIFF header announces with what the file holds.

    Args:
        file: A seekable file; its position is changed.

    Returns:
        Announced over held bytes, above 1 for a file that was cut; None where the file does not say.
    """
    file_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RIFX") and head[8:] == b"WAVE":
        tag = b"data"
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        tag = b"SSND"
    else:
        return None
    order = "little" if head[:4] == b"RIFF" else "big"
    while len(chunk := file.read(8)) == 8:
        announced = int.from_bytes(chunk[4:], order)  # type: ignore[arg-type]
        if chunk[:4] == tag:
            held = file_bytes - file.tell()
            # Writers to a pipe put 0 or a number near 2 or 4 GiB where they do not know the length.
            if held <= 0 or not 0 < announced < _STREAMED_BYTES:
                return None
            return announced / held
        file.seek(announced + announced % 2, os.SEEK_CUR)
    return None


def lacks_ogg_end(file: BinaryIO) -> bool:
    """Tells whether the file is an Ogg stream whose last page is incomplete or not marked as the last.

    Args:
        file: A seekable file; its position is changed.
    """
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * _OGG_PAGE_BYTES))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]) or not page[5] & 4
