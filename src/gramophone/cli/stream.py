"""`gramophone stream`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import complain, silence
from gramophone.cli.graceful_stop import Interrupted, exit_code
from gramophone.cli.options import Flag, Seed, Weights, Whole
from gramophone.cli.prefetch import prefetched
from gramophone.cli.progress import Progress, duration
from gramophone.cli.shape import Shape
from gramophone.cli.sinks import Sink, check_numbered, sink_of
from gramophone.errors import UsageError
from gramophone.presets import DEFAULT
from gramophone.presets import preset as settings_of
from gramophone.presets.weight_schedule import Morph
from gramophone.settings import FrequencyScale

if TYPE_CHECKING:
    from gramophone.synthesis import Stream


def stream(  # noqa: PLR0913
    *style: Annotated[Path, Parameter(name="STYLE", required=True)],
    raw: Flag = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="NAME.wav")] = None,
    duration_s: Annotated[float | None, Parameter(name="--duration", metavar="SECONDS")] = None,
    weights: Weights = None,
    morph: Annotated[str | None, Parameter(metavar="SPEC")] = None,
    gain_db: Annotated[float, Parameter(metavar="DB")] = 0.0,
    preset: Annotated[str, Parameter(metavar="NAME")] = DEFAULT,
    iterations: Whole = None,
    scale: FrequencyScale | None = None,
    shape: Shape = Shape(),  # noqa: B008 (a frozen value)
    seed: Seed = 0,
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    overwrite: Flag = False,
    quiet: Flag = False,
) -> int:
    """A sound without end, for as long as you listen.

    Plays on the sound card; with --raw it goes to standard output instead, with -o into numbered files.

        gramophone stream rain.wav
        gramophone stream rain.wav --raw | aplay -f FLOAT_LE -r 44100

    Args:
        style: Recordings of the sound, a few seconds each.
        raw: Write 32-bit floats (little endian, channels in turn) to standard output, at the rate of the STYLE.
        output: Write a file for every block: NAME-0001.wav, NAME-0002.wav and so on.
        duration_s: End after as many seconds.
        weights: Share of each STYLE, with commas: 2,1 takes twice as much of the first. Equal by default.
        morph: Weights of the styles that move over time, as SECONDS:W,W with spaces between.
        gain_db: Louder or softer, in decibels.
        preset: How it is made; 'gramophone presets' lists them.
        iterations: Steps for each block, instead of the preset's: fewer is faster and rougher.
        scale: Frequency scale on which sounds are compared; the preset's by default.
        shape: shared with texture.
        seed: Another number gives another take of the same sound.
        device: cpu or cuda; the best there is by default.
        overwrite: Replace the numbered files if they exist already.
        quiet: No progress on the terminal, only warnings and errors.
    """
    if raw and output is not None:
        raise UsageError("--raw and --output exclude each other; leave out one of them")
    if duration_s is not None and not duration_s > 0:
        raise UsageError(f"a duration of {duration_s} s is impossible; give a number of seconds above 0")
    if morph is not None and weights is not None:
        raise UsageError("--morph says all weights itself; leave out --weights")
    changes = shape.changes
    changes["iterations"], changes["scale"] = iterations, scale
    settings = settings_of(preset, "stream", **changes)
    weights_over_time = None if morph is None else Morph.parse(morph, len(style))
    mix = shape.mixed(len(style), weighted=weights is not None or morph is not None)
    if output is not None:
        check_numbered(output, overwrite=overwrite)
    with Progress(quiet=quiet) as progress:
        from gramophone.cli.inputs import agree, check_lengths, read

        inputs = read(style, progress)
        progress.say("loading torch")
        from gramophone.synthesis import Stream

        check_lengths(inputs, settings)
        rate_hz, channels = agree(inputs, settings, progress)
        with sink_of(output, rate_hz, channels, raw=raw, overwrite=overwrite) as sink:
            source = Stream(
                [one.sound for one in inputs],
                settings,
                weights=weights,
                seed=seed,
                device=device,
                morph=weights_over_time,
                mix=mix,
            )
            source.gain_db = gain_db
            progress.say(f"streaming at {rate_hz} Hz, {channels} channel(s)")
            return _flow(source, sink, duration_s, progress)


def _flow(source: "Stream", sink: Sink, duration_s: float | None, progress: Progress) -> int:
    done_s = 0.0
    try:
        with prefetched(source, close=source.close) as blocks:
            for block in blocks:
                sink(block if duration_s is None else block.trimmed(duration_s - done_s))
                done_s += block.duration_s
                progress.say(f"streaming  {duration(done_s)} of sound")
                if duration_s is not None and done_s >= duration_s - 1e-6:
                    break
    except BrokenPipeError:
        silence(sys.stdout)  # whoever listened has heard enough
    except Interrupted as error:
        progress.clear()
        complain(f"stopped after {duration(done_s)} of sound")
        return exit_code(error)
    return 0
