"""`gramophone live`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from gramophone.cli.console import one_line, write_stdout
from gramophone.cli.options import Flag, Seed, Whole
from gramophone.cli.progress import Progress
from gramophone.errors import UsageError

BLOCK = 512


@Parameter(name="*")
@dataclass(frozen=True)
class SoundOptions:
    """How it sounds.

    Attributes:
        strength: How much of the style there is, 0 to 1; the result follows your notes and words less and less.
        mix: What you hear: 0 is the input itself, 1 the style alone.
        weights: How much of each STYLE there is, such as 2,1.
        mode: 'default' resolves notes best, at a latency below 200 ms; 'fast' answers within 60 ms.
        seed: Number that decides everything random.
    """

    strength: float = 0.6
    mix: float = 1.0
    weights: Annotated[str | None, Parameter(metavar="W,W")] = None
    mode: Literal["default", "fast"] = "default"
    seed: Seed = 0


@Parameter(name="*")
@dataclass(frozen=True)
class WayOptions:
    """Where sound comes from and goes to.

    Attributes:
        input: Input device: its number or a part of its name; the default one without it.
        output: Output device, the same.
        list: List the devices and end.
        rate: Sampling rate in Hz: that of the card or the file without it, 44100 of --raw.
        block: Samples that are computed at once.
        raw: Read 32-bit floats (little endian, one channel) from standard input, and write them to standard output.
        from_file: Play a file through it instead of an input of the sound card.
        to: Where the result of --from goes: a name that ends in .wav, .flac or .ogg.
        clock: With --from, take the time that the file lasts, as a sound card would, and count late blocks.
        record: Write what is heard to a file, too.
        duration: End after as many seconds.
        midi: Be controlled by a MIDI input: a part of its name, or 'virtual' for a new one (docs/live.md).
        osc: Be controlled by OSC at a UDP port of this computer.
        overwrite: Replace files that exist already.
        quiet: No meter on the terminal, only warnings and errors.
    """

    input: Annotated[str | None, Parameter(metavar="DEVICE")] = None
    output: Annotated[str | None, Parameter(metavar="DEVICE")] = None
    list: Flag = False
    rate: Annotated[Whole, Parameter(metavar="HZ")] = None
    block: Annotated[Whole, Parameter(metavar="N")] = BLOCK
    raw: Flag = False
    from_file: Annotated[Path | None, Parameter(name="--from", metavar="FILE")] = None
    to: Annotated[Path | None, Parameter(name=("--to", "-o"), metavar="OUT")] = None
    clock: Flag = False
    record: Annotated[Path | None, Parameter(metavar="FILE")] = None
    duration: Annotated[float | None, Parameter(metavar="SECONDS")] = None
    midi: Annotated[str | None, Parameter(metavar="NAME")] = None
    osc: Annotated[str | None, Parameter(metavar="PORT")] = None
    overwrite: Flag = False
    quiet: Flag = False


def live(
    *style: Annotated[Path, Parameter(name="STYLE", help="Recordings that the answer is made of.")],
    sound: SoundOptions = SoundOptions(),
    way: WayOptions = WayOptions(),
) -> int:
    """Play through a sound: your voice or instrument in, rain or bees out.

    Listens to the microphone and answers at once on the sound card; use
    headphones, as a loudspeaker would be heard by the microphone.

        gramophone live bees.wav
        gramophone live rain.wav fire.wav --mode fast --strength 0.4
        gramophone live bees.wav --from voice.wav -o voice-in-bees.wav
    """
    if way.list:
        from gramophone.cli.sound_card import listed

        write_stdout("\n".join(map(one_line, listed())))
        return 0
    _check(style, way)
    with Progress(quiet=way.quiet or way.raw) as progress:
        progress.show("loading torch")
        from gramophone.cli import live_run

        return live_run.play(live_run.Player.of(style, sound, way, progress))


def _check(style: tuple[Path, ...], way: WayOptions) -> None:
    """Refuses options that do not go together, before anything is loaded."""
    if not style:
        raise UsageError("name at least one STYLE, the recording that is played, or --list")
    if way.raw and way.from_file is not None:
        raise UsageError("--raw and --from exclude each other; leave out one of them")
    if (way.raw or way.from_file is not None) and (way.input is not None or way.output is not None):
        raise UsageError("--input and --output name devices of the sound card, which --raw and --from do not use")
    if (way.to is None) != (way.from_file is None):
        raise UsageError("--from FILE and -o OUT go together: name both, or record the card with --record")
    if way.clock and way.from_file is None:
        raise UsageError("--clock is for --from: a sound card and --raw have a clock of their own")
    if way.record is not None and (way.raw or way.from_file is not None):
        raise UsageError("--record is for the sound card; --from writes to -o, --raw to standard output")
    if way.duration is not None and not way.duration > 0:
        raise UsageError(f"duration must be greater than 0, not {way.duration}")
    for path in (way.to, way.record):
        if path is not None:
            from gramophone.audio import check_format
            from gramophone.files import check_output

            check_format(path, rate_hz=way.rate or 44_100, channels=1)
            check_output(path, overwrite=way.overwrite, inputs=style)
