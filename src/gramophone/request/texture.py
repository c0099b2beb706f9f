"""Requests for textures: of some length, and without end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from cyclopts import Parameter
from pydantic import BeforeValidator, Field

from gramophone import presets
from gramophone.errors import UsageError
from gramophone.presets import Job
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph, refuse_weights
from gramophone.request.base import MOST_STYLES, NO_FLAGS, NotInStudio, SynthesisRequest, option
from gramophone.request.raw import check_alone, condition_text, paths_of
from gramophone.request.values import (
    LONGEST_S,
    METHOD,
    Frequencies,
    MorphText,
    PathName,
    Seconds,
    Switch,
    morph_text,
    numbers,
)
from gramophone.settings import TRAINED

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task
    from gramophone.synthesis.raw_texture import RawStream, RawTexture


class MixedRequest(SynthesisRequest):
    """Options of textures and streams, for several styles and for networks that need none."""

    styles: Annotated[tuple[PathName, ...], Parameter(name="STYLE", negative=(), show_default=False)] = Field(
        (),
        description="Recordings of the sound that the result is made of, a few seconds each.",
        max_length=MOST_STYLES,
    )
    morph: Annotated[
        MorphText | None, BeforeValidator(morph_text), Parameter(metavar="SPEC"), NotInStudio(("stream",))
    ] = option(None, "Weights of the styles that change over time, as SECONDS:W,W with spaces between.")
    mix: MixKind = option(
        "alternate", "alternate: at each moment one of the styles, by their weights. blend: all of them at once."
    )
    crossover_hz: Annotated[Frequencies | None, BeforeValidator(numbers), Parameter(metavar="HZ,HZ", negative=())] = (
        option(
            None,
            "Styles by frequency band instead, lowest first: the borders of the bands in Hz, one fewer than there "
            "are styles.",
            max_length=MOST_STYLES,
        )
    )

    network: Annotated[Literal["wavenet", "lru"] | None, Parameter(metavar="NAME", group=METHOD), NotInStudio()] = (
        option(
            None,
            "A network that makes the texture by itself, without a STYLE; --weights names its file ('gramophone "
            "train texture'), by default that of five textures which comes with gramophone.",
        )
    )
    condition: Annotated[
        MorphText | None,
        BeforeValidator(condition_text),
        Parameter(metavar="NAME=A:B,...", group=METHOD),
        NotInStudio(),
    ] = option(
        None,
        "What that network is asked for: one value, or several that are passed through in time, as NAME=0.2:0.9.",
    )
    clamp: Annotated[Switch, Parameter(group=METHOD), NotInStudio()] = option(
        False, "Take the nearest value that was trained, where a condition is outside the trained range."
    )

    def check(self) -> None:
        """Refuses values that exclude each other, also of morphs and mixes, networks and conditions."""
        if self.network is not None:
            fields = type(self).model_fields
            own = {*NO_FLAGS, *WITH_NETWORK}
            given = [
                name for name, field in fields.items() if name not in own and getattr(self, name) != field.default
            ]
            if self.style_weights is not None:
                given.insert(0, "weights of styles")
            check_alone(self.network, self.network_weights, self.styles, given)
            _ = self.paths
            return
        if not self.styles:
            raise UsageError(f"a {self.name} needs 'styles'; name one recording or more")
        odd = next((name for name in ("condition", "clamp") if getattr(self, name)), None)
        if odd is not None:
            raise UsageError(f"{odd} is for networks; leave it out, or name a network and its weights")
        super().check()
        if self.morph is not None:
            refuse_weights(self.style_weights)
        schedule, _ = self.schedule, self.style_mix
        if schedule is not None and schedule.times_s[-1] > LONGEST_S:
            raise UsageError(f"the morph ends at {schedule.times_s[-1]:g} s; it must end by {LONGEST_S:g} s")

    @property
    def paths(self) -> dict[str, list[float | str]]:
        """Values of each condition, which a texture passes through in its time."""
        return {} if self.condition is None else paths_of(self.condition)

    def _network_options(self) -> dict[str, Any]:
        """Arguments of a texture or a stream of a network."""
        from gramophone.raw import model_file
        from gramophone.raw.packaged import packaged

        weights = self.network_weights or TRAINED
        path = packaged(self.network or "lru") if weights == TRAINED else Path(weights)
        file = model_file.read(path, self.network)
        return {"file": file, "paths": self.paths, "seed": self.seed, "clamp": self.clamp, "weights": weights}

    @property
    def schedule(self) -> Morph | None:
        """Weights that change over time; None if they are constant."""
        return None if self.morph is None else Morph.parse(self.morph, len(self.styles))

    @property
    def style_mix(self) -> Mix:
        """How several styles are mixed."""
        weighted = self.style_weights is not None or self.morph is not None
        return Mix.of(self.mix, self.crossover_hz, len(self.styles), weighted=weighted)

    def _options(self) -> dict[str, Any]:
        """Arguments of a texture or a stream besides recordings, settings and lengths."""
        return {
            "weights": self.style_weights,
            "mix": self.style_mix,
            "seed": self.seed,
            "device": self.device,
        }


WITH_NETWORK = ("network", "weights", "condition", "clamp", "duration_s", "seed")
"""Fields that have a meaning for a network that makes textures by itself."""


class TextureRequest(MixedRequest):
    """More of a sound, of any length."""

    name: ClassVar[Job] = "texture"

    task: Annotated[Literal["texture"], Parameter(parse=False)] = option("texture", "More of a sound.")
    duration_s: Annotated[Seconds | None, Parameter(name="--duration", metavar="SECONDS")] = option(
        None, "Length of the result, in seconds; that of the longest style by default."
    )
    loop: Switch = option(False, "The end leads into the beginning, for endless playing; up to 60 seconds.")

    def check(self) -> None:
        """Refuses values that exclude each other, also of loops and lengths."""
        super().check()
        if self.network is not None and self.duration_s is None:
            raise UsageError(f"a texture by the network {self.network} needs a duration; add one")
        if self.loop and self.morph is not None:
            raise UsageError("a loop ends as it begins and cannot morph; leave out the loop or the morph")
        if self.length_s == 0:
            raise UsageError(f"the morph '{self.morph}' ends at 0 s; give a duration, or a later last point")

    @property
    def length_s(self) -> float | None:
        """Length of the result in seconds; None if it depends on the recordings."""
        schedule = self.schedule
        return schedule.times_s[-1] if self.duration_s is None and schedule is not None else self.duration_s

    @property
    def is_long(self) -> bool:
        """Whether it is computed block by block."""
        if self.network is not None:
            return True
        return presets.in_blocks(self.preset, self.length_s, loop=self.loop, morphs=self.morph is not None)

    @property
    def job(self) -> Job:
        """Job of the preset whose settings are taken: `stream` for a texture in blocks."""
        return "stream" if self.is_long else "texture"

    def set_up(self, sounds: "Sequence[Sound]", *, warm_start: "Sound | None" = None) -> "Task":
        """Sets up a texture in one piece, whatever its length; nothing is computed until it is iterated.

        Args:
            sounds: the recordings, in the order of `sounds`.
            warm_start: earlier result to start from, in place of noise.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: the duration or the device is invalid.
        """
        from gramophone.synthesis import texture

        return texture(
            sounds,
            self.settings("texture"),
            duration_s=self.duration_s,
            loop=self.loop,
            warm_start=warm_start,
            **self._options(),
        )

    def set_up_network(self) -> "RawTexture":
        """Sets up a texture by a network; iterate over it for the blocks.

        Raises:
            InputError: the file of weights does not exist.
            ModelError: it holds another network, or is damaged.
            UsageError: a condition is unknown, or a value of it was not trained.
        """
        from gramophone.synthesis.raw_texture import RawTexture

        return RawTexture(duration_s=self.duration_s or 0.0, **self._network_options())

    def set_up_long(self, sounds: "Sequence[Sound]") -> "LongTexture":
        """Sets up a texture of known length in blocks; iterate over it for the blocks.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: the device is invalid, or the length is unknown.
        """
        from gramophone.synthesis import LongTexture

        if self.length_s is None:
            raise UsageError("a texture in blocks needs a length; give a duration or a morph")
        return LongTexture(
            sounds,
            self.settings("stream"),
            duration_s=self.length_s,
            morph=self.schedule,
            **self._options(),
        )


class StreamRequest(MixedRequest):
    """A texture without end."""

    name: ClassVar[Job] = "stream"

    task: Annotated[Literal["stream"], Parameter(parse=False)] = option("stream", "A texture without end.")

    def open_network(self, duration_s: float | None = None) -> "RawStream":
        """Opens the stream of a network.

        Args:
            duration_s: time in which conditions go through their values, instead of to and fro without end.

        Raises:
            InputError: the file of weights does not exist.
            ModelError: it holds another network, or is damaged.
            UsageError: a condition is unknown, or a value of it was not trained.
        """
        from gramophone.synthesis.raw_texture import RawStream

        return RawStream(duration_s=duration_s, **self._network_options())

    def open(self, sounds: "Sequence[Sound]", **blocks_s: float) -> "Stream":
        """Opens the stream; nothing is computed until a block is taken.

        Args:
            sounds: the recordings, in the order of `sounds`.
            blocks_s: `first_block_s` and `block_s`, lengths of the blocks; see `Stream`.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: the device is invalid.
        """
        from gramophone.synthesis import Stream

        return Stream(sounds, self.settings(), morph=self.schedule, **(self._options() | blocks_s))
