"""Endless textures on the server's side: one process each, whose blocks are fetched one after the other."""

import asyncio
import json
import sys
import time
from typing import Any

from gramophone.web.config import Config
from gramophone.web.errors import ApiError
from gramophone.web.store import new_id
from gramophone.workers.subprocess_env import environment

IDLE_S = 30.0
FIRST_BLOCK_S, BLOCK_S = 120.0, 60.0


class EndlessStream:
    """One process that makes blocks.

    Args:
        process: see `streamer`.
        styles: how many styles it is made of.
    """

    def __init__(self, process: asyncio.subprocess.Process, styles: int) -> None:
        self.styles = styles
        self._process = process
        self._turn = asyncio.Lock()
        self._blocks = 0
        self.used_s = time.monotonic()

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.returncode is not None

    def say(self, words: dict[str, Any]) -> None:
        """Sends a line to the process."""
        self.used_s = time.monotonic()
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(words).encode() + b"\n")

    async def block(self) -> tuple[dict[str, Any], bytes]:
        """The next block: what its line says, and its samples, float32, channels in turn.

        Raises:
            RefusedError: the stream has ended, or another reader waits for it.
        """
        if self._turn.locked():
            raise ApiError(409, "this stream is being read already; start another one")
        async with self._turn:
            self.say({"next": True})
            try:
                read = await asyncio.wait_for(self._read(), BLOCK_S if self._blocks else FIRST_BLOCK_S)
            except (TimeoutError, asyncio.IncompleteReadError, ValueError):
                self.end()
                raise ApiError(410, "this stream has ended; start another one") from None
            except asyncio.CancelledError:
                self.end()  # half a block may have been read
                raise
            self._blocks += 1
            self.used_s = time.monotonic()
            return read

    def end(self) -> None:
        """Ends the process."""
        if not self.has_ended:
            self._process.kill()

    async def gone(self) -> None:
        """Waits until it is."""
        await self._process.wait()

    async def _read(self) -> tuple[dict[str, Any], bytes]:
        out = self._process.stdout
        if out is None:
            raise ValueError("the process has no output")
        head = json.loads(await out.readline())
        if "error" in head:
            self.end()
            raise ApiError(422, head["error"])
        return head, await out.readexactly(4 * head["samples"] * head["channels"])


class Streams:
    """The streams that are listened to; those that nobody listens to any more end.

    Args:
        config: of the studio.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._streams: dict[str, EndlessStream] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._streams)

    async def start(self, order: dict[str, Any], files: list[str]) -> str:
        """Starts a stream and gives its name.

        Raises:
            RefusedError: there are as many as may be.
        """
        await self.tidy()
        if len(self._streams) >= self._config.limits.streams:
            raise ApiError(503, f"{len(self._streams)} streams are playing, which is the limit; stop one", 5)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gramophone.web.streamer"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        name, stream = new_id(), EndlessStream(process, len(files))
        stream.say({"order": order, "files": files, "device": self._config.devices[0]})
        self._streams[name] = stream
        return name

    def get(self, name: str) -> EndlessStream:
        """The stream of that name.

        Raises:
            RefusedError: there is none.
        """
        if name not in self._streams:
            raise ApiError(404, "there is no such stream; it ends when nobody listens for a while")
        return self._streams[name]

    async def end(self, name: str) -> None:
        """Ends a stream."""
        stream = self.get(name)
        del self._streams[name]
        stream.end()
        await stream.gone()

    async def end_all(self) -> None:
        """Ends every stream."""
        for name in list(self._streams):
            await self.end(name)

    async def tidy(self) -> None:
        """Ends those that nobody reads."""
        for name, stream in list(self._streams.items()):
            if stream.has_ended or time.monotonic() - stream.used_s > IDLE_S:
                await self.end(name)
