"""Sounds to audio files: complete, never clipped, the same bytes for the same sound."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio.formats import FORMATS, Format, check_format
from gramophone.audio.level import limit_gain_db, peak
from gramophone.audio.sound import Sound
from gramophone.audio.stable import make_reproducible
from gramophone.audio.style import Style
from gramophone.audio.style_file import SUFFIX, write_style
from gramophone.errors import ModelError, UsageError
from gramophone.files import atomic_write

# The Vorbis encoder keeps a whole write on the stack and crashes on a long one.
BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class Written:
    """What `save` wrote.

    Attributes:
        path: The file.
        gain_db: The gain applied to stay below full scale, 0 or negative.
        peak: The largest magnitude in the file, at most 1; in a style file any.
        rate_hz: Samples per second.
        frames: Samples per channel.
    """

    path: Path
    gain_db: float
    peak: float
    rate_hz: int
    frames: int


def save(
    sound: Sound, path: str | os.PathLike[str], *, overwrite: bool = False, subtype: str | None = None
) -> Written:
    """Writes a sound as .wav (24 bits), .flac (24 bits) or .ogg (Vorbis), scaled down where it would clip.

    A `Style` whose path ends in .safetensors becomes a style file, sample for sample.

    Args:
        sound: The sound; a peak above 0.999 (0.891 for .ogg) is brought down to that by one gain. Should
            the decoded .ogg still pass 1, it is encoded again with less gain.
        path: The file to write.
        overwrite: Whether a file already there may be replaced.
        subtype: See `check_format`.

    Raises:
        ModelError: Samples that are not finite; nothing is written.
        UsageError: The file cannot or must not be written, or its format cannot hold the sound.
    """
    path = Path(path)
    channels, frames = sound.samples.shape
    if isinstance(sound, Style) and path.suffix.lower() == SUFFIX:
        write_style(sound, path, overwrite=overwrite)
        return Written(path, 0.0, peak(sound.samples), sound.rate_hz, frames)
    subtype = check_format(path, rate_hz=sound.rate_hz, channels=channels, frames=frames, subtype=subtype)
    if not np.isfinite(sound.samples).all():
        raise ModelError(f"{path} was not written: its samples are not finite; try another seed or fewer steps")
    with atomic_write(path, overwrite=overwrite) as temporary:
        try:
            gain_db, loudest = _encode_unclipped(sound, temporary, FORMATS[path.suffix.lower()], subtype)
        except soundfile.LibsndfileError as error:
            raise UsageError(
                f"{path} could not be written ({error.error_string.rstrip('.')}); "
                "free some space or choose another place"
            ) from error
        make_reproducible(temporary)
    return Written(path, gain_db, loudest, sound.rate_hz, frames)


def _encode_unclipped(sound: Sound, path: Path, form: Format, subtype: str) -> tuple[float, float]:
    """Writes the file with the least gain change that keeps it within full scale; returns gain and peak."""
    loudest = peak(sound.samples)
    gain_db = limit_gain_db(loudest, form.ceiling)
    _encode(sound, path, subtype, gain_db)
    if not form.lossy:
        return gain_db, loudest * 10 ** (gain_db / 20)
    while (loudest := _decoded_peak(path)) > 1:
        gain_db += limit_gain_db(loudest, form.ceiling)
        _encode(sound, path, subtype, gain_db)
    return gain_db, loudest


def _encode(sound: Sound, path: Path, subtype: str, gain_db: float) -> None:
    gain = np.float32(10 ** (gain_db / 20))
    channels, frames = sound.samples.shape
    with soundfile.SoundFile(
        _name(path), "w", sound.rate_hz, channels, subtype, format=path.suffix[1:].upper()
    ) as file:
        for start in range(0, frames, BLOCK_FRAMES):
            file.write(np.ascontiguousarray(sound.samples[:, start : start + BLOCK_FRAMES].T) * gain)
    # The encoders keep some write errors to themselves; what is missing then shows here.
    found = soundfile.info(_name(path)).frames
    if found != frames:
        raise OSError(f"only {found} of {frames} frames arrived")


def _decoded_peak(path: Path) -> float:
    with soundfile.SoundFile(_name(path)) as file:
        return max(peak(block.T) for block in file.blocks(BLOCK_FRAMES, dtype="float32", always_2d=True))


def _name(path: Path) -> str | bytes:
    # As text, names that are not valid UTF-8 would be refused.
    return os.fsencode(path) if os.name == "posix" else str(path)
