"""Arrays in files of other programs: sizes are checked before anything is inflated or allocated, and no code is run.

Libraries that parse such files raise whatever they come upon when a file is damaged; here all of it is a
`DamagedError`, which the caller turns into a sentence about its own kind of file.
"""

import io
import pickletools
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from math import prod
from pathlib import Path
from typing import IO, cast

import numpy as np
from jaxtyping import Shaped

from gramophone.errors import GramophoneError

LARGEST_PICKLE_BYTES = 20_000_000  # of a list of tensors, without their values
LEGACY_PICKLES = 5  # magic number, version, system, tensors, keys

CheckShape = Callable[[str, tuple[int, ...], np.dtype], None]
"""Raises `GramophoneError` or `DamagedError` for the name, shape and type of an array that is not wanted."""


class DamagedError(Exception):
    """A file that cannot be what it should be; the message is a few words."""


@contextmanager
def parsing() -> Iterator[None]:
    """Turns whatever a parser raises into a `DamagedError`; memory that is claimed and not there, too.

    Raises:
        DamagedError: the parser raised something that is not of this package.
    """
    try:
        yield
    except (GramophoneError, DamagedError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:120]
        raise DamagedError(words or type(error).__name__) from error


def read_npz(
    file: BufferedIOBase, wanted: Callable[[str], bool], check: CheckShape
) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Reads the arrays of an .npz file that are wanted, and no others.

    Args:
        file: seekable file.
        wanted: whether an array is wanted, by its name.
        check: refuses shapes and types, before the array is inflated.

    Raises:
        DamagedError: the file is not a readable .npz file.
        GramophoneError: raised by `check`.
    """
    found = {}
    with parsing(), zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if wanted(name):
                with archive.open(entry) as member:
                    found[name] = _array(name, member, entry.file_size, check)  # type: ignore[arg-type]
    return found


def read_npy(file: BufferedIOBase, size: int, name: str, check: CheckShape) -> Shaped[np.ndarray, "..."]:
    """Reads an .npy file.

    Args:
        file: seekable file.
        size: its size in bytes.
        name: that `check` is given.
        check: refuses shapes and types, before memory is allocated.

    Raises:
        DamagedError: the file is not a readable .npy file.
        GramophoneError: raised by `check`.
    """
    with parsing():
        return _array(name, file, size, check)


def _array(name: str, file: BufferedIOBase, size: int, check: CheckShape) -> Shaped[np.ndarray, "..."]:
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise DamagedError(f"version {version[0]}.{version[1]} of the format")
    shape, is_fortran, kind = readers[version](file)
    if kind.hasobject:
        raise DamagedError("it holds Python objects")
    if min(shape, default=0) < 0:
        raise DamagedError(f"a shape of {shape}")
    check(name, shape, kind)
    needed = prod(shape) * kind.itemsize
    if needed > size:
        raise DamagedError(f"{prod(shape)} values are claimed, and fewer are there")
    data = file.read(needed)
    if len(data) < needed:
        raise DamagedError(f"{prod(shape)} values are claimed, and fewer are there")
    values = np.frombuffer(data, kind).reshape(shape, order="F" if is_fortran else "C")
    return np.array(values)  # one that can be written to


def check_pickle_sizes(path: Path) -> None:
    """Refuses a file of `torch.save` that claims tensors larger than itself, before `torch.load` makes room for them.

    Raises:
        DamagedError: it does, or is no such file.
    """
    size = path.stat().st_size
    with parsing(), path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            for place in range(LEGACY_PICKLES):
                _check_integers(file, size if place else None)  # the first is a magic number
            return
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > size:
                raise DamagedError("it claims more than it holds")
            for entry in archive.infolist():
                if entry.filename.endswith("data.pkl"):
                    if entry.file_size > LARGEST_PICKLE_BYTES:
                        raise DamagedError("its table of tensors is too long")
                    _check_integers(io.BytesIO(archive.read(entry)), size)


def _check_integers(file: BufferedIOBase, size: int | None) -> None:
    """Reads a pickle without running it; numbers, among them all lengths, are at most the size of the file."""
    for _, argument, _ in pickletools.genops(cast("IO[bytes]", file)):
        if size is not None and isinstance(argument, int) and abs(argument) > size:
            raise DamagedError(f"it claims {argument} values, and fewer are there")
