"""What can be asked of the studio: one description, of which checks, form and the API's document are made."""

import functools
import inspect
import math
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from gramophone.errors import UsageError
from gramophone.presets import DEFAULT, PRESETS, Changes, Job, in_blocks, preset
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Settings
from gramophone.web.config import Limits
from gramophone.web.errors import ApiError

PresetName = Literal[
    "infinite",
    "infinite-deep",
    "ulyanov2016",
    "wyse2017",
    "gatys-vgg19",
    "huzaifah2019-freq",
    "huzaifah2019-time",
    "huzaifah2019-2d",
    "huzaifah2019-cqt",
    "verma2018",
    "antognini2018",
    "grinstein2017",
    "grinstein2017-vgg19",
    "grinstein2017-auditory",
    "mcdermott2011",
    "mital2017",
    "barry2017",
    "chorowski2017",
    "caracalla2020",
]
NetworkName = Literal["wyse2017", "huzaifah2019", "verma2018"]
LONGEST_TEXTS = {"morph": 2000}
LONGEST_TEXT = 100
SHORTEST_S = 0.1


@dataclass(frozen=True)
class Bounds:
    """Limits of a number, or of each number in a list, which may have some words, too."""

    least: float
    most: float
    step: float = 0.01
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What is wanted. Sounds and earlier results are named by their ids.

    Attributes:
        task: transfer makes one sound of another, texture more of a sound, stream a texture without end.
        styles: sounds that it is made of.
        content: what is said or played, for a transfer.
        strength: from 0 (the content as it is) to 1 (the style, free of the content).
        duration_s: length of a texture in seconds; by default that of the longest style.
        network: a trained network that looks at the sound instead.
        weights: share of each style, equal by default; and of a network: trained or random.
        morph: weights of the styles that move over time, as SECONDS:W,W with spaces between.
        mix: alternate: at each moment one of the styles. blend: all of them at once.
        crossover_hz: styles by frequency band instead, lowest first: one border less than there are styles.
        loop: the end of a texture leads into its beginning.
        preset: how it is made.
        seed: another number gives another take of the same sound.
        begun: a job whose result, or what there is of it, is gone on from.
    """

    task: Job
    styles: tuple[str, ...]
    content: str | None = None
    strength: Annotated[float, Bounds(0, 1)] = 0.6
    duration_s: Annotated[float | None, Bounds(SHORTEST_S, Limits.duration_s, 0.1)] = None
    network: NetworkName | None = None
    weights: Annotated[tuple[float | str, ...] | None, Bounds(0, 1e6, words=("trained", "random"))] = None
    morph: str | None = None
    mix: MixKind = "alternate"
    crossover_hz: Annotated[tuple[float, ...] | None, Bounds(1, 200_000, 1)] = None
    loop: bool = False
    preset: PresetName = DEFAULT  # type: ignore[assignment]  # a test compares the names with the presets
    seed: Annotated[int, Bounds(0, 2**53 - 1, 1)] = 0
    begun: str | None = None

    @property
    def sounds(self) -> tuple[str, ...]:
        """Everything that is listened to: the content first, then the styles."""
        return (*([self.content] if self.content else []), *self.styles)

    @property
    def shares(self) -> tuple[float, ...] | None:
        """Those of the styles, where they were given."""
        return tuple(one for one in self.weights or () if not isinstance(one, str)) or None

    @property
    def source(self) -> str | None:
        """Where a network's weights come from, where it was said."""
        return next((one for one in self.weights or () if isinstance(one, str)), None)

    @property
    def moving(self) -> Morph | None:
        """Weights that move.

        Raises:
            UsageError: they are not of the form, or do not fit the styles.
        """
        return None if self.morph is None else Morph.parse(self.morph, len(self.styles))

    @property
    def known_s(self) -> float | None:
        """Its length, where that does not depend on the sounds: a morph lasts until its last point."""
        moving = self.moving
        return moving.times_s[-1] if self.duration_s is None and moving is not None else self.duration_s

    @property
    def is_long(self) -> bool:
        """Whether it is made in blocks."""
        return self.task == "texture" and in_blocks(
            self.preset, self.known_s, loop=self.loop, morphs=self.morph is not None
        )


# Of the changes in a preset, whose names, types and words are those of `presets.Changes`.
CHANGE_BOUNDS = {
    "iterations": Bounds(1, Limits.iterations, 1),
    "span_ms": Bounds(1, 10_000, 1),
    "rhythm": Bounds(0, 1000),
    "diversity": Bounds(0, 1000, 0.001),
    "time_energy": Bounds(0, 1000),
    "frequency_energy": Bounds(0, 1000),
}
NOT_FOR: dict[str, tuple[Job, ...]] = {
    "content": ("texture", "stream"),
    "strength": ("texture", "stream"),
    "duration_s": ("transfer", "stream"),
    "loop": ("transfer", "stream"),
    "morph": ("transfer", "stream"),
    "network": ("texture", "stream"),
    "mix": ("transfer",),
    "crossover_hz": ("transfer",),
    "begun": ("stream",),
    **dict.fromkeys(("span_ms", "rhythm", "diversity", "time_energy", "frequency_energy"), ("transfer",)),
}


@dataclass(frozen=True)
class Field:
    """One thing that can be said in an order.

    Attributes:
        name: as in Python.
        kind: `number`, `integer`, `text`, `flag` or `list` (of numbers, or of ids where there are no bounds).
        help: in words.
        choices: all values, of a text that has only some.
        bounds: of a number.
        default: what it is when it is left out.
        tasks: for which it is of use.
        is_change: whether it changes the preset.
    """

    name: str
    kind: Literal["number", "integer", "text", "flag", "list"]
    help: str
    choices: tuple[str, ...]
    bounds: Bounds | None
    default: object
    tasks: tuple[Job, ...]
    is_change: bool


@functools.cache
def order_fields() -> tuple[Field, ...]:
    """Every field, read off the dataclass, the changes of presets, and their docstrings."""
    own, changes = typing.get_type_hints(Order, include_extras=True), typing.get_type_hints(Changes)
    words = {**attribute_words(Changes), **attribute_words(Order)}
    defaults = {one.name: None if one.default is MISSING else one.default for one in fields(Order)}
    listed = [_field(name, hint, words[name], defaults[name], change=False) for name, hint in own.items()]
    return (*listed, *(_field(name, hint, words[name], None, change=True) for name, hint in changes.items()))


def attribute_words(described: type) -> dict[str, str]:
    """What the Attributes section of a class's docstring says about each name."""
    _, _, section = inspect.cleandoc(described.__doc__ or "").partition("Attributes:\n")
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def read_order(values: object, limits: Limits) -> tuple[Order, Changes]:
    """Checks what a client sent; sounds and jobs are not looked up here.

    Raises:
        RefusedError: with the first thing that is wrong.
        UsageError: values that do not go together.
    """
    if not isinstance(values, dict):
        raise ApiError(422, "an order is a JSON object; see /api/openapi.json")
    known = {field.name: field for field in order_fields()}
    if unknown := sorted(set(values) - set(known)):
        raise ApiError(422, f"there is no '{unknown[0]}'; an order knows {', '.join(known)}")
    read: dict[str, Any] = {name: _value(known[name], value) for name, value in values.items() if value is not None}
    for name in ("task", "styles"):
        if not read.get(name):
            raise ApiError(422, f"an order needs '{name}'")
    changes = cast(Changes, {name: value for name, value in read.items() if known[name].is_change})
    order = Order(**{name: value for name, value in read.items() if not known[name].is_change})
    _check(order, {name for name, value in read.items() if value != known[name].default}, limits)
    preset(order.preset, _job(order), **changes)
    mix_of(order)
    return order, changes


def settings_of(order: Order, changes: Changes) -> Settings:
    """The settings of an order.

    Raises:
        ModelError: the weights of a network are damaged.
        UsageError: a preset or change that cannot be.
    """
    if order.network is not None:
        from gramophone.presets.pretrained import transfer_settings

        return transfer_settings(order.preset, order.network, order.source, **changes)
    settings = preset(order.preset, _job(order), **changes)
    if order.source is None:
        return settings
    from gramophone.presets.pretrained import with_weights

    return with_weights(settings, order.preset, order.source)


def mix_of(order: Order) -> Mix:
    """What the weights of an order mean.

    Raises:
        UsageError: crossovers that do not fit.
    """
    weighted = order.shares is not None or order.morph is not None
    return Mix.of(order.mix, order.crossover_hz, len(order.styles), weighted=weighted)


def _job(order: Order) -> Job:
    return "stream" if order.is_long else order.task


def _check(order: Order, given: set[str], limits: Limits) -> None:
    if len(order.styles) > limits.styles:
        raise ApiError(422, f"{len(order.styles)} styles are too many; give {limits.styles} or fewer")
    for name in sorted(given):
        if order.task in NOT_FOR.get(name, ()):
            raise ApiError(422, f"a {order.task} takes no '{name}'; leave it out")
    if order.task == "transfer" and order.content is None:
        raise ApiError(422, "a transfer needs 'content'")
    if order.known_s is not None:
        check_length(order, order.known_s, limits)
    if order.is_long and order.begun is not None:
        raise ApiError(422, "a texture in blocks begins anew; leave out 'begun', or ask for 30 s or less")
    if order.task not in PRESETS[order.preset]:
        raise UsageError(f"the preset '{order.preset}' cannot {order.task}; choose {DEFAULT}")
    _check_weights(order)
    if order.network is not None and "scale" in given:
        raise ApiError(422, f"the network {order.network} has a frequency scale of its own; leave out 'scale'")


def check_length(order: Order, asked_s: float, limits: Limits) -> None:
    """Refuses a result that would be too long.

    Raises:
        RefusedError: it would.
    """
    if not asked_s >= SHORTEST_S:
        raise ApiError(422, f"{asked_s:g} s are too short; ask for {SHORTEST_S:g} s or more")
    most_s = limits.duration_s if order.is_long else limits.whole_s
    if asked_s > most_s:
        remedy = "give 'duration_s'" if order.task == "texture" else "cut the content"
        raise ApiError(422, f"the result would last {asked_s:.1f} s; the limit here is {most_s:g} s: {remedy}")


def _check_weights(order: Order) -> None:
    words = [one for one in order.weights or () if isinstance(one, str)]
    if words and order.network is None and not PRESETS[order.preset][order.task].network.takes_weights:
        raise ApiError(422, f"the weights {words[0]} need a network; name it with 'network', or give numbers")
    if len(words) > 1:
        raise ApiError(422, f"a network has one kind of weights, not {' and '.join(words)}; leave out one")
    shares = order.shares
    if shares is not None and (len(shares) != len(order.styles) or not sum(shares) > 0):
        raise ApiError(422, f"weights {list(shares)} do not fit {len(order.styles)} styles; give one a style")
    if shares is not None and order.morph is not None:
        raise ApiError(422, "a morph says all weights itself; leave out 'weights'")
    if order.loop and order.morph is not None:
        raise ApiError(422, "a loop ends as it begins and cannot morph; leave out 'loop' or 'morph'")


def _field(name: str, hint: Any, words: str, default: object, *, change: bool) -> Field:  # noqa: ANN401
    bounds = CHANGE_BOUNDS.get(name)
    if get_origin(hint) is Annotated:
        hint, bounds = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [one for one in get_args(hint) if one is not type(None)]
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    tasks = tuple(task for task in get_args(Job) if task not in NOT_FOR.get(name, ()))
    return Field(name, _kind(hint), words, choices, bounds, default, tasks, change)


def _kind(hint: Any) -> Literal["number", "integer", "text", "flag", "list"]:  # noqa: ANN401
    if get_origin(hint) in (tuple, Sequence, typing.get_origin(Sequence[float])):
        return "list"
    return {float: "number", int: "integer", bool: "flag"}.get(hint, "text")  # type: ignore[return-value]


def _value(field: Field, value: object) -> object:
    if field.kind == "list":
        if field.bounds and value in field.bounds.words:
            value = [value]
        if not isinstance(value, list) or len(value) > 32:
            raise ApiError(422, f"'{field.name}' must be a list of at most 32, not {_shown(value)}")
        return tuple(_number_or_word(field, one) if field.bounds else _text(field, one) for one in value)
    if field.kind == "flag":
        if not isinstance(value, bool):
            raise ApiError(422, f"'{field.name}' must be true or false, not {_shown(value)}")
        return value
    return _text(field, value) if field.kind == "text" else _number(field, value)


def _number_or_word(field: Field, value: object) -> float | str:
    words = field.bounds.words if field.bounds else ()
    return value if isinstance(value, str) and value in words else _number(field, value)


def _number(field: Field, value: object) -> float:
    bounds = field.bounds or Bounds(-math.inf, math.inf)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (field.kind == "integer" and value != int(value)):  # type: ignore[call-overload]
        raise ApiError(422, f"'{field.name}' must be a {field.kind}, not {_shown(value)}")
    if not bounds.least <= value <= bounds.most:  # type: ignore[operator]
        raise ApiError(422, f"'{field.name}' must be from {bounds.least:g} to {bounds.most:g}, not {_shown(value)}")
    return int(value) if field.kind == "integer" else float(value)  # type: ignore[call-overload, arg-type]


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXTS.get(field.name, LONGEST_TEXT):
        raise ApiError(422, f"'{field.name}' must be a short text, not {_shown(value)}")
    if field.choices and value not in field.choices:
        raise ApiError(422, f"'{field.name}' must be one of {', '.join(field.choices)}, not {_shown(value)}")
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def command_of(order: Order, changes: Changes, files: Sequence[str]) -> list[str]:
    """The command line that makes the same, word by word.

    Args:
        order: what was asked.
        changes: in its preset.
        files: names of the content, where there is one, and the styles.
    """
    given = {**vars(order), **changes}
    words = ["gramophone", order.task, *files, *(["-o", "result.wav"] if order.task != "stream" else [])]
    for field in order_fields():
        value = given.get(field.name)
        if field.name in ("task", "styles", "content", "begun") or value in (None, field.default):
            continue
        flag = "--" + {"duration_s": "duration"}.get(field.name, field.name).replace("_", "-")
        words += [flag] if field.kind == "flag" else [word for one in _words(value) for word in (flag, one)]
    return words


def _words(value: object) -> list[str]:
    """The words after a flag, one each time that it is said: numbers together, others alone."""
    if not isinstance(value, tuple | list):
        return [_word(value)]
    numbers = ",".join(_word(one) for one in value if not isinstance(one, str))
    return [*([numbers] if numbers else []), *(one for one in value if isinstance(one, str))]


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
