"""Errors of pydantic as sentences for users."""

import math
import reprlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cyclopts import Parameter
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gramophone.bounds import describe_bounds, shortened
from gramophone.request.values import plain

LISTS: Mapping[str, str] = {
    "span_ms": "lengths greater than 0 with commas between them, such as 20,80,320",
    "crossover_hz": "frequencies greater than 0 with commas between them, such as 200,2000",
    "weights": "numbers of 0 or more, one for each style, such as 2,1, or trained, random or a file of weights",
    "styles": "names of recordings, at least one",
}
KINDS: Mapping[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
    "int_parsing_size": "an integer",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_unicode": "text in UTF-8",
}


def column_of(name: str, field: FieldInfo) -> str:
    """Column of a field in plans: its flag, with underscores."""
    named = [word for one in field.metadata if isinstance(one, Parameter) for word in one.name or ()]
    flags = [word for word in named if word.startswith("--")]
    return flags[0].removeprefix("--").replace("-", "_") if flags else name


def sentence(error: ErrorDetails, fields: Mapping[str, FieldInfo], task: str, others: Collection[str]) -> str:
    """Describes an error of pydantic in one sentence.

    Args:
        error: the error.
        fields: fields of the request.
        task: task of the request.
        others: names of the fields of all requests.
    """
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        if name in others:
            return f"a {task} takes no '{name}'; leave it out"
        known = ", ".join(column_of(one, field) for one, field in fields.items())
        return f"there is no option {shown(name)}; a {task} has {known}"
    if name not in fields:
        return f"a request must be an object with the fields of a {task}, not {shown(error['input'])}"
    if error["type"] == "missing":
        return f"a {task} needs '{name}'; name {'one recording or more' if name == 'styles' else 'a recording'}"
    column = column_of(name, fields[name])
    if excess := _excess(error, "between" in _limits(fields[name])):
        return f"each value of {column} {excess}" if len(error["loc"]) > 1 else f"{column} {excess}"
    return f"{column} must be {_wanted(name, error, fields[name])}, not {shown(error['input'])}"


def shown(value: object) -> str:
    """A refused value in at most 60 characters."""
    while isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, list | tuple | Mapping):
        return shortened(reprlib.repr(value))
    if not isinstance(value, str | bytes | int | float | Path | None):
        return f"a value of type {type(value).__name__}"
    is_word = isinstance(value, str) and not _is_number(value)
    return shortened(repr(value) if is_word else plain(value))


def _excess(error: ErrorDetails, is_range: bool) -> str:
    """What is said of a value that is too large or too long; nothing of other faults, and of numbers in a range."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "less_than_equal" if not is_range:
            return f"must be at most {plain(limits['le'])}, not {shown(error['input'])}"
        case "too_long":
            return f"must have at most {limits['max_length']} values, not {limits['actual_length']}"
        case "string_too_long":
            return f"must have at most {limits['max_length']} characters, not {len(plain(error['input']))}"
    return ""


def _wanted(name: str, error: ErrorDetails, field: FieldInfo) -> str:
    if name in LISTS:
        return LISTS[name]
    if choices := _choices(field.annotation):
        return f"one of {', '.join(choices)}"
    limits = _limits(field)
    if kind := KINDS.get(error["type"]):
        joint = " " if limits.startswith(("between", "greater")) else " of "
        return f"{kind}{joint}{limits}" if limits else kind
    return limits


def _limits(field: FieldInfo) -> str:
    found = {
        name: getattr(one, name) for one in _metadata(field) for name in ("ge", "gt", "le") if hasattr(one, name)
    }
    if "gt" in found:
        return f"greater than {found['gt']}"
    return describe_bounds(found["ge"], found.get("le", math.inf)) if "ge" in found else ""


def _metadata(annotated: Any) -> Iterator[object]:  # noqa: ANN401
    """Metadata of an annotated type and of the types within it."""
    if isinstance(annotated, FieldInfo):
        yield from annotated.metadata
        yield from _metadata(annotated.annotation)
        return
    for one in (*getattr(annotated, "__metadata__", ()), *get_args(annotated)):
        yield one
        yield from _metadata(one)


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for one in get_args(annotation) if (found := _choices(one))), ())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
