"""Files in one ZIP file, which is sent while it is written: it takes no room on the disk, and little memory."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

PART_BYTES = 2**18


class _Outbox(io.RawIOBase):
    """A file that cannot be read or wound back, of which what was written last is taken out."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        """Returns what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """The parts of a ZIP file of some files, not compressed; files that are gone by then are left out.

    Args:
        files: name in the ZIP file and path of each; a name that is there already gets a number.
    """
    outbox, names = _Outbox(), set[str]()
    with zipfile.ZipFile(outbox, "w") as archive:
        for name, path in files:
            try:
                source = path.open("rb")
            except OSError:
                continue
            with source, archive.open(_free(name, names), "w", force_zip64=True) as member:
                while part := source.read(PART_BYTES):
                    member.write(part)
                    yield outbox.take()
    yield outbox.take()


def _free(name: str, names: set[str]) -> str:
    stem, suffix = Path(name).stem, Path(name).suffix
    number, found = 1, name
    while found in names:
        number += 1
        found = f"{stem} ({number}){suffix}"
    names.add(found)
    return found
