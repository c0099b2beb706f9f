"""Priority of the thread that must not be late."""

import os
from contextlib import suppress

NICENESS = -11


def raise_priority() -> bool:
    """Asks the system to run this thread before others; returns whether it does.

    Linux alone knows priorities of threads, and lets only those raise them who may (root, or a limit on `nice`).
    """
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        return os.getpriority(os.PRIO_PROCESS, 0) == NICENESS
    return False
