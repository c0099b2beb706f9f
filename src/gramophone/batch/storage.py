"""Places of files: paths, and URLs of whatever storage the user has an fsspec driver for."""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from gramophone.errors import InputError, UsageError

MISSING = "{url} needs fsspec and the driver of that storage: pip install fsspec, and s3fs, gcsfs or the like"


def is_url(place: str) -> bool:
    """Whether a place is a URL such as `s3://bucket/name.wav` and no path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place) is not None


def joined(folder: str, name: str) -> str:
    """A name in a folder."""
    return f"{folder.rstrip('/')}/{name}" if is_url(folder) else str(Path(folder) / name)


def record_of(output: str) -> str:
    """Where the run record of an output lies."""
    if not is_url(output):
        return str(Path(output).with_suffix(".json"))
    scheme, _, rest = output.partition("://")
    return f"{scheme}://{PurePosixPath(rest).with_suffix('.json')}"


def exists(place: str) -> bool:
    """Whether there is a file."""
    if not is_url(place):
        return Path(place).is_file()
    return bool(_asked(place, lambda system, path: system.isfile(path)))


def digest(place: str) -> str:
    """SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        InputError: it cannot be read.
    """

    def read(system: Any, path: str) -> str:  # noqa: ANN401 (fsspec is not always there)
        with system.open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    if is_url(place):
        return str(_asked(place, read))
    from gramophone.files import sha256_of

    return sha256_of(Path(place))


def fetched(place: str, folder: Path, name: str) -> Path:
    """A file's path; what lies at a URL is copied into the folder.

    Raises:
        InputError: it cannot be read.
    """
    if not is_url(place):
        return Path(place)
    path = folder / f"{name}{PurePosixPath(place).suffix}"
    _asked(place, lambda system, remote: system.get_file(remote, str(path)))
    return path


def published(path: Path, place: str) -> None:
    """Copies a file to a URL, whole: the storage shows it when all of it is there.

    Raises:
        UsageError: it cannot be written.
    """

    def put(system: Any, remote: str) -> None:  # noqa: ANN401
        system.makedirs(system._parent(remote), exist_ok=True)
        part = f"{remote}.part"
        # Object stores show a file when it is whole; folders need a move for that.
        if "file" in system.protocol or "local" in system.protocol:
            shutil.copyfile(path, part)
            system.mv(part, remote)
        else:
            system.put_file(str(path), remote)

    _asked(place, put, writing=True)


def check_driver(place: str) -> None:
    """Raises UsageError for a URL of a storage without a driver here."""
    _system(place)


def _system(url: str) -> tuple[Any, str]:
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{MISSING.format(url=url)} ({error})") from error
    return system, str(path)


def _asked(url: str, work: Callable[[Any, str], object], *, writing: bool = False) -> object:
    system, path = _system(url)
    try:
        return work(system, path)
    except OSError as error:
        if writing:
            raise UsageError(f"{url} could not be written: {error}; check its name and your rights") from error
        raise InputError(f"{url} cannot be read: {error}; check its name and your rights") from error
