"""What the HTTP API does with endless textures."""

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gramophone.web.errors import ApiError
from gramophone.web.job_routes import json_body, look_up
from gramophone.web.orders import read_order
from gramophone.web.sound_routes import studio_of


async def start_stream(request: Request) -> Response:
    """Starts a stream."""
    studio = studio_of(request)
    values = await json_body(request)
    order, _ = read_order(values, studio.config.limits)
    if order.task != "stream":
        raise ApiError(422, f"a {order.task} is a job, made at /api/jobs")
    files = look_up(studio, order)
    name = await studio.streams.start(values, [str(path) for path in files])
    return JSONResponse({"id": name}, 201)


async def next_block(request: Request) -> Response:
    """The next block of a stream."""
    head, samples = await studio_of(request).streams.get(request.path_params["id"]).block()
    headers = {f"X-{name.replace('_', '-')}": str(value) for name, value in head.items()}
    return Response(samples, media_type="application/octet-stream", headers=headers)


async def change_stream(request: Request) -> Response:
    """Changes the weights of a stream from a sample on."""
    stream = studio_of(request).streams.get(request.path_params["id"])
    values = await json_body(request)
    weights, at = (values.get("weights"), values.get("at")) if isinstance(values, dict) else ([], None)
    if not isinstance(weights, list) or not all(map(_is_share, weights)):
        weights = []
    if len(weights) != stream.styles or not 0 < sum(weights) < math.inf or type(at) is not int or at < 0:
        raise ApiError(422, f"a change has 'weights', {stream.styles} of them and not all 0, and 'at', a sample")
    stream.say({"weights": weights, "at": at})
    return Response(status_code=204)


async def end_stream(request: Request) -> Response:
    """Ends a stream."""
    await studio_of(request).streams.end(request.path_params["id"])
    return Response(status_code=204)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
