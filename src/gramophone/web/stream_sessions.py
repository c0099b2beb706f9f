"""Endless textures on the server: one process each, whose blocks are fetched one after the other."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from gramophone.raw.conditions import Condition
from gramophone.web import stream_worker
from gramophone.web.config import Config
from gramophone.web.errors import ApiError
from gramophone.web.store import new_id
from gramophone.workers.process import WorkerEndedError, WorkerFailedError, WorkerProcess
from gramophone.workers.protocol import Kind

IDLE_S = 30.0
FIRST_BLOCK_S, BLOCK_S = 120.0, 60.0


class StreamSession:
    """One process that makes blocks, see `stream_worker`.

    Args:
        request: stream request as JSON.
        files: paths of its styles.
        device: `cpu` or `cuda`; None for the best available.
        conditions: conditions of the model that makes it; None for a stream of recordings.
    """

    def __init__(
        self,
        request: dict[str, Any],
        files: list[str],
        device: str | None,
        conditions: Sequence[Condition] | None = None,
    ) -> None:
        self.styles, self.conditions = len(files), conditions
        self.worker = WorkerProcess(stream_worker, silence_limit_s=BLOCK_S)
        self.worker.send(Kind.REQUEST, {"request": request, "files": files, "device": device})
        self._turn = asyncio.Lock()
        self._limit_s = FIRST_BLOCK_S
        self.used_s = time.monotonic()

    def change(self, wanted: dict[str, Any]) -> None:
        """Changes `weights`, or `values` of conditions, from the sample `at` on."""
        self.used_s = time.monotonic()
        self.worker.send(Kind.CONTROL, wanted)

    async def block(self) -> tuple[dict[str, Any], bytes]:
        """Returns the next block: facts about it, and its samples as float32, interleaved.

        Raises:
            ApiError: the stream has ended, or another reader waits for it.
        """
        if self._turn.locked():
            raise ApiError(409, "this stream is being read already; start another one")
        async with self._turn:
            self.used_s = time.monotonic()
            try:
                (frame,) = await self.worker.ask_async({}, limit_s=self._limit_s)
            except WorkerFailedError as error:
                raise ApiError(422, str(error)) from None
            except (WorkerEndedError, TimeoutError):
                raise ApiError(410, "this stream has ended; start another one") from None
            self._limit_s = BLOCK_S
            self.used_s = time.monotonic()
            return frame.data, frame.body


class StreamSessions:
    """All open streams; those that are no longer read are ended.

    Args:
        config: of the studio.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sessions: dict[str, StreamSession] = {}

    def __len__(self) -> int:
        """Number of open streams."""
        return len(self._sessions)

    async def start(
        self, request: dict[str, Any], files: list[str], conditions: Sequence[Condition] | None = None
    ) -> str:
        """Starts a stream and returns its name; see `StreamSession`.

        Raises:
            ApiError: as many streams are open as the limit allows.
        """
        await self.tidy()
        if len(self._sessions) >= self._config.limits.streams:
            raise ApiError(503, f"{len(self._sessions)} streams are playing, which is the limit; stop one", 5)
        name = new_id()
        self._sessions[name] = StreamSession(request, files, self._config.devices[0], conditions)
        return name

    def get(self, name: str) -> StreamSession:
        """Returns the stream of that name.

        Raises:
            ApiError: there is none.
        """
        if name not in self._sessions:
            raise ApiError(404, f"there is no such stream; a stream ends when nobody reads it for {IDLE_S:g} s")
        return self._sessions[name]

    async def end(self, name: str) -> None:
        """Ends a stream."""
        session = self.get(name)
        del self._sessions[name]
        await asyncio.to_thread(session.worker.end)

    async def end_all(self) -> None:
        """Ends every stream."""
        for name in list(self._sessions):
            await self.end(name)

    async def tidy(self) -> None:
        """Ends the streams that are no longer read."""
        for name, session in list(self._sessions.items()):
            if session.worker.has_ended or time.monotonic() - session.used_s > IDLE_S:
                await self.end(name)
