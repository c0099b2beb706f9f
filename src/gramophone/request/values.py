"""Types of a request's values, and validators that read them from text: numbers, lists, weights, morphs."""

from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticKnownError

from gramophone.bounds import LARGEST_SEED
from gramophone.errors import UsageError
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import KEEP, parse_keep

SOURCES = ("trained", "random")
WEIGHTS_SUFFIXES = (".safetensors", ".npz", ".pth")


def number(value: object) -> object:
    """Refuses truth values, which would become numbers."""
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")
    return value


def integer(value: object) -> object:
    """Refuses truth values, which would become integers."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


Count = Annotated[int, Field(ge=1), BeforeValidator(integer)]
WholeNumber = Annotated[int, Field(ge=0, le=LARGEST_SEED), BeforeValidator(integer)]
Octaves = Annotated[int, Field(ge=-4, le=4)]
Semitones = Annotated[int, Field(ge=0, le=36), BeforeValidator(integer)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(number)]
Weight = Annotated[float, Field(ge=0), BeforeValidator(number)]
Positive = Annotated[float, Field(gt=0), BeforeValidator(number)]
Seconds = Positive
Lengths = tuple[Positive, ...]
Frequencies = tuple[Positive, ...]
Switch = Annotated[bool, Parameter(negative=(), show_default=False)]


def numbers(value: object) -> object:
    """Splits texts at their commas: `20,80`, `["20,80"]` and `[20, 80]` are the same list."""
    if isinstance(value, str | int | float):
        value = [value]
    if not isinstance(value, Iterable):
        return value
    return tuple(piece for one in value for piece in (one.split(",") if isinstance(one, str) else [one]))


def keep_list(value: object) -> object:
    """Joins the names of what is kept, each once and in a fixed order.

    Raises:
        UsageError: an unknown name, none at all, or `auto` beside others.
    """
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Iterable):
        return value
    given = list(value)
    if not all(isinstance(one, str) for one in given):
        raise PydanticKnownError("string_type")
    kept = parse_keep(name.strip() for one in given for name in one.split(","))
    if kept is None:
        return "auto"
    return "all" if kept == set(KEEP) else ",".join(name for name in KEEP if name in kept)


def octave_number(value: object) -> object:
    """A number of octaves; None for `auto`."""
    return None if isinstance(value, str) and value.strip() == "auto" else integer(value)


def weight_list(value: object) -> object:
    """Weights of the styles, followed by the source of the network's weights.

    Raises:
        UsageError: there are two sources.
    """
    if isinstance(value, str | int | float):
        value = [value]
    if not isinstance(value, Iterable):
        return value
    pieces = [piece for one in value for piece in (_weight_pieces(one) if isinstance(one, str) else [one])]
    if any(isinstance(piece, bool) for piece in pieces):
        raise PydanticKnownError("float_type")
    sources = [piece for piece in pieces if isinstance(piece, str)]
    if unknown := [word for word in sources if word not in SOURCES and not word.endswith(WEIGHTS_SUFFIXES)]:
        raise PydanticKnownError("float_parsing") from ValueError(unknown[0])
    if len(sources) > 1:
        raise UsageError(f"a network has one set of weights, not {' and '.join(sources)}; leave out one of them")
    return (*(piece for piece in pieces if not isinstance(piece, str)), *sources)


def _weight_pieces(text: str) -> list[float | str]:
    """Splits off leading numbers only, as names of files may have commas."""
    first, comma, rest = text.partition(",")
    try:
        found: list[float | str] = [float(first)]
    except ValueError:
        return [text.strip()]
    return found + (_weight_pieces(rest) if comma else [])


def morph_text(value: object) -> object:
    """Text of a morph that was made in Python."""
    if not isinstance(value, Morph):
        return value
    points = zip(value.times_s, value.weights, strict=True)
    return " ".join(f"{plain(time_s)}:{plain(weights)}" for time_s, weights in points)


def plain(value: object) -> str:
    """A value as a word of a command line or a cell of a table."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(map(plain, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
