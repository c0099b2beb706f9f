"""What the HTTP API answers, as JSON schemas; those of stored things are read off their dataclasses."""

import types
from dataclasses import fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gramophone.web.config import Limits
from gramophone.web.jobs import Job
from gramophone.web.orders import Bounds, Field, attribute_words
from gramophone.web.sounds import StoredSound

Schema = dict[str, Any]
PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
HIDDEN = ("wish", "listens")  # what of a job is between the server and its worker


def named(name: str) -> Schema:
    """A reference to one of `schemas()`."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(needed: dict[str, Schema], spare: dict[str, Schema] | None = None) -> Schema:
    """An object with these members, some of which may be missing."""
    return {"type": "object", "required": list(needed), "properties": {**needed, **(spare or {})}}


def listed(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def dataclass_schema(described: type, *, without: tuple[str, ...] = ()) -> Schema:
    """An object with the attributes of a dataclass, whose docstring says what they are."""
    hints, words = get_type_hints(described), attribute_words(described)
    names = [one.name for one in fields(described) if one.name not in without]
    return record(
        {name: {**_schema(hints[name]), **({"description": words[name]} if name in words else {})} for name in names}
    )


def schemas() -> dict[str, Schema]:
    """All of them, by name."""
    sound = dataclass_schema(StoredSound)
    return {
        "Sound": sound,
        "Sounds": listed(named("Sound")),
        "UploadedSound": {"allOf": [named("Sound"), record({"notes": listed(TEXT)})]},
        "Job": {"allOf": [dataclass_schema(Job, without=HIDDEN), record({"request": named("Order")})]},
        "Jobs": listed(named("Job")),
        "Result": RESULT,
        "Started": record({"id": TEXT}),
        "Status": STATUS,
        "Form": record(
            {
                "fields": listed(dataclass_schema(Field)),
                "presets": listed(
                    record({"name": TEXT, "help": TEXT, "tasks": listed(TEXT), "goes_on": {"type": "boolean"}})
                ),
                "built_in": listed(TEXT),
                "long_s": NUMBER,
                "limits": dataclass_schema(Limits),
            }
        ),
        "Bounds": dataclass_schema(Bounds),
        "Document": record({"openapi": TEXT, "info": OBJECT, "paths": OBJECT, "components": OBJECT}),
        "Peaks": {**listed(NUMBER), "description": "least and largest sample in turn"},
        "PeaksOrRecord": {"anyOf": [named("Peaks"), named("Record")]},
        "Record": {**OBJECT, "description": "the run record, see docs/guide.md"},
        **{f"Event-{kind}": schema for kind, schema in EVENTS.items()},
    }


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
STATE: Schema = {"enum": ["queued", "running", "done", "failed", "cancelled"]}

STATUS = record(
    {
        "version": TEXT,
        "workers": listed(record({"pid": {"type": ["integer", "null"]}, "ready": {"type": "boolean"}})),
        **dict.fromkeys(("queued", "running", "uploads", "streams", "stored_bytes", "stored_bytes_limit"), COUNT),
    }
)
RESULT = record(
    {
        "rate_hz": COUNT,
        "channels": COUNT,
        "duration_s": NUMBER,
        "level_db": NUMBER,
        "loudness_lufs": NUMBER,
        "gain_db": NUMBER,
        "stopped": TEXT,
        "steps": COUNT,
        "seconds": NUMBER,
        "command": listed(TEXT),
    }
)
EVENTS = {
    "state": record({"state": STATE, "reason": TEXT}),
    "begun": record({"device": TEXT}),
    "step": record(
        {
            "index": COUNT,
            "of": COUNT,
            "total": {"type": ["number", "null"]},
            "losses": {"type": "object", "additionalProperties": NUMBER},
            "elapsed_s": NUMBER,
            "remaining_s": NUMBER,
        }
    ),
    "picture": OBJECT,
    "heard": record({"number": COUNT, "step": COUNT, "loudness_lufs": NUMBER}),
    "end": OBJECT,
}


def _schema(hint: Any) -> Schema:  # noqa: ANN401
    if hint is Bounds:
        return named("Bounds")
    if hint in PLAIN:
        return {"type": PLAIN[hint]}
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(inside)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if one is type(None) else _result_or(one) for one in inside]}
    if origin is tuple:
        return listed(_schema(inside[0]))
    return OBJECT if origin is dict else {}


def _result_or(hint: Any) -> Schema:  # noqa: ANN401
    """Of what may be missing, only the result of a job is an object."""
    return named("Result") if get_origin(hint) is dict else _schema(hint)
