"""Requests for transfers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from cyclopts import Parameter
from pydantic import BaseModel, BeforeValidator, Field

from gramophone import presets
from gramophone.errors import UsageError
from gramophone.presets import Job
from gramophone.presets.ignored import check_filters, draws
from gramophone.presets.rivals import check_strength, refuse
from gramophone.request.base import CHANGES, NotInStudio, SynthesisRequest, option
from gramophone.request.values import (
    KEEP_CHOICES,
    METHOD,
    FilterCount,
    Name,
    Octaves,
    PathName,
    Semitones,
    Share,
    Switch,
    keep_list,
    octave_number,
)
from gramophone.settings import (
    TRAINED_KINDS,
    USUAL_STRENGTH,
    ConditionSettings,
    Envelopes,
    NetworkSettings,
    Settings,
)

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.synthesis.pipeline import Task


CONDITION = ("keep", "octave", "transpose_range", "no_copy", "fast")
"""Fields of transfers that condition the style on the content."""


class ContentRequest(BaseModel):
    """The content; a base class of its own so that it is the first argument of a command."""

    content: Annotated[PathName, Parameter(name="CONTENT")] = Field(
        description="The recording whose words or notes the result keeps; it gives the length and the level."
    )


class TransferRequest(SynthesisRequest, ContentRequest):
    """One sound made of another."""

    name: ClassVar[Job] = "transfer"

    task: Annotated[Literal["transfer"], Parameter(parse=False)] = option("transfer", "One sound made of another.")
    strength: Annotated[Share, Parameter(metavar="0..1")] = option(
        USUAL_STRENGTH,
        "From 0 (the content as it is) to 1 (the style, free of the content); of vocoder and cross the level of a "
        "bed of the style.",
    )
    keep: Annotated[str, BeforeValidator(keep_list), Parameter(metavar="auto|NAME,NAME")] = option(
        "auto",
        "What is kept of the content: melody, words, rhythm, several with commas, or all; auto hears what the "
        "content has.",
        json_schema_extra={"enum": list(KEEP_CHOICES)},
    )
    octave: Annotated[Octaves | None, BeforeValidator(octave_number), Parameter(metavar="N|auto")] = option(
        None, "By how many octaves the content is moved; auto, the default, takes what the style can play best."
    )
    transpose_range: Annotated[Semitones, Parameter(metavar="SEMITONES")] = option(
        ConditionSettings.range_semitones, "How far the style may be transposed so that it has the content's notes."
    )
    no_copy: Switch = option(False, "From noise instead of excerpts: nothing of the style is copied; less is kept.")
    fast: Switch = option(False, "Excerpts of the style as they are: quick, and a copy of the recordings.")
    network: Annotated[Name | None, Parameter(metavar="NAME", group=METHOD)] = option(
        None,
        "A trained network whose features are compared instead, such as wyse2017; the weights say which it has.",
        json_schema_extra={"enum": [*TRAINED_KINDS, None]},
    )
    noise: Annotated[Share | None, Parameter(metavar="0..1", group=METHOD), NotInStudio()] = option(
        None,
        "Share of noise in the start of a published system, from 0 (the content) to 1; the preset's by default.",
    )
    envelopes: Annotated[Envelopes | None, Parameter(group=METHOD), NotInStudio()] = option(
        None, "Whose level over time and long-term spectrum verma2018 keeps: of the style, or of the content."
    )
    filters: Annotated[FilterCount | None, Parameter(metavar="N", group=METHOD), NotInStudio()] = option(
        None, "Number of random filters in each layer of a published system; the preset's by default."
    )

    def check(self) -> None:
        """Refuses values that exclude each other, also of networks and rivals."""
        super().check()
        settings = self._settings
        if settings.rival is not None:
            refuse(settings, {name: getattr(self, name) for name in ("network", "weights", "filters")})
        elif self.filters is not None:
            check_filters(self._called, replace(self._weighted(settings.network), filters=self.filters))
        check_strength(settings, self.strength, self._called)
        if self.seed != 0 and not self.draws:
            raise UsageError(
                f"{self._called} draws nothing in this transfer, so every seed gives the same result; leave out the "
                "seed"
            )

    @property
    def draws(self) -> bool:
        """Whether anything is random, so that another seed gives another result."""
        return draws(replace(self._settings, network=self._weighted(self._settings.network)))

    @property
    def _called(self) -> str:
        """What makes the transfer, in errors."""
        return f"the preset '{self.preset}'" if self.network is None else f"the network {self.network}"

    @cached_property
    def _settings(self) -> Settings:
        """Settings without the contents of a file of weights; of a trained network, only its kind is known."""
        if self.network is None:
            return self._steered(presets.preset(self.preset, self.job, **self.changes))
        network = NetworkSettings(presets.trained_kind(self.network), filters=0)
        if own := [name for name in CHANGES[1:] if getattr(self, name) is not None]:
            has = "a frequency scale" if own == ["scale"] else "settings"
            raise UsageError(f"the network {self.network} has {has} of its own; leave out {', '.join(own)}")
        self._check_condition(self.network)
        return replace(presets.preset(self.preset, self.job, iterations=self.iterations), network=network)

    @property
    def sounds(self) -> tuple[str, ...]:
        """Names of all recordings: the content first, then the styles."""
        return (self.content, *self.styles)

    @classmethod
    def _naming(cls, sounds: Sequence[str]) -> dict[str, Any]:
        content, *styles = sounds
        return {"content": content, "styles": tuple(styles)}

    def settings(self, job: Job | None = None) -> Settings:
        """As `SynthesisRequest.settings`, on a trained network if one is named."""
        if self.network is None:
            return super().settings(job)
        from gramophone.presets.pretrained import on_network

        base = presets.preset(self.preset, "transfer")
        return self._steered(on_network(base, self.network, self.network_weights or "trained", self.iterations))

    def _steered(self, settings: Settings) -> Settings:
        name = self.network or self.preset
        settings = presets.steered(settings, name, noise=self.noise, envelopes=self.envelopes)
        if settings.transfer.condition is not None:
            settings = replace(settings, transfer=replace(settings.transfer, condition=self._condition()))
        else:
            self._check_condition(name)
        if self.filters is None:
            return settings
        return replace(settings, network=replace(settings.network, filters=self.filters))

    def _check_condition(self, name: str) -> None:
        if asked := [one for one in CONDITION if getattr(self, one) != type(self).model_fields[one].default]:
            raise UsageError(
                f"transfers of {name} take no {', '.join(asked)}; leave it out, or choose '{presets.DEFAULT}'"
            )

    def _condition(self) -> ConditionSettings:
        if self.fast and self.iterations is not None:
            raise UsageError("the fast mode takes no optimiser steps; leave out fast or iterations")
        return ConditionSettings(
            tuple(self.keep.split(",")), self.octave, self.transpose_range, self.no_copy, self.fast
        )

    def set_up(self, sounds: "Sequence[Sound]", *, warm_start: "Sound | None" = None) -> "Task":
        """Sets up the transfer; nothing is computed until it is iterated.

        Args:
            sounds: the recordings, the content first.
            warm_start: earlier result to start from, in place of noise.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: the device is invalid.
        """
        from gramophone.synthesis import transfer

        return transfer(
            sounds[0],
            sounds[1:],
            self.settings(),
            strength=self.strength,
            weights=self.style_weights,
            seed=self.seed,
            device=self.device,
            warm_start=warm_start,
        )
