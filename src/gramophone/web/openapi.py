"""The OpenAPI document, made from the routes and the fields of an order."""

import inspect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gramophone import __version__
from gramophone.web.orders import Bounds, Field, order_fields
from gramophone.web.schemas import EVENTS, Schema, named, schemas

if TYPE_CHECKING:
    from gramophone.web.routes import Endpoint

NEEDED = ("task", "styles")
TYPES = {"number": "number", "integer": "integer", "text": "string", "flag": "boolean", "list": "array"}
REFUSALS = {
    400: "the request broke off",
    403: "the token is missing or wrong, or the request comes from another site",
    404: "there is no such thing",
    408: "the body did not come",
    409: "it is not in a state for this",
    410: "it has ended",
    413: "it is larger than the limit",
    415: "this is no sound that can be read",
    422: "a value cannot be",
    503: "too much at once; Retry-After says when to try again",
    507: "the studio's folder is full",
}
PARAMETERS = {
    "id": "of the sound, job or stream",
    "which": "phrase, melody, rain, fire or rhythm",
    "wish": "stop (keeps the result so far), cancel, or listen (makes so-far)",
    "what": "sounds: audio, picture, peaks; jobs: wav, flac, record, report, picture, peaks, so-far, forming",
}


def openapi(endpoints: "Sequence[Endpoint]") -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "gramophone studio", "version": __version__, "description": _description()},
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Order": order_schema(), "Weights": WEIGHTS, "Error": ERROR, **schemas()},
        },
    }


def order_schema() -> dict[str, Any]:
    """What an order is."""
    return {
        "type": "object",
        "required": list(NEEDED),
        "additionalProperties": False,
        "properties": {field.name: _schema(field) for field in order_fields()},
    }


ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
WEIGHTS = {
    "type": "object",
    "required": ["weights", "at"],
    "properties": {
        "weights": {"type": "array", "items": {"type": "number", "minimum": 0}},
        "at": {
            "type": "integer",
            "minimum": 0,
            "description": "sample from which on they count, if it is not too late",
        },
    },
}


def _description() -> str:
    return (
        "Sounds are uploaded, jobs made of them, and watched by server-sent events; streams are read block by block. "
        "The token goes into the header Authorization: Bearer TOKEN."
    )


def _operation(one: "Endpoint") -> dict[str, Any]:
    summary = inspect.getdoc(one.handler) or ""
    path_names = re.findall(r"{(\w+)}", one.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": PARAMETERS[name]}
        for name in path_names
    ]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string"}, "description": words}
        for name, words in one.query.items()
    ]
    well: dict[str, Any] = {"description": "done" if one.gives else "done; nothing is answered"}
    if one.gives:
        well["content"] = {kind: {"schema": _answer(kind, name)} for kind, name in one.gives.items()}
    error = {"application/json": {"schema": named("Error")}}
    refused = sorted({403, *one.refusals, *([404] if path_names else [])})
    found: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": summary.splitlines()[0],
        "parameters": parameters,
        "responses": {
            **{str(status): well for status in (one.status, *one.also)},
            **{str(status): {"description": REFUSALS[status], "content": error} for status in refused},
        },
    }
    if one.takes:
        schema = named(one.schema) if one.schema else {"contentMediaType": one.takes}
        found["requestBody"] = {"required": True, "content": {one.takes: {"schema": schema}}}
    return found


def _answer(kind: str, name: str) -> Schema:
    if kind == "text/event-stream":
        kinds = [named(f"Event-{event}") for event in EVENTS]
        return {"description": f"events: {', '.join(EVENTS)}; their data:", "items": {"anyOf": kinds}}
    return named(name) if name else {"contentMediaType": kind, "description": "the bytes of a file"}


def _schema(field: Field) -> dict[str, Any]:
    limits = {"minimum": field.bounds.least, "maximum": field.bounds.most} if field.bounds else {}
    needed = field.name in NEEDED  # of the others, null says the same as nothing
    kind = TYPES[field.kind]
    found: dict[str, Any] = {"type": kind if needed else [kind, "null"], "description": field.help}
    if field.kind == "list":
        found["items"] = _items(field.bounds)
    else:
        found.update(limits)
    if field.choices:
        found["enum"] = [*field.choices, *([] if needed else [None])]
    if field.default is not None:
        found["default"] = field.default
    return found


def _items(bounds: Bounds | None) -> Schema:
    if bounds is None:
        return {"type": "string"}
    number = {"type": "number", "minimum": bounds.least, "maximum": bounds.most}
    return {"anyOf": [number, {"enum": list(bounds.words)}]} if bounds.words else number
