"""Everything that the HTTP API refuses, with its status."""

import errno
import sqlite3

from starlette.exceptions import HTTPException

from gramophone.errors import InputError, LimitError, ModelError, UsageError

DISK_FULL = "the disk is full; remove sounds or results, or free some space"
STATUS = {UsageError.exit_code: 422, InputError.exit_code: 415, LimitError.exit_code: 413, ModelError.exit_code: 500}


class ApiError(HTTPException):
    """A request that is refused.

    Args:
        status: HTTP status code.
        sentence: what is refused, and the remedy.
        retry_after_s: time after which another attempt may succeed, in seconds.
    """

    def __init__(self, status: int, sentence: str, retry_after_s: int | None = None) -> None:
        headers = None if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        super().__init__(status, sentence, headers)


def refusal_of(error: OSError | sqlite3.Error) -> ApiError:
    """Converts an error of the system or the database."""
    is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "is full" in str(error)
    if is_full:
        return ApiError(507, DISK_FULL)
    if isinstance(error, sqlite3.Error):
        return ApiError(503, f"the studio's database cannot be used now ({error}); try again soon", 5)
    return ApiError(500, f"the studio's folder cannot be used: {error.strerror or error}; check its permissions")


def status_of(exit_code: int) -> int:
    """Returns the HTTP status of an error with this exit code, see `gramophone.errors`."""
    return STATUS.get(exit_code, 500)
