"""Audio files that grow block by block, for sounds longer than memory; complete whatever ends the work."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio.formats import FORMATS, check_format
from gramophone.audio.level import below_full_scale, peak
from gramophone.audio.sound import Sound
from gramophone.audio.stable import make_reproducible
from gramophone.audio.write import BLOCK_FRAMES, Written
from gramophone.errors import LimitError, UsageError
from gramophone.files import atomic_write

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
