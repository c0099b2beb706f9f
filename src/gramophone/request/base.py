"""Fields, checks and formats that all requests share."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, TypeVar

from cyclopts import Parameter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from gramophone import presets
from gramophone.bounds import check_weights
from gramophone.errors import UsageError
from gramophone.presets import DEFAULT, Changes, Job
from gramophone.presets.ignored import check_trained_spans
from gramophone.request.refusals import column_of, sentence
from gramophone.request.values import (
    METHOD,
    Count,
    Lengths,
    Name,
    PathName,
    StyleWeight,
    TermWeight,
    WholeNumber,
    numbers,
    plain,
    weight_list,
)
from gramophone.settings import FrequencyScale, NetworkSettings, Settings

NO_FLAGS = ("task", "content", "styles")
CHANGES = tuple(Changes.__annotations__)
"""The fields that replace settings of the preset."""

MOST_STYLES, MOST_SPANS = 1000, 32

R = TypeVar("R", bound="SynthesisRequest")


@dataclass(frozen=True)
class NotInStudio:
    """Marks a field that the studio's page and HTTP API leave out.

    Attributes:
        tasks: tasks that have it elsewhere only.
    """

    tasks: tuple[Job, ...] = ("texture", "transfer", "stream")


NOT_FOR_TRANSFERS = NotInStudio(("transfer",))
"""For changes that the default preset of transfers does not take."""


def option(default: Any, description: str, **limits: Any) -> Any:  # noqa: ANN401 (as pydantic's own Field)
    """A field that is a flag on the command line."""
    return Field(default, description=description, kw_only=True, **limits)


class SynthesisRequest(BaseModel):
    """Options that every task has.

    A request has names of recordings, and `set_up` takes their sounds: names are paths on the command line and in
    plans, ids in the studio. Requests of equal values are equal, whatever they were made from.

    Raises:
        UsageError: a value is out of its bounds, or values exclude each other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    name: ClassVar[Job]

    styles: Annotated[tuple[PathName, ...], Parameter(name="STYLE", negative=())] = Field(
        description="Recordings of the sound that the result is made of, a few seconds each.",
        min_length=1,
        max_length=MOST_STYLES,
    )
    weights: Annotated[
        tuple[StyleWeight | PathName, ...] | None,
        BeforeValidator(weight_list),
        Parameter(metavar="W,W", negative=()),
    ] = option(
        None,
        "Weight of each style: 2,1 takes twice as much of the first; equal by default. Or the weights of a network: "
        "trained, random, or a file of them.",
    )
    preset: Annotated[Name, Parameter(metavar="NAME", group=METHOD)] = option(
        DEFAULT,
        "The method and its settings; 'gramophone presets' lists them.",
        json_schema_extra={"enum": list(presets.PRESETS)},
    )
    iterations: Annotated[Count | None, Parameter(metavar="N", group=METHOD)] = option(
        None, "Optimiser steps in all, instead of the preset's: fewer is faster and rougher."
    )
    scale: Annotated[FrequencyScale | None, Parameter(group=METHOD)] = option(
        None, "Frequency scale on which sounds are compared; the preset's by default."
    )
    span_ms: Annotated[
        Lengths | None,
        BeforeValidator(numbers),
        Parameter(metavar="MS,MS", negative=(), group=METHOD),
        NOT_FOR_TRANSFERS,
    ] = option(
        None,
        "Lengths of the patches that are compared, in milliseconds, such as 20,80,320; of a published system the "
        "widths of its drawn filters. Longer ones keep more of the style's structure over time and vary less.",
        min_length=1,
        max_length=MOST_SPANS,
    )
    rhythm: Annotated[TermWeight | None, Parameter(metavar="W", group=METHOD), NOT_FOR_TRANSFERS] = option(
        None, "Weight of a term that keeps beats of 0.2 to 2 s; 1 is strong."
    )
    diversity: Annotated[TermWeight | None, Parameter(metavar="W", group=METHOD), NOT_FOR_TRANSFERS] = option(
        None, "Weight of a term against copies of the style, such as 0.001."
    )
    time_energy: Annotated[TermWeight | None, Parameter(metavar="W", group=METHOD), NOT_FOR_TRANSFERS] = option(
        None, "Weight of a term that gives the result the style's level over time."
    )
    frequency_energy: Annotated[TermWeight | None, Parameter(metavar="W", group=METHOD), NOT_FOR_TRANSFERS] = option(
        None, "Weight of a term that keeps the long-term spectrum."
    )
    seed: Annotated[WholeNumber, Parameter(metavar="N")] = option(
        0, "Another seed gives another take of the same sound."
    )
    device: Annotated[Name | None, Parameter(metavar="NAME", group=METHOD), NotInStudio()] = option(
        None, "Where it is computed: cpu or cuda; the best available by default."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _refused_in_a_sentence(cls: type[R], values: Any, handler: Callable[[Any], R]) -> R:  # noqa: ANN401
        given = (
            {key: one for key, one in values.items() if one is not None} if isinstance(values, Mapping) else values
        )
        try:
            request = handler(given)
        except ValidationError as error:
            others = {name for one in _subclasses(SynthesisRequest) for name in one.model_fields}
            raise UsageError(sentence(error.errors()[0], cls.model_fields, cls.name, others)) from None
        request.check()
        return request

    def check(self) -> None:
        """Refuses values that exclude each other; called when a request is made.

        Raises:
            UsageError: names the first fault.
        """
        network = self._settings.network
        if self.style_weights is not None:
            check_weights(self.style_weights, len(self.styles))
        if self.network_weights is not None:
            presets.check_takes_weights(self.preset, network, self.network_weights)
        if self.span_ms is not None:
            check_trained_spans(f"the preset '{self.preset}'", self._weighted(network))

    def _weighted(self, network: NetworkSettings) -> NetworkSettings:
        """The settings of a network with the source of weights that was asked for."""
        return network if self.network_weights is None else replace(network, weights=self.network_weights)

    @property
    def job(self) -> Job:
        """Job of the preset whose settings are taken."""
        return self.name

    @property
    def length_s(self) -> float | None:
        """Length of the result in seconds; None if it depends on the recordings."""
        return None

    @property
    def sounds(self) -> tuple[str, ...]:
        """Names of all recordings, in the order that `set_up` takes."""
        return self.styles

    @property
    def style_weights(self) -> tuple[float, ...] | None:
        """Weights of the styles; None if they were not given."""
        return tuple(one for one in self.weights or () if not isinstance(one, str)) or None

    @property
    def network_weights(self) -> str | None:
        """Source of the network's weights: `trained`, `random` or a path; None if it was not given."""
        return next((one for one in self.weights or () if isinstance(one, str)), None)

    @property
    def changes(self) -> Changes:
        """Values that replace settings of the preset."""
        return Changes(**{name: getattr(self, name) for name in CHANGES})  # type: ignore[typeddict-item]

    def settings(self, job: Job | None = None) -> Settings:
        """Settings that determine the result, together with the recordings and the seed.

        Args:
            job: job of the preset, in place of `self.job`.

        Raises:
            InputError: the file of weights does not exist.
            ModelError: the file has another network, or is damaged.
            UsageError: the preset does not do the job, or its network has no such weights.
        """
        own = job is None or job == self.job
        settings = self._settings if own else presets.preset(self.preset, job or self.job, **self.changes)
        if self.network_weights is None:
            return settings
        from gramophone.presets.pretrained import with_weights

        return with_weights(settings, self.preset, self.network_weights)

    @cached_property
    def _settings(self) -> Settings:
        """Settings for `self.job` without the contents of a file of weights; derived once, by `check`."""
        return presets.preset(self.preset, self.job, **self.changes)

    @classmethod
    def _naming(cls, sounds: Sequence[str]) -> dict[str, Any]:
        """The fields that name recordings, from their names in the order of `sounds`."""
        return {"styles": tuple(sounds)}

    def with_sounds(self: R, names: Sequence[str]) -> R:
        """The same request for recordings of other names, in the order of `sounds`."""
        return type(self).model_validate({**dict(self), **self._naming(names)})

    def given(self) -> dict[str, Any]:
        """Fields that differ from their defaults, as values of JSON."""
        return {"task": self.name, **self.model_dump(mode="json", exclude_defaults=True)}

    def to_json(self) -> str:
        """The request as one line of JSON, without defaults."""
        return json.dumps(self.given(), allow_nan=False)

    def to_words(self) -> dict[str, str]:
        """Fields that differ from their defaults, except recordings, as cells of a plan by column."""
        fields = type(self).model_fields
        return {
            column_of(name, fields[name]): plain(value)
            for name, value in self.given().items()
            if name not in NO_FLAGS
        }

    def flags(self) -> dict[str, str]:
        """Values of the flags that make the request, by column; empty for switches."""
        switches = {name for name, field in type(self).model_fields.items() if field.annotation is bool}
        return {column: "" if column in switches else word for column, word in sorted(self.to_words().items())}

    def command(self, output: str | None = None, *, sounds: Sequence[str] | None = None) -> list[str]:
        """Command line that makes the same request, word by word.

        Args:
            output: name of the result; None for a stream that is played.
            sounds: names of the recordings, in place of `self.sounds`.
        """
        words = ["gramophone", self.name, *(sounds or self.sounds), *([] if output is None else ["-o", output])]
        for column, word in self.flags().items():
            words += [f"--{column.replace('_', '-')}", *([word] if word else [])]
        return words

    @classmethod
    def from_words(cls: type[R], values: Mapping[str, Any], sounds: Sequence[str] | None = None) -> R:
        """Makes a request of the cells of a plan.

        Args:
            values: cells by column: texts, or numbers, truth values and lists.
            sounds: names of the recordings, in the order of `sounds`; those among the values by default.

        Raises:
            UsageError: the values are invalid; names the first fault.
        """
        names = {column_of(name, field): name for name, field in cls.model_fields.items()}
        fields = {names.get(column, column): value for column, value in values.items()}
        return cls.model_validate(fields if sounds is None else {**fields, **cls._naming(sounds)})


def _subclasses(root: type[SynthesisRequest]) -> Iterator[type[SynthesisRequest]]:
    for one in root.__subclasses__():
        yield one
        yield from _subclasses(one)
