"""What the HTTP API does with causal models: textures without recordings, whose conditions are sliders."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from gramophone.errors import GramophoneError
from gramophone.raw import model_file
from gramophone.raw.configs import RawConfig, RawKind, kind_of
from gramophone.raw.packaged import models
from gramophone.request.values import WholeNumber
from gramophone.synthesis.raw_texture import checked_paths
from gramophone.web.errors import ApiError
from gramophone.web.routing import ApiRoute, CurrentStudio, refused
from gramophone.web.stream_routes import CurrentStream, StartedStream

router = APIRouter(route_class=ApiRoute)
Value = float | Annotated[str, Field(max_length=200)]
Values = Annotated[dict[Annotated[str, Field(max_length=200)], Value], Field(max_length=64)]


class ModelCondition(BaseModel):
    """A condition: a number within what was trained, or one of some classes."""

    name: str
    classes: list[str] = Field(description="Empty for a number.")
    low: float
    high: float


class Model(BaseModel):
    """A model that makes textures by itself."""

    name: str
    network: RawKind
    rate_hz: int
    conditions: list[ModelCondition]


class ModelStream(BaseModel):
    """What a stream of a model begins with."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    seed: WholeNumber = 0
    values: Values = Field(
        default_factory=dict, description="Of conditions; the middle of what was trained by default."
    )


class ConditionsChange(BaseModel):
    """Other values of conditions."""

    model_config = ConfigDict(allow_inf_nan=False, extra="forbid")

    values: Values
    at: Annotated[WholeNumber, Field(description="Sample from which on they count, if it is not too late.")]


def _config(path: Path) -> RawConfig | None:
    try:
        return model_file.read_config(path)
    except GramophoneError:  # another file of the folder
        return None


async def _model(name: str, studio: CurrentStudio) -> tuple[Path, RawConfig]:
    path = models(studio.config.models).get(name)
    config = None if path is None else _config(path)
    if path is None or config is None:
        raise ApiError(404, "there is no such model; GET /api/models lists them")
    return path, config


CurrentModel = Annotated[tuple[Path, RawConfig], Depends(_model)]


@router.get("/api/models")
async def list_models(studio: CurrentStudio) -> list[Model]:
    """The models that come with the package and those of the studio's folder."""
    found = []
    for name, path in models(studio.config.models).items():
        if (config := _config(path)) is not None:
            conditions = [
                ModelCondition(name=one.name, classes=list(one.classes), low=one.low, high=one.high)
                for one in config.conditions
            ]
            found.append(Model(name=name, network=kind_of(config), rate_hz=config.rate_hz, conditions=conditions))
    return found


@router.post("/api/models/{name}/streams", status_code=201, responses=refused(404, 413, 503))
async def start_model_stream(model: CurrentModel, body: ModelStream, studio: CurrentStudio) -> StartedStream:
    """Starts a stream of a model; its blocks are read as those of every stream."""
    path, config = model
    paths = checked_paths(config.conditions, {key: [value] for key, value in body.values.items()})
    request: dict[str, Any] = {"network": kind_of(config), "weights": str(path), "seed": body.seed}
    if paths:
        request["condition"] = {key: list(values) for key, values in paths.items()}
    return StartedStream(id=await studio.streams.start(request, [], config.conditions))


@router.post("/api/streams/{id}/conditions", status_code=204, response_class=Response, responses=refused(404, 413))
async def change_conditions(stream: CurrentStream, change: ConditionsChange) -> None:
    """Changes conditions of a stream of a model from a sample on."""
    if stream.conditions is None:
        raise ApiError(422, "this stream is made of recordings and has weights, not conditions; send weights")
    checked_paths(stream.conditions, {key: [value] for key, value in change.values.items()})
    stream.change({"values": change.values, "at": change.at})
