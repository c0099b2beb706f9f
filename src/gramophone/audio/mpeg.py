"""Headers of MPEG audio (MP3, MP2, MP1; ISO 11172-3, 13818-3): whether a file is that, and the length it states.

Without a Xing header a file states no length: what readers tell of it is an estimate from its first frames, which is
wrong wherever the bit rate varies.
"""

from dataclasses import dataclass
from io import BufferedIOBase

HEAD_BYTES = 4096
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS = {  # by whether it is MPEG-1, and layer
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


@dataclass(frozen=True)
class FrameHeader:
    """The header of a frame.

    Attributes:
        layer: 1, 2 or 3.
        rate_hz: sample rate in Hz.
        is_mono: whether it has one channel.
        is_mpeg1: whether it is MPEG-1, not one of the lower rates.
        size_bytes: length of the frame.
        samples: samples per channel in it.
    """

    layer: int
    rate_hz: int
    is_mono: bool
    is_mpeg1: bool
    size_bytes: int
    samples: int


def frame_header(data: bytes) -> FrameHeader | None:
    """Parses the first four bytes of a frame; None if they are not its header, or that of one without a bit rate.

    Example:
        >>> header = frame_header(bytes([0xFF, 0xFB, 0x90, 0x00]))
        >>> (header.layer, header.rate_hz, header.samples, header.size_bytes)
        (3, 44100, 1152, 417)
    """
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = data[1] >> 3 & 3, 4 - (data[1] >> 1 & 3)
    rate_index, kbps_index = data[2] >> 2 & 3, data[2] >> 4
    if version == 1 or layer == 4 or rate_index == 3 or kbps_index in (0, 15):
        return None
    is_mpeg1, rate_hz, padding = version == 3, _RATES_HZ[version][rate_index], data[2] >> 1 & 1
    bits_per_s = 1000 * _KBPS[is_mpeg1, layer if is_mpeg1 else min(layer, 2)][kbps_index - 1]
    samples = 384 if layer == 1 else 1152 if layer == 2 or is_mpeg1 else 576
    slot = 4 if layer == 1 else 1
    size = (samples // 8 // slot * bits_per_s // rate_hz + padding) * slot
    return FrameHeader(layer, rate_hz, data[3] >> 6 == 3, is_mpeg1, size, samples)


def first_frame(file: BufferedIOBase) -> int | None:
    """Position of the first frame if the file is MPEG audio, perhaps after ID3 tags: two frames follow one another.

    Args:
        file: seekable file; its position changes.
    """
    at, _ = _after_tags(file)
    file.seek(at)
    data = file.read(HEAD_BYTES)
    start = len(data) - len(data.lstrip(b"\0"))  # tags may be padded beyond their end
    first = frame_header(data[start:])
    if first is None:
        return None
    second = frame_header(data[start + first.size_bytes : start + first.size_bytes + 4])
    is_alone = start + first.size_bytes + 4 > len(data)
    alike = second is not None and (second.layer, second.rate_hz) == (first.layer, first.rate_hz)
    return at + start if alike or (is_alone and at > 0) else None


def is_taken_for_mpeg(file: BufferedIOBase) -> bool:
    """Whether a file begins as MPEG audio does, with a tag or the mark of a frame, however damaged it is.

    Args:
        file: seekable file; its position changes.
    """
    at, head = _after_tags(file)
    if head[:4] == b"fLaC":
        return False
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0
    return is_frame or at > 0 or head[:3] == b"ID3"


def _after_tags(file: BufferedIOBase) -> tuple[int, bytes]:
    """Position after all complete ID3 tags, and the ten bytes there."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(10)
        if head[:3] != b"ID3" or len(head) < 10:
            return at, head
        at += _tag_bytes(head)


def _tag_bytes(head: bytes) -> int:
    """Length of an ID3 tag, by its first ten bytes."""
    return 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))


def stated_samples(file: BufferedIOBase) -> int | None:
    """Samples per channel that the Xing header of a file states, without those that encoder and decoder add.

    Args:
        file: seekable MPEG audio file; its position changes.
    """
    at = first_frame(file)
    if at is None:
        return None
    file.seek(at)
    frame = file.read(HEAD_BYTES)
    header = frame_header(frame)
    if header is None or header.layer != 3:
        return None
    side = (17 if header.is_mono else 32) if header.is_mpeg1 else (9 if header.is_mono else 17)
    tag = frame[4 + side :]
    if tag[:4] not in (b"Xing", b"Info") or not tag[7] & 1:
        return None
    samples = int.from_bytes(tag[8:12], "big") * header.samples
    extension = 8 + 4 * (tag[7] & 1) + 4 * (tag[7] >> 1 & 1) + 100 * (tag[7] >> 2 & 1) + 4 * (tag[7] >> 3 & 1)
    if tag[extension : extension + 4] not in (b"LAME", b"Lavf", b"Lavc"):
        return samples
    delays = int.from_bytes(tag[extension + 21 : extension + 24], "big")
    return max(0, samples - (delays >> 12) - (delays & 0xFFF))
