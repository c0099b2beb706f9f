"""Reading of audio files: every field of a header is checked before memory is allocated for it."""

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from jaxtyping import Float32

from gramophone.audio.formats import check_claims, check_size
from gramophone.audio.sound import Sound, check_rate_hz
from gramophone.audio.style_file import SUFFIX, looks_like_style, read_style
from gramophone.errors import InputError, UsageError

BLOCK_FRAMES = 65_536
DAY_S = 86_400.0
_UNKNOWN_FRAMES = 1 << 40
_STREAMED_BYTES = 0x7FFFF000
_OGG_PAGE_BYTES = 65_307


def declared_fraction(file: BinaryIO) -> float | None:
    """Compares the length of the sample data that a WAV or AIFF header declares with the file.

    Args:
        file: seekable file; its position changes.

    Returns:
        Declared over actual bytes, above 1 for a truncated file; None if the header does not tell.
    """
    file_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] in (b"RIFF", b"RIFX") and head[8:] == b"WAVE":
        tag = b"data"
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        tag = b"SSND"
    else:
        return None
    order = "little" if head[:4] == b"RIFF" else "big"
    while len(chunk := file.read(8)) == 8:
        declared = int.from_bytes(chunk[4:], order)  # type: ignore[arg-type]
        if chunk[:4] == tag:
            actual = file_bytes - file.tell()
            # Writers to a pipe do not know the length, and declare 0 or a number near 2 or 4 GiB.
            if actual <= 0 or not 0 < declared < _STREAMED_BYTES:
                return None
            return declared / actual
        file.seek(declared + declared % 2, os.SEEK_CUR)
    return None


def lacks_ogg_end(file: BinaryIO) -> bool:
    """Returns whether the file is an Ogg stream whose last page is incomplete or not marked as the last.

    Args:
        file: seekable file; its position changes.
    """
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * _OGG_PAGE_BYTES))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]) or not page[5] & 4


class ClampedSeekFile(io.BufferedReader):
    """A file that ignores seeks to impossible positions, which damaged headers cause."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Seeks if possible; returns the position."""
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError):
            return self.tell()


class Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """A decoder that never seeks: after each block, a seek would fail if the header states a wrong length."""

    def seekable(self) -> bool:
        """Returns False, for every file."""
        return False


class TruncatedWarning(UserWarning):
    """A file is shorter than its header states; the samples that exist were read."""


def load(path: str | os.PathLike[str], *, rate_hz: int | None = None, limit_s: float = 1800.0) -> Sound:
    """Reads an audio file (WAV, FLAC, Ogg, MP3, AIFF and others that libsndfile knows) or a style file.

    Args:
        path: file to read; the format is detected from its content.
        rate_hz: sample rate to resample to, 1,000 to 384,000 Hz; None keeps the rate of the file.
        limit_s: largest size of the decoded sound, in seconds of stereo at 48 kHz.

    Returns:
        The sound, with full scale -1 to 1; a `Style` for a style file that is not resampled. A truncated audio file
        gives the samples that exist, with a `TruncatedWarning`.

    Raises:
        InputError: the file is unreadable, empty, or holds samples that are not finite.
        LimitError: the rate is outside 1 kHz to 384 kHz, or there are over 32 channels or more sound than the limit.
        UsageError: `rate_hz` or `limit_s` is out of range.
    """
    path = Path(path)
    if rate_hz is not None:
        check_rate_hz(rate_hz)
    _check_limit(limit_s)
    check_file(path)
    sound: Sound
    with _opened(path) as file:
        if looks_like_style(file):
            sound = read_style(path, limit_s=limit_s)
        else:
            with _decoding(path, file) as decoder:
                _check_header(path, decoder, limit_s)
                sound = Sound(_concatenated(_blocks(path, decoder, limit_s)), decoder.samplerate)
                _warn_if_truncated(path, file, decoder, sound.samples.shape[1])
    check_size(path, sound.channels, sound.samples.shape[1] * (rate_hz or 0) / sound.rate_hz, limit_s)
    return sound if rate_hz is None else sound.resampled(rate_hz)


def blocks(path: str | os.PathLike[str], *, limit_s: float = DAY_S) -> Iterator[Sound]:
    """Reads a file block by block, in memory that does not grow with its length.

    Args:
        path: see `load`.
        limit_s: largest size of the decoded sound, in seconds of stereo at 48 kHz; a day by default.

    Yields:
        Consecutive sounds of up to 65,536 samples; a style file as one sound.

    Raises:
        InputError: see `load`; samples that are not finite raise after the blocks before them.
        LimitError: see `load`.
        UsageError: `limit_s` is not positive.
    """
    path = Path(path)
    _check_limit(limit_s)
    check_file(path)
    with _opened(path) as file:
        if looks_like_style(file):
            yield read_style(path, limit_s=limit_s)
            return
        with _decoding(path, file) as decoder:
            _check_header(path, decoder, limit_s)
            frames = 0
            for block in _blocks(path, decoder, limit_s):
                frames += len(block)
                yield Sound(block.T, decoder.samplerate)
            _warn_if_truncated(path, file, decoder, frames)


def _check_limit(limit_s: float) -> None:
    if not limit_s > 0:
        raise UsageError(f"limit must be above 0 s, not {limit_s} s")


@contextmanager
def _opened(path: Path) -> Iterator[ClampedSeekFile]:
    try:
        # The decoder must not see the name: it accepts any content under names that end in .au, .vox or .raw.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        with ClampedSeekFile(io.FileIO(handle)) as file:
            yield file
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error


@contextmanager
def _decoding(path: Path, file: ClampedSeekFile) -> Iterator[Decoder]:
    try:
        with Decoder(file) as decoder:
            yield decoder
    except soundfile.LibsndfileError as error:
        if path.suffix.lower() == SUFFIX:
            raise InputError(f"{path} is not a readable style file; make it again with 'gramophone style'") from error
        raise InputError(
            f"{path} is not a readable audio file ({error.error_string.rstrip('.')}); convert it to WAV or FLAC"
        ) from error


def check_file(path: Path) -> None:
    """Raises InputError for a path that is not a regular file, or an empty one."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path} does not exist; check the name") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be opened: {error}; check the name") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder; give an audio file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is a device or pipe; save its content to a regular file first")
    if status.st_size == 0:
        raise InputError(f"{path} is empty (0 bytes); copy or record it again")


def _check_header(path: Path, decoder: Decoder, limit_s: float) -> None:
    check_claims(path, decoder.samplerate, decoder.channels)
    if decoder.frames < _UNKNOWN_FRAMES:
        check_size(path, decoder.channels, decoder.frames, limit_s)


def _blocks(path: Path, decoder: Decoder, limit_s: float) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    """Decodes blocks up to the first with samples that are not finite, which are counted to the end of the file."""
    frames, wrong = 0, 0
    while True:
        block = np.empty((BLOCK_FRAMES, decoder.channels), dtype=np.float32)
        damage: soundfile.LibsndfileError | None = None
        try:
            block = decoder.read(out=block)
        except soundfile.LibsndfileError as error:
            damage, block = error, block[: decoder.tell() - frames]
        frames += len(block)
        wrong += block.size - int(np.count_nonzero(np.isfinite(block)))
        check_size(path, decoder.channels, frames, limit_s)
        if len(block) and not wrong:
            yield block
        if damage is not None or len(block) == 0:
            break
    if not frames:
        reason = f" ({damage.error_string.rstrip('.')})" if damage is not None else ""
        raise InputError(f"{path} holds no samples{reason}; copy or record it again")
    if wrong:
        raise InputError(
            f"{path} holds {wrong} samples of {frames * decoder.channels} that are not finite numbers; "
            "repair it in an audio editor"
        )


def _concatenated(parts: Iterator[Float32[np.ndarray, "frame channel"]]) -> Float32[np.ndarray, "channel sample"]:
    every = list(parts)
    samples = np.empty((every[0].shape[1], sum(map(len, every))), dtype=np.float32)
    return np.concatenate([block.T for block in every], axis=1, out=samples)


def _warn_if_truncated(path: Path, file: BinaryIO, decoder: Decoder, frames: int) -> None:
    declared = decoder.frames if decoder.frames < _UNKNOWN_FRAMES else frames
    declared = max(declared, round(frames * (declared_fraction(file) or 0)))
    if declared > frames:
        fault = f"declares {declared / decoder.samplerate:.3f} s ({declared} frames)"
    elif lacks_ogg_end(file):
        fault = "ends without an end mark"
    else:
        return
    warnings.warn(
        f"{path} {fault} but only {frames / decoder.samplerate:.3f} s ({frames} frames) can be read; these are used",
        TruncatedWarning,
        stacklevel=3,
    )
