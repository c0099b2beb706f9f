"""Sinks of a stream: standard output, numbered files, or the sound card."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.errors import UsageError

if TYPE_CHECKING:
    from gramophone.audio import Sound

Sink = Callable[["Sound"], object]

MIN_RATE_HZ = 8_000


@contextmanager
def sink_of(output: Path | None, rate_hz: int, channels: int, *, raw: bool, overwrite: bool) -> Iterator[Sink]:
    """Opens a sink of blocks.

    Raises:
        UsageError: there is no sound card, or the files cannot be written.
    """
    if raw:
        yield _write_raw
    elif output is not None:
        yield _numbered(output, overwrite, rate_hz, channels)
    else:
        with player(rate_hz, channels) as play:
            yield play


def check_numbered(output: Path, *, overwrite: bool) -> None:
    """Checks the name of numbered files before anything is read.

    Raises:
        UsageError: its format is unknown, or the first file exists or cannot be written.
    """
    from gramophone.audio import check_format
    from gramophone.files import check_output

    check_format(output, rate_hz=MIN_RATE_HZ, channels=1)
    check_output(_numbered_path(output, 1), overwrite=overwrite)


def _numbered_path(output: Path, number: int) -> Path:
    return output.with_name(f"{output.stem}-{number:04d}{output.suffix}")


def _write_raw(block: "Sound") -> None:
    if sys.stdout is None:
        raise UsageError("there is no standard output to write to; name files with --output")
    sys.stdout.buffer.write(block.samples.T.astype("<f4").tobytes())
    sys.stdout.buffer.flush()


def _numbered(output: Path, overwrite: bool, rate_hz: int, channels: int) -> Sink:
    from gramophone.audio import check_format, save

    check_format(output, rate_hz=rate_hz, channels=channels)
    count = 0

    def write(block: "Sound") -> None:
        nonlocal count
        count += 1
        save(block, _numbered_path(output, count), overwrite=overwrite)

    return write


@contextmanager
def player(rate_hz: int, channels: int, otherwise: str = "use --raw or --output") -> Iterator[Sink]:
    """Opens the sound card.

    Args:
        rate_hz: sampling rate in Hz.
        channels: number of channels.
        otherwise: what a user can do where there is none.

    Raises:
        UsageError: there is no sound card, or the package that plays is not installed.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise UsageError(
            "playing needs the package sounddevice and its library PortAudio: pip install 'gramophone[play]', "
            f"or {otherwise}"
        ) from error
    try:
        player = sounddevice.OutputStream(samplerate=rate_hz, channels=channels, dtype="float32")
    except sounddevice.PortAudioError as error:
        raise UsageError(f"there is no sound card to play on ({error}); {otherwise}") from error
    with player:
        yield lambda block: player.write(block.samples.T.copy())
