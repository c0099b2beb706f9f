"""Child processes: what they inherit, and how they ended."""

import os
import signal
import sys
from collections.abc import Mapping
from importlib.metadata import version

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""Of glibc, in bytes: arrays up to the first are taken from what was freed before, of which the second is kept."""


def environment() -> Mapping[str, str]:
    """That of child processes: they find the same packages, wait without turning in circles, and reuse memory.

    Others compute on the same cores; threads that spin while they wait for each other would come to a standstill.
    """
    passive = {"OMP_WAIT_POLICY": "PASSIVE", **ALLOCATOR}
    return {**passive, **os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}


def how_it_ended(code: int) -> str:
    """Says what became of a worker, from its exit code as `subprocess` has it."""
    if code >= 0:
        return f"the worker ended with code {code} in the middle of it; try again"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    hint = "; the system may have run out of memory, so ask for a shorter sound" if name == "SIGKILL" else ""
    return f"the worker was ended by {name}{hint}"


def gpus() -> int:
    """How many GPUs torch can compute on; a build of it for processors alone is not loaded to be asked."""
    if version("torch").endswith("+cpu"):
        return 0
    import torch

    return torch.cuda.device_count()


def cores() -> int:
    """How many processor cores this process may use."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        allowed = os.cpu_count() or 1
    return max(1, allowed)
