"""`gramophone stream`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from gramophone.cli.ahead import made_ahead
from gramophone.cli.console import complain, silence
from gramophone.cli.interrupts import Interrupted, exit_code
from gramophone.cli.options import Flag, Seed, Weights, Whole
from gramophone.cli.progress import Progress, duration
from gramophone.errors import UsageError
from gramophone.presets import DEFAULT
from gramophone.presets import preset as settings_of

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.tasks import Stream

Sink = Callable[["Sound"], object]


def stream(  # noqa: PLR0913
    *style: Annotated[Path, Parameter(name="STYLE", required=True)],
    raw: Flag = False,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="NAME.wav")] = None,
    duration_s: Annotated[float | None, Parameter(name="--duration", metavar="SECONDS")] = None,
    weights: Weights = None,
    gain_db: Annotated[float, Parameter(metavar="DB")] = 0.0,
    preset: Annotated[str, Parameter(metavar="NAME")] = DEFAULT,
    iterations: Whole = None,
    seed: Seed = 0,
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    overwrite: Flag = False,
    quiet: Flag = False,
) -> int:
    """A sound without end, for as long as you listen.

    Plays on the sound card; with --raw it goes to standard output instead, with -o into numbered files.

        gramophone stream rain.wav
        gramophone stream rain.wav --raw | aplay -f FLOAT_LE -r 22050

    Args:
        style: Recordings of the sound, a few seconds each.
        raw: Write 32-bit floats (little endian, 22050 Hz, one channel) to standard output.
        output: Write a file for every block: NAME-0001.wav, NAME-0002.wav and so on.
        duration_s: End after as many seconds.
        weights: Share of each STYLE, with commas: 2,1 takes twice as much of the first. Equal by default.
        gain_db: Louder or softer, in decibels.
        preset: How it is made; 'gramophone presets' lists them.
        iterations: Steps for each block, instead of the preset's: fewer is faster and rougher.
        seed: Another number gives another take of the same sound.
        device: cpu or cuda; the best there is by default.
        overwrite: Replace the numbered files if they exist already.
        quiet: No progress on the terminal, only warnings and errors.
    """
    if raw and output is not None:
        raise UsageError("--raw and --output exclude each other; leave out one of them")
    if duration_s is not None and not duration_s > 0:
        raise UsageError(f"a duration of {duration_s} s is impossible; give a number of seconds above 0")
    settings = settings_of(preset, "stream", iterations=iterations)
    with Progress(quiet=quiet) as progress, _sink(raw, output, overwrite, settings.rate_hz) as sink:
        from gramophone.cli.inputs import check_lengths, read

        inputs = read(style, progress)
        progress.say("loading torch")
        from gramophone.tasks import Stream

        check_lengths(inputs, settings)
        source = Stream([one.sound for one in inputs], settings, weights=weights, seed=seed, device=device)
        source.gain_db = gain_db
        return _flow(source, sink, duration_s, progress)


def _flow(source: "Stream", sink: Sink, duration_s: float | None, progress: Progress) -> int:
    done_s = 0.0
    try:
        with made_ahead(source, close=source.close) as blocks:
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


@contextmanager
def _sink(raw: bool, output: Path | None, overwrite: bool, rate_hz: int) -> Iterator[Sink]:
    """Where the blocks go; refuses what cannot be before anything is computed."""
    if raw:
        yield _write_raw
    elif output is not None:
        yield _numbered(output, overwrite, rate_hz)
    else:
        with _player(rate_hz) as play:
            yield play


def _write_raw(block: "Sound") -> None:
    if sys.stdout is None:
        raise UsageError("there is no standard output to write to; name files with --output")
    sys.stdout.buffer.write(block.samples.T.astype("<f4").tobytes())
    sys.stdout.buffer.flush()


def _numbered(output: Path, overwrite: bool, rate_hz: int) -> Sink:
    from gramophone.audio import check_format, save
    from gramophone.files import check_output

    def path(number: int) -> Path:
        return output.with_name(f"{output.stem}-{number:04d}{output.suffix}")

    check_format(output, rate_hz=rate_hz, channels=1)
    check_output(path(1), overwrite=overwrite)
    count = 0

    def write(block: "Sound") -> None:
        nonlocal count
        count += 1
        save(block, path(count), overwrite=overwrite)

    return write


@contextmanager
def _player(rate_hz: int) -> Iterator[Sink]:
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise UsageError(
            "playing needs the package sounddevice and its library PortAudio: pip install 'gramophone[play]'; "
            "or use --raw or --output"
        ) from error
    try:
        player = sounddevice.OutputStream(samplerate=rate_hz, channels=1, dtype="float32")
    except sounddevice.PortAudioError as error:
        raise UsageError(f"there is no sound card to play on ({error}); use --raw or --output") from error
    with player:
        yield lambda block: player.write(block.samples.T.copy())
