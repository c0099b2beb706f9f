"""Writing of audio files: atomic, never clipped, and reproducible byte for byte."""

import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from gramophone.audio.channel_order import to_vorbis
from gramophone.audio.decode import UNKNOWN_FRAMES, decoding
from gramophone.audio.formats import FORMATS, Format, check_format
from gramophone.audio.loop_points import add_loop
from gramophone.audio.loudness import below_full_scale, limit_gain_db, peak
from gramophone.audio.sound import Sound, Style, check_sound
from gramophone.audio.style_file import SUFFIX, write_style
from gramophone.errors import LimitError, ModelError, WriteError
from gramophone.files import atomic_write, checked_path, unwritable

# The Vorbis encoder holds a whole write on the stack and crashes on a long one.
BLOCK_FRAMES = 65_536
SPARE_BYTES = 4_000_000  # left free on the disk, for the end of the file and its run record
LEAST_FRACTION = {".wav": 1.0, ".flac": 0.2, ".ogg": 0.0}  # smallest compressed size of a texture
LEAST_BYTES_PER_S = 4_000  # smallest bit rate of a lossy file
FLAC_LENGTH_BYTE = 21
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_SERIAL = (1).to_bytes(4, "little")


def make_reproducible(path: Path) -> None:
    """Overwrites the time stamp of a float WAV and the random serial number of an Ogg stream, in place.

    Args:
        path: complete WAV, FLAC or Ogg file, as libsndfile writes it.
    """
    with path.open("rb") as file:
        head = file.read(256)
    if head[:4] == b"RIFF" and (at := head[: head.find(b"data")].find(b"PEAK")) > 0:
        with path.open("r+b") as file:
            file.seek(at + 12)
            file.write(bytes(4))
    elif head[:4] == b"OggS":
        _renumber(path)


def _renumber(path: Path) -> None:
    with path.open("r+b") as file:
        while len(head := file.read(27)) == 27:
            start = file.tell() - 27
            table = file.read(head[26])
            body = file.read(sum(table))
            page = head[:14] + _SERIAL + head[18:22] + bytes(4) + head[26:] + table + body
            file.seek(start)
            file.write(page[:22] + ogg_checksum(page).to_bytes(4, "little") + page[26:])


def ogg_checksum(page: bytes) -> int:
    """Returns the checksum of an Ogg page whose checksum field is zero (RFC 3533, section 6)."""
    # Ogg's CRC has zlib's polynomial with reversed bits and no inversions.
    reflected = zlib.crc32(page.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(reflected.to_bytes(4, "little").translate(_REVERSED_BITS), "big")


@dataclass(frozen=True)
class Written:
    """A file that was written.

    Attributes:
        path: the file.
        gain_db: gain that keeps the file below full scale, 0 or negative.
        peak: largest magnitude in the file, at most 1; unlimited in a style file.
        rate_hz: sample rate in Hz.
        frames: samples per channel.
    """

    path: Path
    gain_db: float
    peak: float
    rate_hz: int
    frames: int


def save(
    sound: Sound,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    subtype: str | None = None,
    loops: bool = False,
) -> Written:
    """Writes a sound as .wav (24 bits), .flac (24 bits) or .ogg (Vorbis), scaled down if it would clip.

    A `Style` whose path ends in .safetensors becomes a style file, sample for sample.

    Args:
        sound: sound to write; one gain reduces a peak above 0.999 (0.891 for .ogg) to that value. If the decoded .ogg
            still exceeds 1, it is encoded again with less gain.
        path: file to write.
        overwrite: whether an existing file may be replaced.
        subtype: sample format, see `check_format`.
        loops: whether the end leads into the beginning; a .wav says so in loop points, which samplers read.

    Raises:
        ModelError: samples are not finite; nothing is written.
        UsageError: the file exists, or its format cannot hold the sound.
        WriteError: the disk is full, or the system refuses.
    """
    path = checked_path(path)
    sound = check_sound(sound, "what is saved")
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
            raise WriteError(unwritable(path)) from error
        make_reproducible(temporary)
        if loops and path.suffix.lower() == ".wav":
            add_loop(temporary, rate_hz=sound.rate_hz, frames=frames)
    return Written(path, gain_db, loudest, sound.rate_hz, frames)


def _encode_unclipped(sound: Sound, path: Path, form: Format, subtype: str) -> tuple[float, float]:
    """Writes the file with the smallest gain reduction that keeps it within full scale; returns gain and peak."""
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
    order = _order(path, channels)
    with soundfile.SoundFile(
        _name(path), "w", sound.rate_hz, channels, subtype, format=path.suffix[1:].upper()
    ) as file:
        for start in range(0, frames, BLOCK_FRAMES):
            file.write(np.ascontiguousarray(sound.samples[order, start : start + BLOCK_FRAMES].T) * gain)
    # The encoders hide some write errors; missing frames show here.
    if soundfile.info(_name(path)).frames != frames:
        raise OSError("not all of it arrived")


def _order(path: Path, channels: int) -> slice | list[int]:
    """Selects the channels of a sound in the order of the file's format."""
    return list(to_vorbis(channels)) if path.suffix.lower() == ".ogg" else slice(None)


def _decoded_peak(path: Path) -> float:
    with soundfile.SoundFile(_name(path)) as file:
        return max(peak(block.T) for block in file.blocks(BLOCK_FRAMES, dtype="float32", always_2d=True))


def _name(path: Path) -> str | bytes:
    # As text, names that are not valid UTF-8 would be rejected.
    return os.fsencode(path) if os.name == "posix" else str(path)


@dataclass
class Appender:
    """A file that grows.

    Attributes:
        path: final path of the file.
        frames: samples per channel so far.
        peak: largest magnitude so far.
        full: whether the disk is full; nothing is written from then on.
    """

    path: Path
    _temporary: Path
    _file: soundfile.SoundFile
    frames: int = 0
    peak: float = 0.0
    full: bool = False

    def write(self, sound: Sound) -> None:
        """Appends a sound, soft-clipped at full scale, since the gain of a growing file cannot change."""
        samples = below_full_scale(sound.samples)
        needed = samples.nbytes + SPARE_BYTES
        self.full = self.full or shutil.disk_usage(self._temporary.parent).free < needed
        for start in range(0, samples.shape[1] if not self.full else 0, BLOCK_FRAMES):
            part = samples[_order(self.path, len(samples)), start : start + BLOCK_FRAMES]
            try:
                self._file.write(np.ascontiguousarray(part.T))
            except (OSError, soundfile.LibsndfileError):
                self.full = True
                return
            self.frames += part.shape[1]
            self.peak = max(self.peak, peak(part))

    def settle(self) -> None:
        """Counts, after the end, what arrived: encoders keep their last block back and hide that it does not fit."""
        arrived = _arrived(self._temporary)
        self.full = self.full or arrived < self.frames
        self.frames = arrived

    def written(self) -> Written:
        """Returns what was written so far."""
        return Written(self.path, 0.0, self.peak, self._file.samplerate, self.frames)


def _arrived(path: Path) -> int:
    """Frames of a complete file, or of one whose end found no room on the disk; 0 if nothing can be decoded."""
    try:
        stated = soundfile.info(_name(path)).frames
    except soundfile.LibsndfileError:
        return 0
    if stated < UNKNOWN_FRAMES:
        return stated
    with path.open("rb") as file, decoding(path, file) as source:
        frames = sum(len(block) for block in source.blocks())
    _state_length_of_flac(path, frames)
    return frames


def _state_length_of_flac(path: Path, frames: int) -> None:
    """Puts the number of frames, 36 bits, into the first block of metadata (RFC 9639, section 8.2), in place."""
    with path.open("r+b") as file:
        file.seek(FLAC_LENGTH_BYTE)
        depth = file.read(1)[0] & 0xF0
        file.seek(FLAC_LENGTH_BYTE)
        file.write((depth << 32 | frames).to_bytes(5, "big"))


@contextmanager
def appending(path: Path, *, rate_hz: int, channels: int, overwrite: bool = False) -> Iterator[Appender]:
    """Opens a growing .wav, .flac or .ogg, which gets its name when the block ends without an exception.

    Where the disk fills up, the file holds what arrived, which `Appender.frames` counts from the end of the block on.

    Args:
        path: file to write.
        rate_hz: sample rate in Hz.
        channels: number of channels.
        overwrite: whether an existing file may be replaced.

    Raises:
        UsageError: the file exists or cannot be written.
        LimitError: the disk is full, and nothing was written.
        WriteError: the system refuses.
    """
    subtype = check_format(path, rate_hz=rate_hz, channels=channels)
    with atomic_write(path, overwrite=overwrite) as temporary:
        form = path.suffix[1:].upper()
        try:
            file = soundfile.SoundFile(os.fsencode(temporary), "w", rate_hz, channels, subtype, format=form)
        except soundfile.LibsndfileError as error:
            raise WriteError(unwritable(path)) from error
        with file:
            appender = Appender(path, temporary, file)
            yield appender
        appender.settle()
        if not appender.frames:
            raise LimitError(f"{path} was not written: the disk is full; free some space")
        make_reproducible(temporary)


def check_room(path: Path, *, rate_hz: int, channels: int, duration_s: float) -> None:
    """Checks that the disk can hold a file of some duration, before anything is computed.

    Raises:
        LimitError: the disk has too little free space.
    """
    subtype = check_format(path, rate_hz=rate_hz, channels=channels, frames=round(duration_s * rate_hz))
    form = FORMATS[path.suffix.lower()]
    needed = duration_s * rate_hz * channels * form.bits[subtype] / 8 * LEAST_FRACTION[path.suffix.lower()]
    if form.lossy:
        needed = duration_s * LEAST_BYTES_PER_S
    free = shutil.disk_usage(path.parent).free - SPARE_BYTES
    if needed > free:
        raise LimitError(
            f"{path} needs at least {needed / 1e6:.1f} MB for {duration_s:g} s, but only "
            f"{max(0, free) / 1e6:.1f} MB are free; ask for less, or choose another place"
        )
