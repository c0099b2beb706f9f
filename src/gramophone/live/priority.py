"""What keeps a thread from being late: its priority, and no long pauses of the memory's clean-up."""

import gc
import os
from contextlib import suppress

REAL_TIME = 10
"""Real-time priority: below the sound server's and the kernel's own, above everything that has none."""

NICENESS = -11


def shorten_pauses() -> None:
    """Leaves what exists out of later collections of garbage, which would look through all of torch each time."""
    gc.collect()
    gc.freeze()


def raise_priority() -> bool:
    """Asks the system to run this thread before others; returns whether it does.

    Linux alone knows priorities of threads, and lets only those raise them who may: root, or a limit on `rtprio`, as
    the group `audio` has on most systems, else on `nice`. A niceness counts within a login session only, where the
    system shares processors between sessions first; a real-time priority (round robin) counts everywhere.
    """
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME))
        return True
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        return os.getpriority(os.PRIO_PROCESS, 0) == NICENESS
    return False
