"""Items of a batch, their outcomes, and how both are passed between processes as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from gramophone.request import TextureRequest, TransferRequest

Request = TextureRequest | TransferRequest
TASKS: Mapping[str, type[Request]] = {"texture": TextureRequest, "transfer": TransferRequest}
"""Requests that a plan can hold, by the name of the task."""

REPORT = "report"  # the only column of plans beside file names that is not a field of a request
VARIED_IN_GROUP = ("seed", "strength")  # settings that may differ between the items of a group

Status = Literal["made", "kept", "failed"]


@dataclass(frozen=True)
class Item:
    """A checked row of a plan.

    Attributes:
        place: index in the plan, from 0.
        line: line in the plan's file, or number of the pair, from 1.
        task: `texture` or `transfer`.
        inputs: paths or URLs of the recordings, the content first.
        output: path or URL of the result.
        settings: the other fields of its request, and `report`, by column; empty texts are flags without a value.
        expected_s: approximate length of the result in seconds; 0 if unknown.
        lengths_s: lengths of the inputs in seconds; 0 if unknown.
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
        """The command that makes the same result."""
        return ("gramophone", self.task, *self.inputs, "-o", self.output, *self.flags)

    def request(self, sounds: Sequence[str]) -> Request:
        """What the item asks for, of recordings under these names, the content first.

        Raises:
            UsageError: its settings are out of bounds, or do not go together.
        """
        words = {column: word or True for column, word in self.settings.items() if column != REPORT}
        return TASKS[self.task].from_words(words, sounds)

    @property
    def group_key(self) -> tuple[Any, ...]:
        """Sortable key that alike items share: candidates for being computed in one set of tensors."""
        settings = tuple(pair for pair in sorted(self.settings.items()) if pair[0] not in VARIED_IN_GROUP)
        return self.expected_s, self.task, self.lengths_s, settings


def items_to_json(items: Iterable[Item]) -> str:
    """Items as one line of JSON."""
    return json.dumps([asdict(item) for item in items])


def items_from_json(text: str) -> tuple[Item, ...]:
    """Items from the output of `items_to_json`."""
    lists = ("inputs", "lengths_s")
    return tuple(Item(**{**one, **{name: tuple(one[name]) for name in lists}}) for one in json.loads(text))


@dataclass(frozen=True)
class ItemOutcome:
    """The outcome of an item: a line of the results.

    Attributes:
        place: index of the item in the plan, from 0.
        line: line of the item in the plan's file.
        task: task of the item.
        output: path or URL of the result.
        status: `made` now, `kept` because it was complete before, or `failed`.
        error: reason of the failure, in a sentence.
        exit_code: exit code of the single command.
        seconds: time that the item took, reading and writing included; 0 if it was kept and the time is unknown.
        tries: number of times that the item was started in this run.
        notes: warnings.
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
    def of(cls, item: Item, status: Status, **known: Any) -> "ItemOutcome":  # noqa: ANN401 (the fields)
        """Makes an outcome of an item."""
        return cls(item.place, item.line, item.task, item.output, status, **known)

    def with_tries(self, tries: int) -> "ItemOutcome":
        """The same outcome after so many tries."""
        return replace(self, tries=tries)

    def as_json(self) -> str:
        """The outcome as one line of JSON.

        Raises:
            ValueError: a figure is not finite.
        """
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "ItemOutcome":
        """An outcome from the output of `as_json`.

        Raises:
            ValueError: the text is not an outcome.
        """
        try:
            values = json.loads(text)
            return cls(**{**values, "notes": tuple(values["notes"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a line of results: {text[:80]!r}") from error


@dataclass(frozen=True)
class ItemResult:
    """What is known about a computed item besides its files.

    Attributes:
        notes: warnings.
        figures: numbers by name.
    """

    notes: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class StagedItem:
    """An item whose files are local.

    Attributes:
        item: the item.
        inputs: local paths of its recordings, the content first.
        output: local path of the result.
    """

    item: Item
    inputs: tuple[Path, ...]
    output: Path


Completion = Callable[[], ItemResult]
"""Computes an item, or only writes it if it was computed together with others."""

Compute = Callable[[Sequence[StagedItem]], Sequence[Completion]]
"""Computes the items of a group that can share tensors, and returns a completion for every item.

It must be a function of a module that ends in `serve_computations`: worker processes of the local engine run that
module.
"""
