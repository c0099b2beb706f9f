"""The form of the page, read off the requests: every field with its kind, words and limits."""

import functools
from collections.abc import Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel, Field

from gramophone.presets import DESCRIPTIONS, PRESETS, WHOLE_S
from gramophone.presets import Job as Task
from gramophone.request.base import CHANGES
from gramophone.request.values import SOURCES
from gramophone.web.config import Limits
from gramophone.web.preset_costs import COSTS_S, Group, group_of
from gramophone.web.requests import BODIES, SHORTEST_S
from gramophone.web.sound_worker import MADE

Kind = Literal["number", "integer", "text", "flag", "list"]
KINDS: Mapping[str, Kind] = {
    "number": "number",
    "integer": "integer",
    "string": "text",
    "boolean": "flag",
    "array": "list",
}
STEPS = {"duration_s": SHORTEST_S, "diversity": 0.001, "crossover_hz": 1.0, "span_ms": 1.0}
USUAL_STEP = 0.01
LARGEST_IN_BROWSERS = 2**53 - 1
FIRST = (
    *("task", "styles", "content", "keep", "strength", "duration_s"),
    *("network", "weights", "morph", "mix", "crossover_hz"),
)
"""Fields in the order in which a reader meets them; the others follow, those that change the preset last."""


class Bounds(BaseModel):
    """Limits of a number, or of each number in a list; `words` may stand among the numbers."""

    least: float
    most: float | None
    step: float
    words: tuple[str, ...] = ()


class FormField(BaseModel):
    """One field of a request."""

    name: str
    kind: Kind = Field(description="A list has numbers, or ids where there are no bounds.")
    help: str
    choices: tuple[str, ...] = Field(description="All values, of a text that has only some.")
    bounds: Bounds | None
    default: Any
    tasks: tuple[Task, ...] = Field(description="Tasks that take it.")
    is_change: bool = Field(description="Whether it changes the preset.")


class PresetChoice(BaseModel):
    """One preset."""

    name: str
    help: str
    tasks: tuple[Task, ...]
    goes_on: bool = Field(description="Whether it can start from an earlier result.")
    group: Group = Field(description="Ours: of this project; published: systems of others; rivals: no network.")
    cost_s: float = Field(description="Processor time of a transfer of 3 s of sound, in seconds, on one thread.")


class Form(BaseModel):
    """All fields of requests, and what they may hold."""

    fields: tuple[FormField, ...]
    presets: tuple[PresetChoice, ...]
    built_in: tuple[str, ...] = Field(description="Names of the built-in sounds.")
    long_s: float = Field(description="Textures longer than this are made in blocks.")
    limits: Limits


def form(limits: Limits) -> Form:
    """Returns the form of a studio with these limits."""
    presets = [
        PresetChoice(
            name=name,
            help=DESCRIPTIONS[name],
            tasks=tuple(jobs),
            goes_on=all(settings.network.normalise_level for settings in jobs.values()),
            group=group_of(name),
            cost_s=COSTS_S[name],
        )
        for name, jobs in PRESETS.items()
    ]
    return Form(fields=form_fields(limits), presets=tuple(presets), built_in=MADE, long_s=WHOLE_S, limits=limits)


@functools.cache
def form_fields(limits: Limits) -> tuple[FormField, ...]:
    """Returns the fields of all requests that a studio offers."""
    schemas = {task: body.model_json_schema()["properties"] for task, body in BODIES.items()}
    found = {name: one for schema in schemas.values() for name, one in schema.items()}
    fields = [
        _field(name, schema, tuple(task for task in schemas if name in schemas[task]), limits)
        for name, schema in found.items()
    ]
    return tuple(sorted(fields, key=lambda field: (field.is_change, _rank(field.name))))


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _field(name: str, schema: dict[str, Any], tasks: tuple[Task, ...], limits: Limits) -> FormField:
    own = next(one for one in schema.get("anyOf", [schema]) if one.get("type") != "null")
    kind = KINDS[own["type"]]
    choices = tuple(BODIES) if name == "task" else schema.get("enum", own.get("enum", ()))
    return FormField(
        name=name,
        kind=kind,
        help=schema["description"],
        choices=tuple(one for one in choices if one is not None),
        bounds=_bounds(name, own, limits),
        default=None if name == "task" else schema.get("default"),
        tasks=tasks,
        is_change=name in CHANGES,
    )


def _bounds(name: str, schema: dict[str, Any], limits: Limits) -> Bounds | None:
    items = schema.get("items", schema)
    number = next((one for one in items.get("anyOf", [items]) if one["type"] in ("number", "integer")), None)
    if number is None:
        return None
    step = STEPS.get(name, 1.0 if number["type"] == "integer" else USUAL_STEP)
    most = {"iterations": limits.iterations, "duration_s": limits.duration_s, "seed": LARGEST_IN_BROWSERS}
    return Bounds(
        least=cast(float, number.get("minimum", 0 if name == "weights" else step)),
        most=most.get(name, number.get("maximum")),
        step=step,
        words=SOURCES if name == "weights" else (),
    )
