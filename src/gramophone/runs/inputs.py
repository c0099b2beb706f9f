"""Reading the recordings of a run, with errors that name the file."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gramophone.audio import Sound, SoundWarning, audible, check_format, defects, load
from gramophone.audio.read import load_hashed
from gramophone.errors import InputError
from gramophone.runs.observer import Observer
from gramophone.runs.run_record import Source
from gramophone.settings import Settings


@dataclass(frozen=True)
class Input:
    """A recording and the entry about its file in the run record."""

    sound: Sound
    source: Source


def read(paths: Sequence[Path], observer: Observer) -> list[Input]:
    """Reads all recordings; oddities become warnings.

    Raises:
        InputError: one cannot be read, or is silent.
        LimitError: one is larger than the limit.
    """
    return [_read(path, observer) for path in paths]


def check_lengths(inputs: Sequence[Input], settings: Settings, purpose: str = "") -> None:
    """Refuses recordings that are too short for the settings.

    Args:
        inputs: the recordings.
        settings: of the run.
        purpose: what the length is needed for, in errors; empty if evident.

    Raises:
        InputError: names the file and the length needed.
    """
    from gramophone.synthesis.prepare import check_length

    for one in inputs:
        check_length(one.sound, settings, one.source.path, purpose)


def common_format(
    inputs: Sequence[Input], settings: Settings, observer: Observer, output: Path | None = None
) -> tuple[int, int]:
    """Returns the common rate in Hz and number of channels; notes which recordings are converted.

    Raises:
        UsageError: the format of the output does not support them.
    """
    from gramophone.synthesis.prepare import common_form

    rate_hz, channels = common_form([one.sound for one in inputs], settings)
    if output is not None:
        check_format(output, rate_hz=rate_hz, channels=channels)
    for one in inputs:
        if settings.native and (one.sound.rate_hz, one.sound.channels) != (rate_hz, channels):
            observer.on_note(
                f"{one.source.path} is converted from {one.sound.rate_hz} Hz, {one.sound.channels} channel(s), "
                f"to {rate_hz} Hz, {channels} channel(s)"
            )
    return rate_hz, channels


@contextmanager
def sound_warnings(warn: Callable[[str], object]) -> Iterator[None]:
    """Turns warnings about recordings into calls of `warn`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SoundWarning)
        yield
    for warning in caught:
        warn(str(warning.message))


def load_sound(path: Path, warn: Callable[[str], object]) -> Sound:
    """Reads a recording as it is; calls `warn` with what is wrong with its file."""
    with sound_warnings(warn):
        return load(path)


def load_audible(path: Path, warn: Callable[[str], object]) -> Sound:
    """Reads a recording that is to be analysed, without loud parts that nobody hears.

    Args:
        path: file.
        warn: called with what is wrong with the file or the recording, and with what was removed.

    Raises:
        InputError: it cannot be read, or nothing in it can be heard.
        LimitError: it is larger than the limit.
    """
    return heard(load_sound(path, warn), path, warn)


def heard(sound: Sound, path: Path, warn: Callable[[str], object]) -> Sound:
    """A recording without loud parts that nobody hears; calls `warn` with its defects, and with what was removed.

    Raises:
        InputError: nothing in it can be heard.
    """
    if sound.is_silent:
        raise InputError(f"{path} is silent; give a recording with sound in it")
    for defect in defects(sound):
        warn(f"{path} {defect}")
    found, said = audible(sound, str(path))
    if said is not None:
        warn(said)
    return found


def _read(path: Path, observer: Observer) -> Input:
    observer.on_status(f"reading {path}")
    with sound_warnings(observer.on_warning):
        sound, sha256 = load_hashed(path)
    source = Source(str(path), sha256, sound.rate_hz, sound.channels, sound.duration_s)
    return Input(heard(sound, path, observer.on_warning), source)
