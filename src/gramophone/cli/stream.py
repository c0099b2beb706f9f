"""`gramophone stream`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.console import silence, write_stderr
from gramophone.cli.graceful_stop import Interrupted, exit_code
from gramophone.cli.options import NO_STYLE, RESULT, Flag
from gramophone.cli.progress import Progress, duration
from gramophone.cli.sinks import Sink, check_numbered, sink_of
from gramophone.cli.terminal import Terminal
from gramophone.errors import UsageError
from gramophone.request import StreamRequest
from gramophone.request.values import LONGEST_S

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.live.control import HasWeights
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task
    from gramophone.synthesis.raw_texture import RawStream, RawTexture


@Parameter(name="*", group=RESULT)
@dataclass(frozen=True)
class StreamOptions:
    """Where a stream goes.

    Attributes:
        raw: Write 32-bit floats (little endian, channels in turn) to standard output, at the rate of the STYLE.
        output: Write a file for every block: NAME-0001.wav, NAME-0002.wav and so on.
        duration: End after as many seconds.
        gain_db: Louder or softer, in decibels.
        overwrite: Replace the numbered files if they exist already.
        midi: Set weights by a MIDI input: a part of its name, or 'virtual' for a new one (docs/live.md).
        osc: Set weights by OSC at a UDP port of this computer.
        quiet: No progress on the terminal, only warnings and errors.
    """

    raw: Flag = False
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="NAME.wav")] = None
    duration: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    gain_db: Annotated[float, Parameter(metavar="DB")] = 0.0
    overwrite: Flag = False
    midi: Annotated[str | None, Parameter(metavar="NAME")] = None
    osc: Annotated[str | None, Parameter(metavar="PORT")] = None
    quiet: Flag = False


class _Streaming(Terminal):
    """Remembers how much has been streamed."""

    done_s = 0.0
    has_begun = False

    def on_begin(self, work: "Task | LongTexture | Stream | RawTexture | RawStream") -> None:
        """From here on a signal stops what was heard."""
        self.has_begun = True
        super().on_begin(work)

    def on_block(self, block: "Sound", done: int, total: int | None) -> None:
        """Shows how much sound there is, which may go on."""
        self.done_s = done / block.rate_hz
        super().on_block(block, done, None)


def stream(
    request: Annotated[StreamRequest | None, Parameter(name="*")] = None,
    *,
    options: StreamOptions = StreamOptions(),
) -> int:
    """A sound without end, for as long as you listen.

    Plays on the sound card; with --raw it goes to standard output instead, with
    -o into numbered files.

        gramophone stream rain.wav
        gramophone stream rain.wav --raw | aplay -f FLOAT_LE -r 44100
    """
    if request is None:
        raise UsageError(NO_STYLE.format("stream"))
    if options.raw and options.output is not None:
        raise UsageError("--raw and --output exclude each other; leave out one of them")
    if options.duration is not None and not 0 < options.duration <= LONGEST_S:
        raise UsageError(f"duration must be greater than 0 and at most {LONGEST_S:.0f}, not {options.duration}")
    if options.output is not None:
        check_numbered(options.output, overwrite=options.overwrite)
    with Progress(quiet=options.quiet) as progress:
        from gramophone.runs.execute import execute_stream

        streaming = _Streaming(progress)

        def sink(rate_hz: int, channels: int) -> AbstractContextManager[Sink]:
            return sink_of(options.output, rate_hz, channels, raw=options.raw, overwrite=options.overwrite)

        try:
            with _control(request, options) as steer:
                execute_stream(
                    request, sink, streaming, duration_s=options.duration, gain_db=options.gain_db, steer=steer
                )
        except BrokenPipeError:
            silence(sys.stdout)  # whoever listened has heard enough
        except Interrupted as error:
            if not streaming.has_begun:
                raise
            progress.clear()
            write_stderr(f"stopped after {duration(streaming.done_s)} of sound")
            return exit_code(error)
    return 0


@contextmanager
def _control(request: StreamRequest, options: StreamOptions) -> "Iterator[Callable[[HasWeights], object] | None]":
    """Listens for MIDI and OSC, if asked to."""
    if options.midi is None and options.osc is None:
        yield None
        return
    if request.network is not None:
        raise UsageError("--midi and --osc set the weights of styles, which a network has none of; leave them out")
    if request.morph is not None:
        raise UsageError("--morph sets the weights itself; leave it out, or --midi and --osc")
    from gramophone.live.control import Steering, listening

    steering = Steering([float(one) for one in request.weights or [1.0] * len(request.styles)])
    with listening(steering.controls, options.midi, options.osc):
        yield steering.steer
