"""What keeps a thread from being late: its priority, and no long pauses of the memory's clean-up."""

import gc
import os
from contextlib import suppress

NICENESS = -11


def shorten_pauses() -> None:
    """Leaves what exists out of later collections of garbage, which would look through all of torch each time."""
    gc.collect()
    gc.freeze()


def raise_priority() -> bool:
    """Asks the system to run this thread before others; returns whether it does.

    Linux alone knows priorities of threads, and lets only those raise them who may (root, or a limit on `nice`).
    """
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        return os.getpriority(os.PRIO_PROCESS, 0) == NICENESS
    return False
