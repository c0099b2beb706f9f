"""Requests for textures: of some length, and without end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from cyclopts import Parameter
from pydantic import BeforeValidator

from gramophone import presets
from gramophone.errors import UsageError
from gramophone.presets import Job
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph, check_alone
from gramophone.request.base import MOST_STYLES, NotInStudio, SynthesisRequest, option
from gramophone.request.values import LONGEST_S, Frequencies, MorphText, Seconds, Switch, morph_text, numbers

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task


class MixedRequest(SynthesisRequest):
    """What textures and streams can be told about several styles."""

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
        """Refuses values that do not go together, morphs and mixes too."""
        super().check()
        if self.morph is not None:
            check_alone(self.style_weights)
        schedule, _ = self.schedule, self.style_mix
        if schedule is not None and schedule.times_s[-1] > LONGEST_S:
            raise UsageError(f"the morph ends at {schedule.times_s[-1]:g} s; it must end by {LONGEST_S:g} s")

    @property
    def schedule(self) -> Morph | None:
        """The weights that change over time."""
        return None if self.morph is None else Morph.parse(self.morph, len(self.styles))

    @property
    def style_mix(self) -> Mix:
        """How several styles become one."""
        weighted = self.style_weights is not None or self.morph is not None
        return Mix.of(self.mix, self.crossover_hz, len(self.styles), weighted=weighted)

    def _options(self) -> dict[str, Any]:
        """What a texture and a stream take besides recordings, settings and lengths."""
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
        """Refuses values that do not go together, loops and lengths too."""
        super().check()
        if self.loop and self.morph is not None:
            raise UsageError("a loop ends as it begins and cannot morph; leave out the loop or the morph")
        if self.length_s == 0:
            raise UsageError(f"the morph '{self.morph}' ends at 0 s; give a duration, or a later last point")

    @property
    def length_s(self) -> float | None:
        """Length of the result in seconds, where it does not depend on the recordings."""
        schedule = self.schedule
        return schedule.times_s[-1] if self.duration_s is None and schedule is not None else self.duration_s

    @property
    def is_long(self) -> bool:
        """Whether it is made block after block."""
        return presets.in_blocks(self.preset, self.length_s, loop=self.loop, morphs=self.morph is not None)

    @property
    def job(self) -> Job:
        """The task for which the preset's settings are taken: blocks are those of a stream."""
        return "stream" if self.is_long else "texture"

    def set_up(self, sounds: "Sequence[Sound]", *, warm_start: "Sound | None" = None) -> "Task":
        """A texture that is made in one piece, whatever its length; nothing is computed until it is iterated.

        Args:
            sounds: the recordings, in the order of `sounds`.
            warm_start: an earlier result to go on from, instead of noise.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: a duration or device that cannot be.
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
        """A texture of known length that is made block after block; iterate over it for the blocks.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: a device that cannot be, or no length is known.
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
        """The stream; nothing is computed until a block is taken.

        Args:
            sounds: the recordings, in the order of `sounds`.
            blocks_s: `first_block_s` and `block_s`, lengths of the blocks; see `Stream`.

        Raises:
            InputError: a recording is silent or too short.
            UsageError: a device that cannot be.
        """
        from gramophone.synthesis import Stream

        return Stream(sounds, self.settings(), morph=self.schedule, **(self._options() | blocks_s))
