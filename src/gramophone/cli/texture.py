"""`gramophone texture`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.long import Long, check_morph, check_size, write_long
from gramophone.cli.options import Carry, Command, Flag, Options, check, check_files
from gramophone.cli.progress import Progress
from gramophone.cli.shape import Shape
from gramophone.presets import in_blocks
from gramophone.presets.style_mix import Mix
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import Settings


def texture(
    *style: Annotated[Path, Parameter(name="STYLE", required=True)],
    options: Options,
    duration: Annotated[float | None, Parameter(metavar="SECONDS")] = None,
    morph: Annotated[str | None, Parameter(metavar="SPEC")] = None,
    loop: Flag = False,
    shape: Shape = Shape(),  # noqa: B008 (a frozen value)
    command: Command = (),
    carry: Carry = None,
) -> int:
    """More of a sound: as much new rain as you like from a few seconds of rain.

    The result never repeats the recording, and has its sample rate and channels.
    What lasts longer than 30 seconds is made and written in blocks: an hour takes no more memory.

        gramophone texture rain.wav -o more-rain.wav --duration 60
        gramophone texture rain.wav fire.wav -o rain-to-fire.wav --duration 20 --morph "0:1,0 20:0,1"
        gramophone texture rain.wav -o rain-loop.wav --duration 10 --loop

    Args:
        style: Recordings of the sound, a few seconds each.
        duration: Length of the result in seconds; that of the longest STYLE by default.
        morph: Weights of the styles that move over time, as SECONDS:W,W with spaces between.
        loop: The end leads into the beginning, for endless playing; up to 60 seconds.
        options: shared.
        shape: shared with stream.
        command: the command line, for the run record.
        carry: who carries it out.
    """
    form = asked(*style, options=options, duration=duration, morph=morph, loop=loop, shape=shape)
    settings, duration = form.settings, form.duration_s
    check_files(options, style)
    with Progress(quiet=options.quiet) as progress:
        from gramophone.cli.inputs import agree, check_lengths, read

        inputs = read(style, progress)
        progress.say("loading torch")
        from gramophone.cli.run import Order, carry_out
        from gramophone.synthesis import texture as set_up

        check_lengths(inputs, settings)
        shared = agree(inputs, settings, progress, options.output)
        order = Order(command, inputs, options)
        if form.is_long:
            check_size(options, shared, duration or 0.0)
            return write_long(duration or 0.0, Long(settings, form.mix, form.morph), order, progress)
        task = set_up(
            [one.sound for one in inputs],
            settings,
            duration_s=duration,
            weights=options.weights,
            mix=form.mix,
            loop=loop,
            seed=options.seed,
            device=options.device,
        )
        return (carry or carry_out)(task, order, progress)


@dataclass(frozen=True)
class Asked:
    """What the words of the command resolve to.

    Attributes:
        settings: of the preset, for one piece or for blocks.
        duration_s: length of the result, where it was asked for.
        mix: what weights mean.
        morph: weights that move, if they do.
        is_long: whether it is made block by block.
    """

    settings: Settings
    duration_s: float | None
    mix: Mix
    morph: Morph | None
    is_long: bool


def asked(
    *style: Path,
    options: Options,
    duration: float | None = None,
    morph: str | None = None,
    loop: bool = False,
    shape: Shape = Shape(),  # noqa: B008 (a frozen value)
) -> Asked:
    """Understands the words of the command, before any file is looked at.

    Raises:
        UsageError: they cannot be.
    """
    settings = options.settings("texture", shape.changes)
    weights_over_time = None if morph is None else Morph.parse(morph, len(style))
    if duration is None and weights_over_time is not None:
        duration = weights_over_time.times_s[-1]
    weighted = options.weights is not None or weights_over_time is not None
    mix = shape.mixed(len(style), weighted=weighted)
    check(options, settings, styles=len(style), duration_s=duration)
    is_long = in_blocks(options.preset, duration, loop=loop, morphs=weights_over_time is not None)
    if is_long:
        settings = options.settings("stream", shape.changes)
        check_morph(options, weights_over_time, loop=loop)
    return Asked(settings, duration, mix, weights_over_time, is_long)
