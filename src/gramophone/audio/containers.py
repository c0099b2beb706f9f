"""Headers of uncompressed files: where the samples lie, and whether the length that is stated can be true.

Recorders that lose power, and writers to a pipe, leave headers that state a length of 0, of the largest number, or of
some earlier moment. What lies in the file counts: such headers are read as if they stated it.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BufferedIOBase
from typing import Literal

STREAMED_BYTES = 0x7FFFF000  # writers to a pipe state a number near 2 or 4 GiB, or the largest there is
_UNCOMPRESSED = (b"NONE", b"sowt", b"twos", b"raw ", b"in24", b"in32", b"fl32", b"FL32", b"fl64", b"FL64", b"42ni")

Order = Literal["little", "big"]


@dataclass(frozen=True)
class SampleData:
    """Where a header says that the samples lie.

    Attributes:
        start: position of the first byte.
        stated: number of bytes that the header states; None where it says that it does not know.
        fields: how to state another number: bytes for positions in the file, by number of bytes.
        is_chunked: whether further chunks may follow, with lengths in this byte order.
        is_read_to_end: whether the decoder reads to the end of the file, whatever is stated.
    """

    start: int
    stated: int | None
    fields: Callable[[int], dict[int, bytes]]
    is_chunked: Order | None = None
    is_read_to_end: bool = False


@dataclass(frozen=True)
class Repair:
    """What is to be read in a header in place of what is there.

    Attributes:
        patches: bytes for positions in the file.
        fraction: stated over existing bytes of sample data, above 1 for a truncated file; None if nothing is stated.
        sample_bytes: number of bytes of sample data.
        end: position after them, where the decoder is not to see what follows.
        ignored_bytes: bytes after them that are neither samples nor chunks.
    """

    patches: Mapping[int, bytes] = field(default_factory=dict)
    fraction: float | None = None
    sample_bytes: int = 0
    end: int | None = None
    ignored_bytes: int = 0


def repair(file: BufferedIOBase) -> Repair:
    """Compares the length of the samples that a header states with the file (WAV, RF64, W64, AIFF, AU, CAF).

    Args:
        file: seekable file; its position changes.
    """
    size = file.seek(0, os.SEEK_END)
    data = sample_data(file)
    if data is None or size <= data.start:
        return Repair()
    existing, stated = size - data.start, data.stated
    if stated == 0 and data.is_chunked and _only_chunks(file, data.start, size, data.is_chunked):
        return Repair()  # empty indeed
    if stated is None or stated == 0 or (stated <= existing and data.is_read_to_end):
        return Repair(data.fields(existing), sample_bytes=existing)
    if stated > existing:
        return Repair(data.fields(existing), stated / existing, existing)
    after = data.start + stated
    if data.is_chunked and _only_chunks(file, after, size, data.is_chunked):
        return Repair(fraction=1.0, sample_bytes=stated)
    return Repair(fraction=1.0, sample_bytes=stated, end=after, ignored_bytes=size - after)


def sample_data(file: BufferedIOBase) -> SampleData | None:
    """Finds the sample data of a WAV, RF64, W64, AIFF, AU or CAF file; None for others, and without samples."""
    file.seek(0)
    head = file.read(40)
    if head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        return _in_wav(file, "little" if head[:4] == b"RIFF" else "big")
    if head[:4] in (b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _in_rf64(file)
    if head[:4] == b"riff" and head[24:28] == b"wave":
        return _in_w64(file)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _in_aiff(file)
    if head[:4] in (b".snd", b"dns."):
        return _in_au(head, "big" if head[:4] == b".snd" else "little")
    return _in_caf(file) if head[:4] == b"caff" else None


def wav_codec(file: BufferedIOBase) -> int | None:
    """The code of a WAV file's codec (1 is PCM, 0x55 is MP3); None for other files.

    Args:
        file: seekable file; its position changes.
    """
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return None
    place = _chunks(file, 12, "little").get(b"fmt ")
    return None if place is None else int.from_bytes(_read_at(file, place[0], 2), "little")


def _in_wav(file: BufferedIOBase, order: Order) -> SampleData | None:
    chunks = _chunks(file, 12, order)
    if b"data" not in chunks:
        return None
    at, size = chunks[b"data"]
    stated = None if size >= STREAMED_BYTES else size

    def fields(existing: int) -> dict[int, bytes]:
        return {4: _limited(at + existing - 8, 4, order), at - 4: _limited(existing, 4, order)}

    return SampleData(at, stated, fields, order)


def _in_rf64(file: BufferedIOBase) -> SampleData | None:
    chunks = _chunks(file, 12, "little")
    if b"data" not in chunks or b"ds64" not in chunks:
        return None
    (at, small), (sizes, _) = chunks[b"data"], chunks[b"ds64"]
    file.seek(sizes + 8)
    stated = int.from_bytes(file.read(8), "little") if small >= STREAMED_BYTES else small

    def fields(existing: int) -> dict[int, bytes]:
        # The number of frames, which follows, is not relied on by readers; 0 says that it is unknown.
        return {
            sizes: _limited(at + existing - 8, 8, "little") + _limited(existing, 8, "little") + bytes(8),
            at - 4: b"\xff" * 4,
        }

    return SampleData(at, None if stated >= 2**62 else stated, fields, "little")


def _in_w64(file: BufferedIOBase) -> SampleData | None:
    at = 40
    while True:
        head = _read_at(file, at, 24)
        if len(head) < 24:
            return None
        size = int.from_bytes(head[16:], "little")
        if head[:4] == b"data":
            break
        if size < 24:
            return None
        at += (size + 7) // 8 * 8
    start = at + 24

    def fields(existing: int) -> dict[int, bytes]:
        return {16: _limited(start + existing, 8, "little"), at + 16: _limited(existing + 24, 8, "little")}

    return SampleData(start, None if size >= 2**62 else max(0, size - 24), fields, is_read_to_end=True)


def _in_aiff(file: BufferedIOBase) -> SampleData | None:
    chunks = _chunks(file, 12, "big")
    if b"SSND" not in chunks or b"COMM" not in chunks:
        return None
    (at, size), (common, common_bytes) = chunks[b"SSND"], chunks[b"COMM"]
    file.seek(common)
    facts = file.read(22)
    channels, bits = int.from_bytes(facts[:2], "big"), int.from_bytes(facts[6:8], "big")
    frame_bytes = channels * ((bits + 7) // 8)
    if not frame_bytes or (common_bytes >= 22 and facts[18:22] not in _UNCOMPRESSED):
        return None
    stated = None if size >= STREAMED_BYTES else max(0, size - 8)

    def fields(existing: int) -> dict[int, bytes]:
        return {
            4: _limited(at + existing, 4, "big"),
            common + 2: _limited(existing // frame_bytes, 4, "big"),
            at - 4: _limited(existing + 8, 4, "big"),
        }

    return SampleData(at + 8, stated, fields, "big")


def _in_au(head: bytes, order: Order) -> SampleData | None:
    start, size = int.from_bytes(head[4:8], order), int.from_bytes(head[8:12], order)
    if start < 24:
        return None
    return SampleData(
        start, None if size >= STREAMED_BYTES else size, lambda existing: {8: _limited(existing, 4, order)}
    )


def _in_caf(file: BufferedIOBase) -> SampleData | None:
    at = 8
    while True:
        head = _read_at(file, at, 12)
        if len(head) < 12:
            return None
        size = int.from_bytes(head[4:], "big", signed=True)
        if head[:4] == b"data":
            break
        if size < 0:
            return None
        at += 12 + size
    start = at + 16  # after a count of edits

    def fields(existing: int) -> dict[int, bytes]:
        return {at + 4: _limited(existing + 4, 8, "big")}

    return SampleData(start, None if size < 0 or size >= 2**62 else max(0, size - 4), fields)


def _chunks(file: BufferedIOBase, at: int, order: Order) -> dict[bytes, tuple[int, int]]:
    """Position and stated size of each chunk up to the samples."""
    found: dict[bytes, tuple[int, int]] = {}
    while True:
        head = _read_at(file, at, 8)
        if len(head) < 8:
            return found
        size = int.from_bytes(head[4:], order)
        found.setdefault(head[:4], (at + 8, size))
        if head[:4] == b"data" or (head[:4] == b"SSND" and b"COMM" in found):
            return found
        at += 8 + size + size % 2


def _only_chunks(file: BufferedIOBase, at: int, end: int, order: Order) -> bool:
    """Whether nothing but chunks lies between two positions, the first of them perhaps after a byte of padding."""
    return any(_is_chunks(file, first, end, order) for first in {at, at + at % 2})


def _is_chunks(file: BufferedIOBase, at: int, end: int, order: Order) -> bool:
    while at + 8 <= end:
        head = _read_at(file, at, 8)
        if not all(32 <= letter < 127 for letter in head[:4]) or head[:4] in (b"RIFF", b"FORM"):
            return False
        size = int.from_bytes(head[4:], order)
        at += 8 + size + size % 2
    return at <= end + 1 or end - at < 8


def _read_at(file: BufferedIOBase, at: int, count: int) -> bytes:
    """Bytes at a position; none at positions that no file has, which damaged lengths lead to."""
    if at >= 2**62:
        return b""
    file.seek(at)
    return file.read(count)


def _limited(value: int, count: int, order: Order) -> bytes:
    return min(max(value, 0), 2 ** (8 * count) - 1).to_bytes(count, order)
