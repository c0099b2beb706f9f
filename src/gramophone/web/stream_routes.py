"""What the HTTP API does with endless textures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from gramophone.bounds import check_weights
from gramophone.request.values import StyleWeight, WholeNumber
from gramophone.web.errors import ApiError
from gramophone.web.job_routes import look_up
from gramophone.web.requests import Body, StreamBody, check_limits
from gramophone.web.routing import ApiRoute, CurrentStudio, Id, files, refused
from gramophone.web.stream_sessions import StreamSession

router = APIRouter(route_class=ApiRoute)


class StartedStream(BaseModel):
    """A stream that plays."""

    id: str


class WeightsChange(BaseModel):
    """Other weights of a stream."""

    model_config = ConfigDict(allow_inf_nan=False)

    weights: list[StyleWeight] = Field(description="One for each style, not all 0.")
    at: Annotated[WholeNumber, Field(description="Sample from which on they count, if it is not too late.")]


async def _stream(name: Id, studio: CurrentStudio) -> StreamSession:
    return studio.streams.get(name)


CurrentStream = Annotated[StreamSession, Depends(_stream)]


@router.post("/api/streams", status_code=201, responses=refused(409, 413, 503))
async def start_stream(body: Body, studio: CurrentStudio) -> StartedStream:
    """Starts a stream."""
    check_limits(body, studio.config.limits)
    if not isinstance(body, StreamBody):
        raise ApiError(422, f"a {body.task} is a job, made at /api/jobs")
    paths = look_up(studio, body)
    return StartedStream(id=await studio.streams.start(body.given(), [str(path) for path in paths]))


@router.get(
    "/api/streams/{id}/block",
    response_class=Response,
    responses={200: files("application/octet-stream"), **refused(404, 409, 410)},
)
async def next_block(stream: CurrentStream) -> Response:
    """The next block of a stream."""
    head, samples = await stream.block()
    headers = {f"X-{name.replace('_', '-')}": str(value) for name, value in head.items()}
    return Response(samples, media_type="application/octet-stream", headers=headers)


@router.post("/api/streams/{id}/weights", status_code=204, response_class=Response, responses=refused(404, 413))
async def change_stream(stream: CurrentStream, change: WeightsChange) -> None:
    """Changes the weights of a stream from a sample on."""
    if stream.conditions is not None:
        raise ApiError(422, "this stream is made by a model and has conditions, not weights; send conditions")
    check_weights(change.weights, stream.styles)
    stream.change({"weights": change.weights, "at": change.at})


@router.delete("/api/streams/{id}", status_code=204, response_class=Response, responses=refused(404))
async def end_stream(name: Id, studio: CurrentStudio) -> None:
    """Ends a stream."""
    await studio.streams.end(name)
