"""Mutations of files: bytes, numbers in headers, cuts, repeats, splices, and of texts their tokens."""

import numpy as np

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
TOKENS = (
    *(b"NaN", b"Infinity", b"-1", b"1e308", b"null", b"true", b'""', b"{}", b"[]", b"[" * 5000, b'{"a":' * 2000),
    *(b'"\\ud800"', b"9" * 400, b"0x", b"\0", b"'", b",", b";", b"\n", b"=", b"\xff\xfe", b"../../etc/passwd"),
)


def mutated(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """A file changed in one way or a few, most of them within its first 200 bytes, where headers are."""
    found = bytearray(content)
    for _ in range(int(rng.geometric(0.5))):
        found = _once(found, others, rng)
    return bytes(found)


def _once(content: bytearray, others: list[bytes], rng: np.random.Generator) -> bytearray:
    if not content:
        return bytearray(rng.bytes(16))
    at = int(rng.integers(min(len(content), 200) if rng.random() < 0.6 else len(content)))
    match int(rng.integers(9)):
        case 0:
            content[at] ^= 1 << int(rng.integers(8))
        case 1:
            content[at] = int(rng.integers(256))
        case 2:
            width = int(rng.choice([1, 2, 4, 8]))
            value = int(INTERESTING[int(rng.integers(len(INTERESTING)))]) % 2 ** (8 * width)
            order = "little" if rng.random() < 0.5 else "big"
            content[at : at + width] = value.to_bytes(width, order)
        case 3:
            return content[:at] if rng.random() < 0.3 else content
        case 4:
            end = at + int(rng.integers(1, 64))
            del content[at:end]
        case 5:
            piece = content[at : at + int(rng.integers(1, 64))]
            content[at:at] = piece * int(rng.integers(1, 5))
        case 6:
            other = others[int(rng.integers(len(others)))]
            start = int(rng.integers(max(1, len(other))))
            content[at : at + 32] = other[start : start + int(rng.integers(1, 256))]
        case 7:
            content[at:at] = TOKENS[int(rng.integers(len(TOKENS)))]
        case _:
            content[at : at + 8] = rng.bytes(8)
    return content
