"""Every error that gramophone raises on purpose, with the exit code that the command line gives it."""

from typing import ClassVar


class GramophoneError(Exception):
    """Root of all errors meant for a reader: the message is one clear sentence with its remedy."""

    exit_code: ClassVar[int] = 1


class UsageError(GramophoneError):
    """A wrong setting, an unknown name, or an output that must not be written (exit code 2)."""

    exit_code: ClassVar[int] = 2


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
