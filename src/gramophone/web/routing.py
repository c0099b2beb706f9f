"""How routes are described and read: JSON bodies of any content type up to a size, refusals, the studio."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from gramophone.web.config import Limits
from gramophone.web.errors import ApiError
from gramophone.web.studio import Studio

BODY_BYTES = 20_000
REFUSALS = {
    400: "the request was interrupted",
    403: "the token is missing or wrong, or the request comes from another site",
    404: "there is no such thing",
    408: "the body did not arrive",
    409: "it is not in a state for this",
    410: "it has ended",
    413: "it is larger than the limit",
    415: "this is no sound that can be read",
    422: "a value is invalid",
    503: "too much at once; Retry-After says when to try again",
    507: "the studio's folder is full",
}


class Error(BaseModel):
    """A refusal."""

    error: str


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the answers with these statuses."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": REFUSALS[status], "content": content} for status in statuses}


def files(*kinds: str, model: Any = None) -> dict[str, Any]:  # noqa: ANN401 (a type, or types in a union)
    """The description of an answer with the bytes of a file, or with JSON if there is a model of it."""
    return {
        "content": {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in kinds},
        **({"model": model} if model else {}),
    }


async def current_studio(request: Request) -> Studio:
    """The studio that a request is for."""
    studio: Studio = request.app.state.studio
    return studio


async def parts_of(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """The parts of a body as they arrive.

    Raises:
        ApiError: no data arrived for `limits.silence_s`, or too little of it after that time.
        ClientDisconnect: the body is incomplete.
    """
    parts = request.stream().__aiter__()
    began_s, size = time.monotonic(), 0
    while True:
        left_s = began_s + limits.silence_s + size / limits.least_bytes_per_s - time.monotonic()
        try:
            part = await asyncio.wait_for(anext(parts), max(0.0, min(limits.silence_s, left_s)))
        except StopAsyncIteration:
            return
        except TimeoutError:
            sentence = f"no data arrived for {limits.silence_s:g} s"
            if left_s < limits.silence_s:
                sentence = f"data arrived at less than {limits.least_bytes_per_s} bytes a second"
            raise ApiError(408, f"{sentence}; send the request again") from None
        size += len(part)
        yield part


def parsed(body: bytes) -> Any:  # noqa: ANN401
    """The values of a JSON body.

    Raises:
        ApiError: it is not JSON, or holds text that is not Unicode.
    """
    try:
        values = json.loads(body)
        # Half of a surrogate pair is text in Python that can neither be stored nor sent.
        json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(422, "the body is not JSON in UTF-8") from None
    return values


class JsonRequest(Request):
    """A request with a JSON body, whatever its header says: `fetch` and `curl -d` name other types."""

    async def body(self) -> bytes:
        """The body, refused as soon as it is too large."""
        if not hasattr(self, "_body"):
            body, studio = b"", await current_studio(self)
            async for part in parts_of(self, studio.config.limits):
                body += part
                if len(body) > BODY_BYTES:
                    raise ApiError(413, f"the body is larger than {BODY_BYTES} bytes, the limit; send a smaller one")
            self._body = body
        return self._body

    async def json(self) -> Any:  # noqa: ANN401
        """Parses the body."""
        return parsed(await self.body())


class ApiRoute(APIRoute):
    """A route whose body, if it has any, is read by `JsonRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Returns the handler."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def handle(request: Request) -> Response:
            headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
            scope = {**request.scope, "headers": [*headers, (b"content-type", b"application/json")]}
            return await handler(JsonRequest(scope, request.receive))

        return handle


CurrentStudio = Annotated[Studio, Depends(current_studio)]
Id = Annotated[str, Path(alias="id", description="id of the sound, job or stream")]
