"""Receiving a file: counted while it comes, given up when it is too large or too slow."""

import asyncio
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from gramophone.web.config import Limits
from gramophone.web.errors import ApiError


async def receive_file(request: Request, path: Path, limits: Limits) -> int:
    """Writes the body of a request to a new file; returns its size.

    Raises:
        RefusedError: it is larger than the limit (before it is stored), empty, or does not come.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limits.upload_bytes:
        raise _too_large(limits)
    size = 0
    body = request.stream().__aiter__()
    with path.open("xb") as file:
        while True:
            try:
                part = await asyncio.wait_for(anext(body), limits.silence_s)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise ApiError(408, f"nothing came for {limits.silence_s:g} s; send it again") from None
            except ClientDisconnect:
                raise ApiError(400, "the upload broke off; send it again") from None
            size += len(part)
            if size > limits.upload_bytes:
                raise _too_large(limits)
            file.write(part)
    if size == 0:
        raise ApiError(415, "the file is empty; choose another one")
    return size


def _too_large(limits: Limits) -> ApiError:
    return ApiError(413, f"files may have up to {limits.upload_bytes / 1e6:g} MB; cut it, or convert it to FLAC")
