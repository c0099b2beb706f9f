"""Locations of files: paths, and URLs of any storage that the user has an fsspec driver for."""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from gramophone.errors import InputError, UsageError

MISSING = "{url} needs fsspec and a driver for its storage: pip install fsspec and, for example, s3fs or gcsfs"


def is_url(location: str) -> bool:
    """Whether a location is a URL such as `s3://bucket/name.wav`, not a path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", location) is not None


def join(folder: str, name: str) -> str:
    """Location of a file in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_url(folder) else str(Path(folder) / name)


def record_of(output: str) -> str:
    """Location of the run record of an output."""
    if not is_url(output):
        return str(Path(output).with_suffix(".json"))
    scheme, _, rest = output.partition("://")
    return f"{scheme}://{PurePosixPath(rest).with_suffix('.json')}"


def exists(location: str) -> bool:
    """Whether a file exists."""
    if not is_url(location):
        return Path(location).is_file()
    return bool(_with_filesystem(location, lambda system, path: system.isfile(path)))


def digest(location: str) -> str:
    """SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        InputError: it cannot be read.
    """

    def read(system: Any, path: str) -> str:  # noqa: ANN401 (fsspec is not always there)
        with system.open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    if is_url(location):
        return str(_with_filesystem(location, read))
    from gramophone.files import sha256_of

    return sha256_of(Path(location))


def local_copy(location: str, folder: Path, name: str) -> Path:
    """Local path of a file; one at a URL is copied into the folder.

    Raises:
        InputError: it cannot be read.
    """
    if not is_url(location):
        return Path(location)
    path = folder / f"{name}{PurePosixPath(location).suffix}"
    _with_filesystem(location, lambda system, remote: system.get_file(remote, str(path)))
    return path


def upload(path: Path, location: str) -> None:
    """Copies a file to a URL; it becomes visible only when it is complete.

    Raises:
        UsageError: it cannot be written.
    """

    def put(system: Any, remote: str) -> None:  # noqa: ANN401
        system.makedirs(system._parent(remote), exist_ok=True)
        part = f"{remote}.part"
        # Object stores do so by themselves; folders need a move.
        if "file" in system.protocol or "local" in system.protocol:
            shutil.copyfile(path, part)
            system.mv(part, remote)
        else:
            system.put_file(str(path), remote)

    _with_filesystem(location, put, writing=True)


def check_driver(location: str) -> None:
    """Checks that there is a driver for a URL.

    Raises:
        UsageError: there is none.
    """
    _system(location)


def _system(url: str) -> tuple[Any, str]:
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{MISSING.format(url=url)} ({error})") from error
    return system, str(path)


def _with_filesystem(url: str, work: Callable[[Any, str], object], *, writing: bool = False) -> object:
    system, path = _system(url)
    try:
        return work(system, path)
    except OSError as error:
        if writing:
            raise UsageError(f"{url} could not be written: {error}; check its name and your permissions") from error
        raise InputError(f"{url} cannot be read: {error}; check its name and your permissions") from error
