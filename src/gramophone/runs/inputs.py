"""Reading the recordings of a run, with errors that name the file."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gramophone.audio import Sound, TruncatedWarning, check_format, load
from gramophone.errors import InputError
from gramophone.runs.observer import Observer
from gramophone.runs.run_record import Source, source_of
from gramophone.settings import Settings


@dataclass(frozen=True)
class Input:
    """A recording and what the run record says about its file."""

    sound: Sound
    source: Source


def read(paths: Sequence[Path], observer: Observer) -> list[Input]:
    """Reads all recordings; what is only odd about one is told, and the work goes on.

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
        purpose: what they are needed for, if it is not evident.

    Raises:
        InputError: names the file and the length needed.
    """
    from gramophone.synthesis.prepare import shortest_s

    needed_s = shortest_s(settings)
    for one in inputs:
        if one.sound.duration_s < needed_s:
            raise InputError(
                f"{one.source.path} lasts {one.sound.duration_s:.3f} s; at least {needed_s:.3f} s are needed"
                f"{purpose and f' for {purpose}'}, so give a longer recording"
            )


def common_format(
    inputs: Sequence[Input], settings: Settings, observer: Observer, output: Path | None = None
) -> tuple[int, int]:
    """Tells which recordings are converted; gives the rate in Hz and the channels that all will have.

    Raises:
        UsageError: the format of the output cannot hold them.
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
def truncation_told(warn: Callable[[str], object]) -> Iterator[None]:
    """Tells that a file is cut short, and goes on with what is there."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TruncatedWarning)
        yield
    for warning in caught:
        warn(str(warning.message))


def load_sound(path: Path, warn: Callable[[str], object]) -> Sound:
    """Reads one recording; tells that it is cut short, if it is."""
    with truncation_told(warn):
        return load(path)


def _read(path: Path, observer: Observer) -> Input:
    observer.on_status(f"reading {path}")
    sound = load_sound(path, observer.on_warning)
    if sound.is_silent:
        raise InputError(f"{path} is silent; give a recording with sound in it")
    return Input(sound, source_of(path, sound))
