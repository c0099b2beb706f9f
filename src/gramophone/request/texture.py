"""Requests for textures: of some length, and without end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from cyclopts import Parameter
from pydantic import BeforeValidator

from gramophone import presets
from gramophone.errors import UsageError
from gramophone.presets import Job
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph, refuse_weights
from gramophone.request.base import MOST_STYLES, NotInStudio, SynthesisRequest, option
from gramophone.request.values import LONGEST_S, Frequencies, MorphText, Seconds, Switch, morph_text, numbers

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task


class MixedRequest(SynthesisRequest):
    """Options of textures and streams for several styles."""

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

    def check(self) -> None:
        """Refuses values that exclude each other, also of morphs and mixes."""
        super().check()
        if self.morph is not None:
            refuse_weights(self.style_weights)
        schedule, _ = self.schedule, self.style_mix
        if schedule is not None and schedule.times_s[-1] > LONGEST_S:
            raise UsageError(f"the morph ends at {schedule.times_s[-1]:g} s; it must end by {LONGEST_S:g} s")

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
