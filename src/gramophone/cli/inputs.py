"""Reading the recordings of a command, with errors that name the file."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gramophone.audio import Sound, TruncatedWarning, blocks, check_file, load
from gramophone.cli.progress import Progress
from gramophone.errors import InputError
from gramophone.files import sha256_of
from gramophone.runs.run_record import Source, source_of
from gramophone.settings import Settings

if TYPE_CHECKING:
    from gramophone.synthesis.learn_style import Recording


@dataclass(frozen=True)
class Input:
    """A recording and what the run record says about its file."""

    sound: Sound
    source: Source


def read(paths: Sequence[Path], progress: Progress) -> list[Input]:
    """Reads all recordings; what is only odd about one is said, and the work goes on.

    Raises:
        InputError: one cannot be read, or is silent.
        LimitError: one is larger than the limit.
    """
    return [_read(path, progress) for path in paths]


def check_lengths(inputs: Sequence[Input], settings: Settings) -> None:
    """Refuses recordings that are too short for the settings.

    Raises:
        InputError: names the file and the length needed.
    """
    from gramophone.synthesis.prepare import shortest_s

    needed_s = shortest_s(settings)
    for one in inputs:
        if one.sound.duration_s < needed_s:
            raise InputError(
                f"{one.source.path} lasts {one.sound.duration_s:.3f} s; "
                f"at least {needed_s:.3f} s are needed, so give a longer recording"
            )


def agree(
    inputs: Sequence[Input], settings: Settings, progress: Progress, output: Path | None = None
) -> tuple[int, int]:
    """Says which recordings are converted; gives the rate in Hz and the channels that all will have.

    Raises:
        UsageError: the format of the output cannot hold them.
    """
    from gramophone.audio import check_format
    from gramophone.synthesis.prepare import common_form

    rate_hz, channels = common_form([one.sound for one in inputs], settings)
    if output is not None:
        check_format(output, rate_hz=rate_hz, channels=channels)
    for one in inputs:
        if settings.native and (one.sound.rate_hz, one.sound.channels) != (rate_hz, channels):
            progress.note(
                f"{one.source.path} is converted from {one.sound.rate_hz} Hz, {one.sound.channels} channel(s), "
                f"to {rate_hz} Hz, {channels} channel(s)"
            )
    return rate_hz, channels


def load_sound(path: Path, progress: Progress) -> Sound:
    """Reads one recording; says that a file is cut short, and goes on with what is there."""
    with _said(progress):
        return load(path)


def recording_of(path: Path, progress: Progress) -> "Recording":
    """A recording of any length that is read block by block, when it is its turn.

    Raises:
        InputError: it cannot be read.
    """
    from gramophone.synthesis.learn_style import Recording

    check_file(path)
    return Recording(path.name, str(path), _blocks(path, progress), sha256_of(path))


def _blocks(path: Path, progress: Progress) -> Iterator[Sound]:
    with _said(progress):
        yield from blocks(path)


@contextmanager
def _said(progress: Progress) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TruncatedWarning)
        yield
    for warning in caught:
        progress.warn(str(warning.message))


def _read(path: Path, progress: Progress) -> Input:
    progress.say(f"reading {path}")
    sound = load_sound(path, progress)
    if sound.is_silent:
        raise InputError(f"{path} is silent; give a recording with sound in it")
    return Input(sound, source_of(path, sound))
