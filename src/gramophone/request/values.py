"""Types of a request's values, and validators that read them from text: numbers, lists, weights, morphs."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated

from cyclopts import Group, Parameter
from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError

from gramophone.bounds import LARGEST_SEED
from gramophone.errors import UsageError
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import KEEP, parse_keep

SOURCES = ("trained", "random")
WEIGHTS_SUFFIXES = (".safetensors", ".npz", ".pth", ".t7")
NAME_CHARACTERS, PATH_CHARACTERS, MORPH_CHARACTERS = 100, 4096, 2000
LONGEST_S = 1e9
METHOD = Group("Method", sort_key=3)
"""Options of help pages that few need: how it is computed."""

KEEP_CHOICES = ("auto", *(",".join(some) for n in range(1, len(KEEP)) for some in combinations(KEEP, n)), "all")
"""All that `keep_list` returns."""


@dataclass(frozen=True)
class Ceiling:
    """The largest number that makes sense; unlike `le` of a range, only refusals of larger numbers state it."""

    largest: float

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Adds the limit to the schema of a number."""
        return {**handler(source), "le": self.largest}


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


def path_name(text: str) -> str:
    """Refuses a name longer than any system takes."""
    if len(text) > PATH_CHARACTERS:
        raise PydanticKnownError("string_too_long", {"max_length": PATH_CHARACTERS})
    return text


Count = Annotated[int, Field(ge=1), Ceiling(10**9), BeforeValidator(integer)]
FilterCount = Annotated[int, Field(ge=1), Ceiling(100_000), BeforeValidator(integer)]
WholeNumber = Annotated[int, Field(ge=0, le=LARGEST_SEED), BeforeValidator(integer)]
Octaves = Annotated[int, Field(ge=-4, le=4)]
Semitones = Annotated[int, Field(ge=0, le=36), BeforeValidator(integer)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(number)]
TermWeight = Annotated[float, Field(ge=0), Ceiling(1000), BeforeValidator(number)]
StyleWeight = Annotated[float, Ceiling(1e6)]
Seconds = Annotated[float, Field(gt=0), Ceiling(LONGEST_S), BeforeValidator(number)]
Lengths = tuple[Annotated[float, Field(gt=0), Ceiling(10_000), BeforeValidator(number)], ...]
Frequencies = tuple[Annotated[float, Field(gt=0), Ceiling(200_000), BeforeValidator(number)], ...]
Name = Annotated[str, Field(max_length=NAME_CHARACTERS)]
PathName = Annotated[str, AfterValidator(path_name)]  # `max_length` refuses names that are not valid UTF-8
MorphText = Annotated[str, Field(max_length=MORPH_CHARACTERS)]
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
    if len(plain(given)) > NAME_CHARACTERS:
        raise PydanticKnownError("string_too_long", {"max_length": NAME_CHARACTERS})
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
        raise UsageError(f"a network has one set of weights, not {' and '.join(sources[:2])}; leave out one of them")
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
