"""Sounds as Python users have them: as such, as paths, as samples with their rate, as results."""

import os

import numpy as np

from gramophone.audio.read import load
from gramophone.audio.sound import Sound, check_sound
from gramophone.files import checked_path


def as_sound(value: object, name: str) -> Sound:
    """Returns the sound that a value stands for.

    Args:
        value: a `Sound`; the path of a recording or a style file; `(samples, rate_hz)` with samples
            `[channel, sample]` or `[sample]`; or a result.
        name: what it is, for the error.

    Raises:
        InputError: the file cannot be read, or the samples or the rate are invalid.
        LimitError: the file is larger than the limit.
        UsageError: it is something else.

    Example:
        >>> as_sound((np.zeros(22050, np.float32), 22050), "the style")
        Sound(1.000 s, 22050 Hz, 1 channel(s))
    """
    if isinstance(value, str | bytes | os.PathLike):
        return load(checked_path(value))
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], np.ndarray):
        samples, rate_hz = value
        return Sound(samples[None] if samples.ndim == 1 else samples, rate_hz)
    inner = getattr(value, "sound", None)
    return check_sound(inner if isinstance(inner, Sound) else value, name)


def as_sounds(values: object, name: str) -> list[Sound]:
    """Returns the sounds that one value or a sequence of them stands for, see `as_sound`.

    Raises:
        GramophoneError: as `as_sound`.
    """
    is_pair = isinstance(values, tuple) and len(values) == 2 and isinstance(values[0], np.ndarray)
    if isinstance(values, list | tuple) and not is_pair:
        return [as_sound(value, f"{name} {place}") for place, value in enumerate(values, 1)]
    return [as_sound(values, name)]
