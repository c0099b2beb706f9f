"""What the C library does with freed arrays; for processes of the command line, which are this package's own."""

import ctypes
import sys
from collections.abc import Mapping
from contextlib import suppress

from gramophone.workers.subprocess_env import ALLOCATOR

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # of glibc's malloc.h


def reuse_freed_memory(environment: Mapping[str, str]) -> None:
    """Lets glibc keep freed arrays of megabytes for the next ones, unless the user has set what it does.

    By default it returns them to the system, and every new one costs a page fault for each 4 KiB: a quarter of the
    time of an evaluation of the style term.

    Args:
        environment: of this process.
    """
    if sys.platform != "linux" or "GLIBC_TUNABLES" in environment or any(name in environment for name in ALLOCATOR):
        return
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in zip((MMAP_THRESHOLD, TRIM_THRESHOLD), ALLOCATOR.values(), strict=True):
            mallopt(parameter, int(value))
