"""The one way to write a file: whole or not at all, and never over something that was to be kept."""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gramophone.errors import InputError, ModelError, UsageError, WriteError

FULL_BYTES = 1_000_000
RESERVED_BYTES = 1 << 20
STALE_S = 30.0  # on a network folder the process may run on another computer: it writes more often
MOST_STEM = 32  # characters of the name, at most 128 bytes: a name of the longest length keeps a temporary one
_TEMPORARY = re.compile(r"\.(?P<stem>.*)\.(?P<process>[0-9a-f]{6})[0-9a-f]{6}\.part(\.[^.]*)?", re.DOTALL)


def checked_path(path: object) -> Path:
    """Returns the path of a file that was named by text, bytes or a path.

    Raises:
        UsageError: it was named by something else.
    """
    if isinstance(path, str | bytes | os.PathLike):
        return Path(os.fsdecode(path))
    raise UsageError(f"a file is named by text or a path, not by a value of type {type(path).__name__}")


def check_output(path: Path, *, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuses an output that cannot or must not be written, before any work is done for it.

    Args:
        path: The file to be written.
        overwrite: Whether a file already there may be replaced.
        inputs: Files that are read for it; none of them may be the output, not even through a link.

    Raises:
        UsageError: With the first reason found.
    """
    try:
        refusal = next(_refusals(path, overwrite, inputs), None)
    except OSError as error:
        raise UsageError(unwritable(path, error)) from error
    if refusal is not None:
        raise UsageError(refusal)


@contextmanager
def atomic_write(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Lends a temporary file name in the folder of `path`, and moves that file to `path` at success.

    Readers of `path` see the old content or the new, never a part. After any exception the temporary
    file is gone and `path` is as before; only a killed process leaves its `.NAME.RANDOM.part.SUFFIX`
    behind. A link at `path` is replaced; what it points to is left alone.

    Args:
        path: The file to be written.
        overwrite: Whether a file already there may be replaced. Without it, a file that appears while
            the work goes on is kept, too.

    Yields:
        The temporary path, not yet existing, with the suffix of `path`.

    Raises:
        UsageError: The output is refused, see `check_output`.
        WriteError: The system refuses to write it.
    """
    check_output(path, overwrite=overwrite)
    temporary = path.with_name(f".{path.stem[:MOST_STEM]}.{_token()}.part{path.suffix}")
    try:
        yield temporary
        _sync_file(temporary)
        if overwrite:
            temporary.replace(path)
        else:
            _publish_new(temporary, path)
    except FileExistsError as error:
        raise UsageError(_exists(path)) from error
    except OSError as error:
        raise WriteError(unwritable(path, error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def reserve(path: Path) -> None:
    """Takes the room for all of a file on the disk: writing to a memory map of one with holes can kill the process.

    Raises:
        OSError: there is too little.
    """
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
            return
        while (at := file.tell()) < size:  # macOS, Windows
            part = file.read(RESERVED_BYTES)
            file.seek(at)
            file.write(part)


class Stamp:
    """Tells whether a file changes while it is read.

    Args:
        path: file.

    Raises:
        InputError: it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts = self._now()

    def check(self) -> None:
        """Compares the file with what it was.

        Raises:
            InputError: it was changed, replaced or removed.
        """
        if self._now() != self._facts:
            raise InputError(f"{self._path} changed while it was read; start again when it is complete")

    def _now(self) -> tuple[int, ...]:
        try:
            status = self._path.stat()
        except OSError as error:
            raise InputError(
                f"{self._path} cannot be read: {error.strerror or error}; check its name and permissions"
            ) from error
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def remove_stale(paths: Iterable[Path]) -> None:
    """Removes temporary files of these files that killed processes of this computer left a while ago.

    Unlike `remove_abandoned` this is safe while others write the same files: their temporary files are new, or their
    processes run.
    """
    before_s = time.time() - STALE_S
    for found, process in _temporaries(paths):
        with suppress(OSError):
            if found.stat().st_mtime < before_s and not _is_running(process):
                found.unlink(missing_ok=True)


def remove_abandoned(paths: Iterable[Path]) -> None:
    """Removes what killed processes left of these files, whatever their suffix, when nobody writes them any more."""
    for found, _ in _temporaries(paths):
        with suppress(OSError):
            found.unlink(missing_ok=True)


def _temporaries(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Temporary files beside these files, and the processes that made them."""
    wanted: dict[Path, set[str]] = {}
    for path in paths:
        wanted.setdefault(path.parent, set()).add(path.stem[:MOST_STEM])
    for folder, stems in wanted.items():
        with suppress(OSError):
            for found in list(folder.iterdir()):
                name = _TEMPORARY.fullmatch(found.name)
                if name and name["stem"] in stems:
                    yield found, int(name["process"], 16)


def _token() -> str:
    """Twelve digits that no other file has: the process, and others drawn."""
    return f"{os.getpid() % 16**6:06x}{secrets.token_hex(3)}"


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file as 64 hexadecimal digits.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}; check its name and permissions"
        ) from error


def check_sha256(path: Path, expected: str) -> None:
    """Compares a file of the package with the hash that it should have.

    Raises:
        InputError: The file is missing.
        ModelError: It is another one.
    """
    found = sha256_of(path)
    if found != expected:
        raise ModelError(f"{path} has the sha256 {found[:12]}..., not {expected[:12]}...; install the package again")


def _refusals(path: Path, overwrite: bool, inputs: Iterable[Path]) -> Iterator[str]:
    folder = path.parent
    if "\0" in str(path):
        yield f"{str(path)!r} is not a file name: it contains a zero byte; choose another name"
    if not folder.exists():
        yield f"{path} cannot be written: the folder {folder} does not exist; create it first"
    if not folder.is_dir():
        yield f"{path} cannot be written: {folder} is not a folder; choose another"
    if path.is_dir():
        yield f"{path} is a folder; name a file in it"
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            yield f"{path} is the same file as the input {source}; choose another name for the output"
    if (path.exists() or path.is_symlink()) and not overwrite:
        yield _exists(path)
    if path.exists() and not path.is_file():
        yield f"{path} is a device or pipe, not a regular file; choose another name"
    if not os.access(folder, os.W_OK | os.X_OK):
        yield f"{path} cannot be written: the folder {folder} is read-only; choose another folder"
    if path.exists() and not os.access(path, os.W_OK):
        yield f"{path} is read-only; choose another name or change its permissions"


def _exists(path: Path) -> str:
    return f"{path} exists already; choose another name or add --overwrite"


def unwritable(path: Path, error: OSError | None = None) -> str:
    """Says that a file could not be written, and why, as far as the system tells."""
    reason = "the system refused" if error is None else error.strerror or str(error)
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < FULL_BYTES:
            reason = "the disk is full"
    return f"{path} could not be written: {reason}; free some space or choose another place"


def _publish_new(temporary: Path, path: Path) -> None:
    """Gives the finished file its name; raises FileExistsError when the name was taken meanwhile."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # the latter where the system has no links at all
        # No links here (FAT, some network folders): reserve the name with an empty file, then replace that.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            temporary.replace(path)
        except BaseException:
            if temporary.exists():
                path.unlink(missing_ok=True)
            raise


def _sync_file(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # Some systems cannot open or sync a folder; the file is complete there all the same.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
