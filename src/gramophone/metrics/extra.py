"""What the optional packages of the extra `ears` are needed for, said where one is missing."""

from gramophone.errors import UsageError

INSTALL = "pip install 'gramophone[ears]'"


class MissingExtraError(UsageError):
    """A measure needs a package that is not installed."""


def missing(measure: str, package: str, install: str = INSTALL) -> MissingExtraError:
    """The error to raise where the import failed."""
    return MissingExtraError(f"{measure} needs the package {package}: {install}")
