"""What the studio can be asked for: the package's requests as JSON bodies, and the limits of a studio."""

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, TypeAdapter
from pydantic.fields import FieldInfo

from gramophone.errors import UsageError
from gramophone.presets import Job as Task
from gramophone.request import REQUESTS, Request, StreamRequest, TextureRequest, TransferRequest, kind_of
from gramophone.request.base import NotInStudio
from gramophone.request.refusals import shown
from gramophone.request.values import SOURCES, Name, Switch
from gramophone.web.config import Limits
from gramophone.web.errors import ApiError

NETWORKS = ("wyse2017", "huzaifah2019", "verma2018")
"""Trained networks of spectrograms that come with the package; a test compares them with its files."""

WEIGHTS_HELP = (
    "Weight of each style: 2,1 takes twice as much of the first; equal by default. Or the weights of a network: "
    "trained or random."
)
SHORTEST_S = 0.1


def _as_offered(schema: dict[str, Any]) -> None:
    """Leaves out of a JSON schema what the studio does not offer."""
    offered = offered_fields(schema["properties"]["task"]["const"])
    properties = {name: one for name, one in schema["properties"].items() if name in offered}
    schema["properties"] = properties
    properties["weights"]["description"] = WEIGHTS_HELP
    if "network" in properties:
        properties["network"]["enum"] = [*NETWORKS, None]


class Continued(BaseModel):
    """Fields of a job besides those of its request."""

    model_config = ConfigDict(json_schema_extra=_as_offered)

    begun: Name | None = Field(
        None, description="A job whose result, or what there is of it, is the start of this one.", kw_only=True
    )
    steered: Switch = Field(
        False, description="Whether the job in 'begun' was stopped for this one: both are one run.", kw_only=True
    )


class TextureBody(TextureRequest, Continued):
    """A texture; its sounds are named by their ids."""


class TransferBody(TransferRequest, Continued):
    """A transfer; its sounds are named by their ids."""


class StreamBody(StreamRequest):
    """A stream, whose weights are changed while it plays; its sounds are named by their ids."""

    model_config = ConfigDict(json_schema_extra=_as_offered)


BODIES: Mapping[Task, type[BaseModel]] = {"texture": TextureBody, "transfer": TransferBody, "stream": StreamBody}


def offered_fields(task: Task) -> dict[str, FieldInfo]:
    """The fields of a body that the studio offers, by name."""

    def is_offered(field: FieldInfo) -> bool:
        return not any(isinstance(one, NotInStudio) and task in one.tasks for one in field.metadata)

    return {name: field for name, field in BODIES[task].model_fields.items() if is_offered(field)}


def _offered(values: object) -> object:
    """Refuses unknown fields and those of other tasks, unless they have their defaults, which are dropped."""
    task = kind_of(values).name
    values = cast(Mapping[str, Any], values)
    every = {name: field.default for one in BODIES for name, field in offered_fields(one).items()}
    if unknown := [name for name in values if name not in every]:
        raise UsageError(f"there is no {shown(unknown[0])}; a request has {', '.join(every)}")
    fields = offered_fields(task)
    if strange := [name for name in values if name not in fields and values[name] not in (None, every[name])]:
        raise UsageError(f"a {task} takes no '{strange[0]}'; leave it out")
    return {name: value for name, value in values.items() if name in fields}


AnyBody = TextureBody | TransferBody | StreamBody
Body = Annotated[AnyBody, Discriminator("task"), BeforeValidator(_offered)]
"""The JSON body of `POST /api/jobs` and `POST /api/streams`."""

_ADAPTER: TypeAdapter[AnyBody] = TypeAdapter(Body)


def read_body(values: object) -> AnyBody:
    """Reads a body from what JSON holds; sounds, jobs and limits are not looked up here.

    Raises:
        UsageError: with the first thing that is wrong.
    """
    return _ADAPTER.validate_python(values)


def request_in(body: AnyBody, device: str | None = None) -> Request:
    """Returns the request in a body.

    Args:
        body: as it was sent.
        device: on which it is to be computed.
    """
    values = {name: value for name, value in body if name in REQUESTS[body.name].model_fields}
    return REQUESTS[body.name].model_validate({**values, "device": device})


def check_limits(body: AnyBody, limits: Limits) -> None:
    """Refuses values over the limits of a studio, and networks or weights from its disk.

    Raises:
        ApiError: with the first thing that is wrong.
    """
    if len(body.styles) > limits.styles:
        raise ApiError(422, f"{len(body.styles)} styles are too many; give {limits.styles} or fewer")
    if body.iterations is not None and body.iterations > limits.iterations:
        raise ApiError(422, f"iterations must be between 1 and {limits.iterations}, not {body.iterations}")
    if body.network_weights not in (None, *SOURCES):
        raise ApiError(422, f"the weights of a network must be trained or random, not {shown(body.network_weights)}")
    if isinstance(body, TransferRequest) and body.network not in (None, *NETWORKS):
        raise ApiError(422, f"network must be one of {', '.join(NETWORKS)}, not {shown(body.network)}")
    if not isinstance(body, TextureBody):
        return
    if body.length_s is not None:
        check_length(body, body.length_s, limits)
    if body.is_long and body.begun is not None:
        raise ApiError(422, "a texture in blocks starts from noise; leave out 'begun', or ask for 30 s or less")


def check_length(request: Request, length_s: float, limits: Limits) -> None:
    """Refuses a result that would be too long or too short.

    Raises:
        ApiError: it would.
    """
    if not length_s >= SHORTEST_S:
        raise ApiError(422, f"{length_s:g} s is too short; a result must last {SHORTEST_S:g} s or more")
    is_long = isinstance(request, TextureRequest) and request.is_long
    limit_s = limits.duration_s if is_long else limits.whole_s
    if length_s > limit_s:
        remedy = "ask for less with 'duration_s'" if isinstance(request, TextureRequest) else "cut the content"
        raise ApiError(422, f"the result would last {length_s:.1f} s; the limit here is {limit_s:g} s: {remedy}")
