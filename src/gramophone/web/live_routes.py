"""Playing through a sound over a WebSocket: blocks of the microphone in, blocks of the answer out.

The first message is a `LiveStart` in JSON; the answer has `latency_samples`. Then every binary message is a block of
float32 samples (little endian, one channel) and is answered by one as long; every text message is a `LiveChange`.
The studio sends `meters` in JSON about four times a second, or an `error` before it closes.
"""

import asyncio
import contextlib
from collections import deque
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from gramophone.bounds import check_weights
from gramophone.errors import UsageError
from gramophone.request.values import StyleWeight
from gramophone.web import live_worker
from gramophone.web.errors import ApiError
from gramophone.web.studio import Studio
from gramophone.workers.process import WorkerEndedError, WorkerProcess
from gramophone.workers.protocol import Kind

PATH = "/api/live"
LARGEST_BYTES = 4 * 16_384
MOST_WAITING = 40
METER_S = 0.25
OPENING_S, SILENCE_S = 60.0, 10.0
REFUSED, BROKEN = 1008, 1011


class LiveChange(BaseModel):
    """What may change while it plays."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    strength: float | None = Field(None, ge=0, le=1)
    mix: float | None = Field(None, ge=0, le=1)
    freeze: bool | None = None
    weights: list[StyleWeight] | None = None


class LiveStart(BaseModel):
    """What is played, and how it begins."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    styles: list[str] = Field(min_length=1, max_length=8)
    rate_hz: int = Field(ge=1, le=384_000)
    mode: Literal["default", "fast"] = "default"
    strength: float = Field(0.6, ge=0, le=1)
    mix: float = Field(1.0, ge=0, le=1)
    weights: list[StyleWeight] | None = None


async def play(websocket: WebSocket) -> None:
    """Serves one page; its token and origin have been checked."""
    studio: Studio = websocket.app.state.studio
    await websocket.accept()
    try:
        start = LiveStart.model_validate_json(await websocket.receive_text())
        await _play(websocket, studio, start)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the page was closed
    except ValidationError as error:
        first = error.errors()[0]
        await _refuse(websocket, f"{'.'.join(map(str, first['loc'])) or 'the message'} is invalid: {first['msg']}")
    except (ApiError, UsageError, KeyError) as error:
        await _refuse(websocket, str(getattr(error, "detail", error)))
    except (WorkerEndedError, TimeoutError) as error:
        await _refuse(websocket, str(error) or "the studio did not answer in time; start again", BROKEN)


async def _play(websocket: WebSocket, studio: Studio, start: LiveStart) -> None:
    if start.weights is not None:
        check_weights(start.weights, len(start.styles))
    if studio.live_players >= studio.config.limits.streams:
        raise ApiError(503, f"{studio.live_players} pages are playing live, which is the limit; stop one")
    files = [str(studio.config.sound(studio.sounds.use(name).id) / "sound.wav") for name in start.styles]
    studio.live_players += 1
    worker = WorkerProcess(live_worker, silence_limit_s=SILENCE_S)
    try:
        settings = start.model_dump(exclude={"styles"})
        (opened,) = await worker.ask_async({**settings, "files": files}, limit_s=OPENING_S)
        await websocket.send_json(opened.data)
        await _Exchange(websocket, worker, len(start.styles)).run()
    finally:
        studio.live_players -= 1
        await asyncio.to_thread(worker.end)


class _Exchange:
    """Messages of a page to its worker and back, until either ends."""

    def __init__(self, websocket: WebSocket, worker: WorkerProcess, styles: int) -> None:
        self._websocket, self._worker, self._styles = websocket, worker, styles
        self._waiting: deque[int] = deque()

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._heard()), asyncio.create_task(self._played())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._worker.kill()  # ends a thread that waits for it
            for task in tasks:
                task.cancel()
            with contextlib.suppress(BaseException):
                await asyncio.gather(*tasks)

    async def _heard(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (data := message.get("bytes")) is not None:
                self._hear(data)
            else:
                change = LiveChange.model_validate_json(message.get("text") or "")
                if change.weights is not None:
                    check_weights(change.weights, self._styles)
                self._worker.send(Kind.CONTROL, change.model_dump(exclude_none=True))

    def _hear(self, data: bytes) -> None:
        if not data or len(data) % 4 or len(data) > LARGEST_BYTES:
            raise ApiError(422, f"a block must be 4 to {LARGEST_BYTES} bytes of 32-bit floats, not {len(data)} bytes")
        # Where too many wait already, silence answers in the place of this one.
        is_late = len(self._waiting) >= MOST_WAITING
        self._waiting.append(len(data) if is_late else 0)
        if not is_late:
            self._worker.send(Kind.REQUEST, {}, data)

    async def _played(self) -> None:
        loop = asyncio.get_running_loop()
        told_s = loop.time()
        while True:
            frame = await asyncio.to_thread(self._worker.receive)
            if frame.kind != Kind.REPLY:
                continue
            self._waiting.popleft()
            await self._websocket.send_bytes(frame.body)
            while self._waiting and self._waiting[0]:
                await self._websocket.send_bytes(bytes(self._waiting.popleft()))
            if loop.time() - told_s > METER_S:
                told_s = loop.time()
                await self._websocket.send_json(frame.data)


async def _refuse(websocket: WebSocket, sentence: str, code: int = REFUSED) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.send_json({"error": sentence})
        await websocket.close(code)
