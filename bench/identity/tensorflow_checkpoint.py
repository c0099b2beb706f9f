"""Reads the tensors of a TensorFlow checkpoint without TensorFlow.

The index is a sorted string table (as in LevelDB: prefix-compressed blocks, a footer that points to the block of
blocks) from names to protocol buffers, which say where in the data file a tensor lies.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

FOOTER_BYTES = 48
FLOAT = 1


def tensors(folder: Path) -> dict[str, Float32[np.ndarray, "..."]]:
    """All float tensors of the checkpoint of one shard in a folder, by name.

    Raises:
        ValueError: the index is compressed, which TensorFlow never does.
    """
    index = (folder / ".index").read_bytes()
    data = (folder / ".data-00000-of-00001").read_bytes()
    place = len(index) - FOOTER_BYTES
    handle = []
    for _ in range(4):  # offset and size of the block of other blocks' names, then of the index of blocks
        value, place = _varint(index, place)
        handle.append(value)
    found = {}
    for _, where in _block(index, handle[2], handle[3]):
        offset, after = _varint(where, 0)
        size, _ = _varint(where, after)
        for name, entry in _block(index, offset, size):
            fields = dict(_fields(entry))
            if name and fields.get(1) == FLOAT:
                shape = [dict(_fields(one)).get(1, 0) for number, one in _fields(fields.get(2, b"")) if number == 2]
                first = fields.get(4, 0)
                values = np.frombuffer(data[first : first + fields.get(5, 0)], "<f4")
                found[name.decode()] = values.reshape(shape)
    return found


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[offset + size] != 0:
        raise ValueError("the checkpoint's index is compressed")
    block = table[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end, place, key = len(block) - 4 - 4 * restarts, 0, b""
    while place < end:
        shared, place = _varint(block, place)
        own, place = _varint(block, place)
        length, place = _varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a protocol buffer's fields."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield number, value
        else:
            length = 4 if kind == 5 else 0
            if kind == 2:
                length, place = _varint(message, place)
            yield number, message[place : place + length]
            place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
