"""Sounds to audio files: complete, never clipped, the same bytes for the same sound."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio.formats import FORMATS, Format, check_format
from gramophone.audio.loudness import below_full_scale, limit_gain_db, peak
from gramophone.audio.reproducible import make_reproducible
from gramophone.audio.sound import Sound
from gramophone.audio.style import Style
from gramophone.audio.style_file import SUFFIX, write_style
from gramophone.errors import LimitError, ModelError, UsageError
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


SPARE_BYTES = 4_000_000  # left free on the disk, for what closes the file and lies beside it
LEAST_SHARE = {".wav": 1.0, ".flac": 0.2, ".ogg": 0.0}  # of the uncompressed size that a texture takes
LEAST_BYTES_PER_S = 4_000  # of a lossy file


@dataclass
class Appender:
    """A file that is being written.

    Attributes:
        path: its final name.
        frames: samples per channel so far.
        peak: largest magnitude so far.
        full: whether the disk has no room for more; nothing is written from then on.
    """

    path: Path
    _temporary: Path
    _file: soundfile.SoundFile
    frames: int = 0
    peak: float = 0.0
    full: bool = False

    def write(self, sound: Sound) -> None:
        """Adds a sound; what would pass full scale is bent, as its gain cannot be changed any more."""
        samples = below_full_scale(sound.samples)
        needed = samples.nbytes + SPARE_BYTES
        self.full = self.full or shutil.disk_usage(self._temporary.parent).free < needed
        for start in range(0, samples.shape[1] if not self.full else 0, BLOCK_FRAMES):
            part = samples[:, start : start + BLOCK_FRAMES]
            try:
                self._file.write(np.ascontiguousarray(part.T))
            except (OSError, soundfile.LibsndfileError):
                self.full = True
                return
            self.frames += part.shape[1]
            self.peak = max(self.peak, peak(part))

    def written(self) -> Written:
        """What has been written so far."""
        return Written(self.path, 0.0, self.peak, self._file.samplerate, self.frames)


@contextmanager
def appending(path: Path, *, rate_hz: int, channels: int, overwrite: bool = False) -> Iterator[Appender]:
    """Opens a .wav, .flac or .ogg that grows; it gets its name when the block ends without an exception.

    Args:
        path: the file to write.
        rate_hz: samples per second.
        channels: their number.
        overwrite: whether a file already there may be replaced.

    Raises:
        UsageError: the file cannot or must not be written.
        LimitError: nothing at all could be written as the disk is full.
    """
    subtype = check_format(path, rate_hz=rate_hz, channels=channels)
    with atomic_write(path, overwrite=overwrite) as temporary:
        form = path.suffix[1:].upper()
        try:
            file = soundfile.SoundFile(os.fsencode(temporary), "w", rate_hz, channels, subtype, format=form)
        except soundfile.LibsndfileError as error:
            raise UsageError(f"{path} could not be written ({error.error_string}); choose another place") from error
        with file:
            appender = Appender(path, temporary, file)
            yield appender
            if not appender.frames:
                raise LimitError(f"{path} was not written: there is no room for it; free some space")
        make_reproducible(temporary)


def check_room(path: Path, *, rate_hz: int, channels: int, duration_s: float) -> None:
    """Refuses a length that the disk cannot hold, before anything is computed.

    Raises:
        LimitError: says how much there is and how much is needed at least.
    """
    subtype = check_format(path, rate_hz=rate_hz, channels=channels, frames=round(duration_s * rate_hz))
    form = FORMATS[path.suffix.lower()]
    needed = duration_s * rate_hz * channels * form.bits[subtype] / 8 * LEAST_SHARE[path.suffix.lower()]
    if form.lossy:
        needed = duration_s * LEAST_BYTES_PER_S
    free = shutil.disk_usage(path.parent).free - SPARE_BYTES
    if needed > free:
        raise LimitError(
            f"{path} would take {needed / 1e6:.0f} MB or more for {duration_s:g} s, "
            f"and {max(0, free) / 1e6:.0f} MB are free; ask for less, or choose another place"
        )
