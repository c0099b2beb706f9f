"""Every error that gramophone raises on purpose, with the exit code that the command line gives it."""

from typing import ClassVar

OUT_OF_MEMORY = "there is not enough memory for this; ask for a shorter sound, or give shorter recordings"


class GramophoneError(Exception):
    """Root of all errors meant for a reader: the message is one clear sentence with its remedy."""

    exit_code: ClassVar[int] = 1


class UsageError(GramophoneError):
    """A wrong setting, an unknown name, or an output that must not be written (exit code 2)."""

    exit_code: ClassVar[int] = 2


class WriteError(UsageError):
    """A file that could not be written, as the disk is full or the system refuses (exit code 2)."""


class InputError(GramophoneError):
    """A recording that cannot be read or used (exit code 3)."""

    exit_code: ClassVar[int] = 3


class LimitError(GramophoneError):
    """Something larger than the stated limit (exit code 4)."""

    exit_code: ClassVar[int] = 4


class ModelError(GramophoneError):
    """The computation itself failed: a value that is not finite, weights that do not fit (exit code 5).

    Attributes:
        result: the last good result, where there is one.
    """

    exit_code: ClassVar[int] = 5
    result: object = None


def describe_error(error: BaseException) -> tuple[str, int]:
    """Returns one sentence for a reader, and the exit code of the command line."""
    if isinstance(error, GramophoneError):
        return str(error), error.exit_code
    if isinstance(error, SystemExit):
        return str(error), 1
    if is_out_of_memory(error):
        return OUT_OF_MEMORY, LimitError.exit_code
    return f"an unexpected {type(error).__name__} ({str(error)[:300]}); please report it", 1


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: Python's own error, CUDA's, or the CPU allocator's, which only its message tells."""
    is_named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return is_named or (isinstance(error, RuntimeError) and "allocate memory" in str(error))
