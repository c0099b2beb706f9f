"""Work that may crash, hang or take all memory, such as decoding a file from a stranger, in a process of its own."""

import asyncio
from types import ModuleType
from typing import Any

from gramophone.workers.process import WorkerProcess
from gramophone.workers.subprocess_env import environment


class Sandbox:
    """Handles each request in a new process; a few at a time, the others wait.

    Args:
        entry: module of the worker, see `WorkerProcess`.
        at_once: number of processes at a time.
    """

    def __init__(self, entry: ModuleType, at_once: int = 2) -> None:
        self._entry = entry
        self._slots = asyncio.Semaphore(at_once)

    async def ask(self, data: dict[str, Any], *, limit_s: float) -> dict[str, Any]:
        """Returns the data of the reply.

        Raises:
            WorkerFailedError: the handler raised.
            WorkerEndedError: the process crashed.
            TimeoutError: it took longer than `limit_s`.
        """
        async with self._slots:
            variables = {**environment(), "OPENBLAS_NUM_THREADS": "1"}
            worker = WorkerProcess(self._entry, variables=variables, silence_limit_s=limit_s, is_quiet=True)
            try:
                (reply,) = await worker.ask_async(data, limit_s=limit_s)
            finally:
                await asyncio.to_thread(worker.end)
        return reply.data


def confine(*, memory_bytes: int, processor_s: int, files: int) -> None:
    """Limits address space, processor time and open files of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_CPU: processor_s, resource.RLIMIT_NOFILE: files}
    for kind, limit in limits.items():
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
