"""Asking a child process to do something that must not harm the server."""

import asyncio
import json
import sys
from typing import Any

from gramophone.web.errors import ApiError
from gramophone.workers.subprocess_env import environment


class Children:
    """At most some children at a time; the others wait.

    Args:
        at_once: how many.
    """

    def __init__(self, at_once: int = 2) -> None:
        self._slots = asyncio.Semaphore(at_once)

    async def ask(self, *words: str, longest_s: float = 60.0) -> dict[str, Any]:
        """Runs `gramophone.web.child` with these words and gives its answer.

        Raises:
            RefusedError: what it answered as an error; or it crashed, or took too long.
        """
        async with self._slots:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "gramophone.web.child", *words),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**environment(), "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,
            )
            try:
                out, _ = await asyncio.wait_for(process.communicate(), longest_s)
            except TimeoutError:
                raise ApiError(
                    422, f"this took longer than {longest_s:g} s and was given up; try a shorter sound"
                ) from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return _answer(out)


def _answer(out: bytes) -> dict[str, Any]:
    lines = out.decode("utf-8", "replace").strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise ApiError(415, "this file cannot be read: its decoder crashed; convert it to WAV or FLAC") from None
    if "error" in answer:
        raise ApiError(int(answer["status"]), str(answer["error"]))
    return dict(answer)
