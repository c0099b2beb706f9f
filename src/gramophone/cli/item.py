"""Items of a batch as the commands have them: the same settings, the same checks."""

import functools
import inspect
import io
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from cyclopts import Parameter, Token

from gramophone.batch.item import Item
from gramophone.batch.storage import is_url
from gramophone.cli import texture, transfer
from gramophone.cli.options import Options
from gramophone.errors import UsageError

DECIDED = ("output", "overwrite", "quiet", "json")  # by the batch, for all items
HIDDEN = ("command", "carry")  # arguments of commands that nobody can say
LONGEST_S = 86_400.0
COMMANDS: Mapping[str, tuple[Callable[..., int], Callable[..., object]]] = {
    "texture": (texture.texture, texture.asked),
    "transfer": (transfer.transfer, transfer.asked),
}


@dataclass(frozen=True)
class Setting:
    """One option of a command.

    Attributes:
        column: its name in plans: that of the flag, with underscores.
        name: of the argument or field.
        group: the dataclass that it is a field of; none for an argument.
        hint: its type.
    """

    column: str
    name: str
    group: type | None
    hint: Any

    @property
    def is_flag(self) -> bool:
        """Whether it has no value."""
        return _bare(self.hint) is bool

    def value(self, word: str) -> object:
        """What the command line makes of a word.

        Raises:
            UsageError: it cannot be that.
        """
        if self.is_flag:
            return True
        converter = next((one.converter for one in _parameters(self.hint) if callable(one.converter)), None)
        bare = _bare(self.hint)
        try:
            if converter is not None:
                return converter(bare, [Token(keyword=self.column, value=word)])
            return _choice(bare, word) if get_origin(bare) is Literal else bare(word)
        except ValueError as error:
            raise UsageError(f"'{self.column}' cannot be '{word}': {error}") from error


class Commands:
    """The catalogue of a plan: read off the commands themselves."""

    @property
    def tasks(self) -> Mapping[str, Mapping[str, bool]]:
        """By task, its settings, and whether each is a flag."""
        return {task: {one.column: one.is_flag for one in settings_of(task).values()} for task in COMMANDS}

    def check(self, item: Item) -> None:
        """Raises GramophoneError for what the command would refuse before it looks at a file."""
        _, ask = COMMANDS[item.task]
        output = Path(item.output.rpartition("/")[2]) if is_url(item.output) else Path(item.output)
        ask(*map(Path, item.inputs), **arguments_of(item, output))

    def seconds(self, path: Path) -> float:
        """Length of a recording by its header, 0 where there is none to be read.

        Raises:
            InputError: there is no such file.
        """
        import soundfile

        from gramophone.audio import check_file
        from gramophone.audio.read import ClampedSeekFile, Decoder

        check_file(path)
        try:
            with ClampedSeekFile(io.FileIO(path)) as file, Decoder(file) as decoder:
                length_s = float(decoder.frames / decoder.samplerate)
        except (soundfile.LibsndfileError, OSError):
            return 0.0  # a style, or a file of which the item itself will say what is wrong
        return length_s if length_s < LONGEST_S else 0.0


@functools.cache
def settings_of(task: str) -> Mapping[str, Setting]:
    """The settings of a command, by column."""
    command, _ = COMMANDS[task]
    kinds = {name: one.kind for name, one in inspect.signature(command).parameters.items()}
    found: list[Setting] = []
    for name, hint in typing.get_type_hints(command, include_extras=True).items():
        if is_dataclass(hint) and isinstance(hint, type):
            hints = typing.get_type_hints(hint, include_extras=True)
            found += [_setting(one.name, hints[one.name], hint) for one in fields(hint) if one.name not in DECIDED]
        elif kinds.get(name) == inspect.Parameter.KEYWORD_ONLY and name not in HIDDEN:
            found.append(_setting(name, hint, None))
    return {one.column: one for one in found}


def _setting(name: str, hint: Any, group: type | None) -> Setting:  # noqa: ANN401
    named = [word for one in _parameters(hint) for word in one.name or () if word.startswith("--")]
    column = (named or [name])[0].removeprefix("--").replace("-", "_")
    return Setting(column, name, group, hint)


def arguments_of(item: Item, output: Path) -> dict[str, Any]:
    """Keyword arguments of the item's command."""
    known = settings_of(item.task)
    groups: dict[type, dict[str, Any]] = {Options: {"output": output, "overwrite": True, "quiet": True}}
    arguments: dict[str, Any] = {}
    for column, word in item.settings.items():
        one = known[column]
        into = arguments if one.group is None else groups.setdefault(one.group, {})
        into[one.name] = one.value(word)
    hints = typing.get_type_hints(COMMANDS[item.task][0])
    places = {hint: name for name, hint in hints.items() if hint in groups}
    return {**arguments, **{places[group]: group(**values) for group, values in groups.items()}}


def _choice(hint: Any, word: str) -> str:  # noqa: ANN401
    if word not in get_args(hint):
        raise ValueError(f"choose one of {', '.join(get_args(hint))}")
    return word


def _parameters(hint: Any) -> list[Parameter]:  # noqa: ANN401
    """What was said about an option beside its type."""
    return [one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Parameter)]


def _bare(hint: Any) -> Any:  # noqa: ANN401
    """The type itself, without None."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    kinds = [one for one in get_args(hint) if one is not type(None)]
    is_optional = type(None) in get_args(hint)
    return kinds[0] if is_optional and len(kinds) == 1 else hint
