"""`gramophone texture`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.cli.long import check_long, is_long, write_long
from gramophone.cli.options import Command, Options, check
from gramophone.cli.progress import Progress
from gramophone.morph import Morph


def texture(
    *style: Annotated[Path, Parameter(name="STYLE", required=True)],
    options: Options,
    duration: Annotated[float | None, Parameter(metavar="SECONDS")] = None,
    morph: Annotated[str | None, Parameter(metavar="SPEC")] = None,
    command: Command = (),
) -> int:
    """More of a sound: as much new rain as you like from a few seconds of rain.

    Several recordings are blended into one texture. The result never repeats the recording.
    What lasts longer than 30 seconds is made and written in blocks: an hour takes no more memory.

        gramophone texture rain.wav -o more-rain.wav --duration 60
        gramophone texture rain.wav fire.wav -o rain-to-fire.wav --duration 20 --morph "0:1,0 20:0,1"

    Args:
        style: Recordings of the sound, a few seconds each.
        duration: Length of the result in seconds; that of the longest STYLE by default.
        morph: Weights of the styles that move over time, as SECONDS:W,W with spaces between.
        options: shared.
        command: the command line, for the run record.
    """
    settings = options.settings("texture")
    weights_over_time = None if morph is None else Morph.parse(morph, len(style))
    if duration is None and weights_over_time is not None:
        duration = weights_over_time.times_s[-1]
    check(options, settings, style, styles=len(style), duration_s=duration)
    in_blocks = is_long(options, duration) or weights_over_time is not None
    if in_blocks:
        check_long(options, duration or 0.0, weights_over_time)
    with Progress(quiet=options.quiet) as progress:
        from gramophone.cli.inputs import check_lengths, read

        inputs = read(style, progress)
        progress.say("loading torch")
        from gramophone.cli.run import Order, carry_out
        from gramophone.tasks import texture as set_up

        check_lengths(inputs, settings)
        if in_blocks:
            return write_long(duration or 0.0, weights_over_time, Order(command, inputs, options), progress)
        task = set_up(
            [one.sound for one in inputs],
            settings,
            duration_s=duration,
            weights=options.weights,
            seed=options.seed,
            device=options.device,
        )
        return carry_out(task, Order(command, inputs, options), progress)
