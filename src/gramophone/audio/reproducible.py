"""Takes clock and chance out of freshly written files, so that the same sound gives the same bytes."""

import zlib
from pathlib import Path

_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_SERIAL = (1).to_bytes(4, "little")


def make_reproducible(path: Path) -> None:
    """Overwrites the time stamp of a float WAV and the random serial number of an Ogg stream.

    Args:
        path: A complete WAV, FLAC or Ogg file as libsndfile writes it; changed in place.
    """
    with path.open("rb") as file:
        head = file.read(256)
    if head[:4] == b"RIFF" and (at := head[: head.find(b"data")].find(b"PEAK")) > 0:
        with path.open("r+b") as file:
            file.seek(at + 12)
            file.write(bytes(4))
    elif head[:4] == b"OggS":
        _renumber(path)


def _renumber(path: Path) -> None:
    with path.open("r+b") as file:
        while len(head := file.read(27)) == 27:
            start = file.tell() - 27
            table = file.read(head[26])
            body = file.read(sum(table))
            page = head[:14] + _SERIAL + head[18:22] + bytes(4) + head[26:] + table + body
            file.seek(start)
            file.write(page[:22] + ogg_checksum(page).to_bytes(4, "little") + page[26:])


def ogg_checksum(page: bytes) -> int:
    """Returns the checksum of an Ogg page whose checksum field is zero (RFC 3533, section 6)."""
    # Ogg's CRC has zlib's polynomial with the bits the other way round and no inversions.
    reflected = zlib.crc32(page.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(reflected.to_bytes(4, "little").translate(_REVERSED_BITS), "big")
