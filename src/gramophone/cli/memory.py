"""How the process keeps its memory while it trains."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MOST = 2**31 - 1


def keep_memory() -> bool:
    """Keeps freed memory for the next step, where the C library is glibc; returns whether it does.

    Otherwise every large array is given back to the system and asked for again, filled with zeros page by page: a
    third of the time of a training on a CPU.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL("libc.so.6")
        return all(library.mallopt(option, MOST) == 1 for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD))
    except (OSError, AttributeError):  # another C library
        return False
