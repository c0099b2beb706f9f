"""Audio files to sounds: every claim of a file is checked before anything is allocated for it."""

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
from gramophone.audio.truncation import declared_fraction, lacks_ogg_end
from gramophone.errors import InputError, UsageError


class ClampedSeekFile(io.BufferedReader):
    """A file that stays where it is when a damaged header sends the decoder to an impossible place."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves if that is possible; returns the position."""
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError):
            return self.tell()


class Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """A decoder that never seeks: seeking after each block fails where a header lies about the length."""

    def seekable(self) -> bool:
        """Returns False, for every file."""
        return False


BLOCK_FRAMES = 65_536
DAY_S = 86_400.0
_UNKNOWN_FRAMES = 1 << 40


class TruncatedWarning(UserWarning):
    """The file holds less sound than it announces; what is there was read."""


def load(path: str | os.PathLike[str], *, rate_hz: int | None = None, limit_s: float = 1800.0) -> Sound:
    """Reads an audio file (WAV, FLAC, Ogg, MP3, AIFF and what else libsndfile knows) or a style file.

    Args:
        path: The file; what it holds is told from its content.
        rate_hz: Rate to resample to, 1,000 to 384,000; None keeps the rate of the file.
        limit_s: Largest size of the decoded sound, as seconds of stereo at 48 kHz.

    Returns:
        The sound, full scale -1 to 1; that of a style file, unless resampled, is a `Style`. An audio file shorter
        than it announces gives what is there, with a `TruncatedWarning`.

    Raises:
        InputError: Neither a readable audio file nor a style file, no samples, or samples that are not finite.
        LimitError: A rate outside 1 kHz to 384 kHz, over 32 channels, or more sound than the limit.
        UsageError: A wrong `rate_hz` or `limit_s`.
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
                sound = Sound(_together(_blocks(path, decoder, limit_s)), decoder.samplerate)
                _warn_if_cut(path, file, decoder, sound.samples.shape[1])
    check_size(path, sound.channels, sound.samples.shape[1] * (rate_hz or 0) / sound.rate_hz, limit_s)
    return sound if rate_hz is None else sound.resampled(rate_hz)


def blocks(path: str | os.PathLike[str], *, limit_s: float = DAY_S) -> Iterator[Sound]:
    """Reads a file block by block, in memory that does not grow with its length.

    Args:
        path: As `load` takes it.
        limit_s: Largest size of the decoded sound, as seconds of stereo at 48 kHz; a day by default.

    Yields:
        Sounds of up to 65,536 samples that follow each other; a style file in one.

    Raises:
        InputError: As `load`; where samples are not finite, after the blocks before them.
        LimitError: As `load`.
        UsageError: A wrong `limit_s`.
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
            _warn_if_cut(path, file, decoder, frames)


def _check_limit(limit_s: float) -> None:
    if not limit_s > 0:
        raise UsageError(f"a limit of {limit_s} s allows no sound at all; give a positive limit")


@contextmanager
def _opened(path: Path) -> Iterator[ClampedSeekFile]:
    try:
        # The decoder must not see the name: it takes any text for sound if that ends in .au, .vox or .raw.
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
    """Raises InputError for a path that is no regular file with something in it."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{path} does not exist; check the name") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be opened: {error}; check the name") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} is a folder; name an audio file in it")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is a device or pipe; save its sound in a regular file first")
    if status.st_size == 0:
        raise InputError(f"{path} is empty (0 bytes); copy or record it again")


def _check_header(path: Path, decoder: Decoder, limit_s: float) -> None:
    check_claims(path, decoder.samplerate, decoder.channels)
    if decoder.frames < _UNKNOWN_FRAMES:
        check_size(path, decoder.channels, decoder.frames, limit_s)


def _blocks(path: Path, decoder: Decoder, limit_s: float) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    """What can be decoded, up to the first block with samples that are not finite; those are counted to the end."""
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


def _together(parts: Iterator[Float32[np.ndarray, "frame channel"]]) -> Float32[np.ndarray, "channel sample"]:
    every = list(parts)
    samples = np.empty((every[0].shape[1], sum(map(len, every))), dtype=np.float32)
    return np.concatenate([block.T for block in every], axis=1, out=samples)


def _warn_if_cut(path: Path, file: BinaryIO, decoder: Decoder, frames: int) -> None:
    promised = decoder.frames if decoder.frames < _UNKNOWN_FRAMES else frames
    promised = max(promised, round(frames * (declared_fraction(file) or 0)))
    if promised > frames:
        fault = f"announces {promised / decoder.samplerate:.3f} s ({promised} frames)"
    elif lacks_ogg_end(file):
        fault = "breaks off without an end mark"
    else:
        return
    warnings.warn(
        f"{path} {fault} but only {frames / decoder.samplerate:.3f} s ({frames} frames) can be read; these are used",
        TruncatedWarning,
        stacklevel=3,
    )
