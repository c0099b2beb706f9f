"""What is to be made, and what became of it; both travel as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any, Literal

from gramophone.request import TextureRequest, TransferRequest

Request = TextureRequest | TransferRequest
TASKS: Mapping[str, type[Request]] = {"texture": TextureRequest, "transfer": TransferRequest}
"""What a plan can ask for, by the name of its task."""

REPORT = "report"  # the column of plans that is no field of a request
FREE = ("seed", "strength")  # settings in which items differ that are alike nevertheless

Status = Literal["made", "kept", "failed"]


@dataclass(frozen=True)
class Item:
    """One row of a plan, checked.

    Attributes:
        place: in the plan, from 0.
        line: of the plan's file, or its number among the pairs, from 1.
        task: what is done; a command's name.
        inputs: paths or URLs, the content first.
        output: path or URL of what is made.
        settings: the other fields of its request, and `report`, by column; empty texts are flags without a value.
        expected_s: how much sound it is about; 0 where nobody knows.
        lengths_s: of the inputs; 0 where nobody knows.
    """

    place: int
    line: int
    task: str
    inputs: tuple[str, ...]
    output: str
    settings: dict[str, str] = field(default_factory=dict)
    expected_s: float = 0.0
    lengths_s: tuple[float, ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """The settings as words of a command line."""
        pairs = ((f"--{name.replace('_', '-')}", word) for name, word in sorted(self.settings.items()))
        return tuple(word for pair in pairs for word in pair if word)

    @property
    def command(self) -> tuple[str, ...]:
        """The single command that makes the same."""
        return ("gramophone", self.task, *self.inputs, "-o", self.output, *self.flags)

    def request(self, sounds: Sequence[str]) -> Request:
        """What the item asks for, of recordings under these names, the content first.

        Raises:
            UsageError: its settings are out of bounds, or do not go together.
        """
        words = {column: word or True for column, word in self.settings.items() if column != REPORT}
        return TASKS[self.task].from_words(words, sounds)

    @property
    def likeness(self) -> tuple[Any, ...]:
        """What items have in common that can perhaps be computed together; it can be sorted."""
        settings = tuple(pair for pair in sorted(self.settings.items()) if pair[0] not in FREE)
        return self.expected_s, self.task, self.lengths_s, settings


def as_line(items: Iterable[Item]) -> str:
    """A lot as one line of text."""
    return json.dumps([asdict(item) for item in items])


def from_line(text: str) -> tuple[Item, ...]:
    """Reads what `as_line` gave."""
    lists = ("inputs", "lengths_s")
    return tuple(Item(**{**one, **{name: tuple(one[name]) for name in lists}}) for one in json.loads(text))


@dataclass(frozen=True)
class Outcome:
    """What became of an item: a line of the results.

    Attributes:
        place: in the plan, from 0.
        line: as the item's.
        task: as the item's.
        output: as the item's.
        status: made now, kept because it was complete already, or failed.
        error: why it failed, in a sentence.
        exit_code: that of the single command.
        seconds: that the item took, reading and writing included; 0 where it was kept and nobody wrote them down.
        tries: how often it was begun in this run.
        notes: warnings on the way.
        figures: numbers by name: length, computing time, losses, measures.
    """

    place: int
    line: int
    task: str
    output: str
    status: Status
    error: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    tries: int = 1
    notes: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item, status: Status, **known: Any) -> "Outcome":  # noqa: ANN401 (the fields)
        """An outcome of that item."""
        return cls(item.place, item.line, item.task, item.output, status, **known)

    def again(self, tries: int) -> "Outcome":
        """The same after so many tries."""
        return replace(self, tries=tries)

    def as_json(self) -> str:
        """One line of text.

        Raises:
            ValueError: a figure is not finite.
        """
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        """Reads what `as_json` gave.

        Raises:
            ValueError: it is no outcome.
        """
        try:
            values = json.loads(text)
            return cls(**{**values, "notes": tuple(values["notes"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no line of results: {text[:80]!r}") from error


@dataclass(frozen=True)
class Made:
    """What making an item gave.

    Attributes:
        notes: warnings on the way.
        figures: numbers by name.
    """

    notes: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """An item whose files are at hand.

    Attributes:
        item: what is to be made.
        inputs: its recordings, the content first.
        output: where the result goes.
    """

    item: Item
    inputs: tuple[Path, ...]
    output: Path


Finish = Callable[[], Made]
"""Makes an item, or writes what was computed already."""

Make = Callable[[Sequence[Work]], Sequence[Finish]]
"""Computes the items of a lot, as far as they go together; what is given finishes each of them in turn.

It is a function of a module that ends with `serve_makers`, as worker processes of the local engine run that module.
"""


def one_by_one(make: Callable[[Item, tuple[Path, ...], Path], Made]) -> Make:
    """The function that makes lots by making each item."""

    def make_all(works: Sequence[Work]) -> list[Finish]:
        return [partial(make, work.item, work.inputs, work.output) for work in works]

    update_wrapper(make_all, make)
    return make_all
