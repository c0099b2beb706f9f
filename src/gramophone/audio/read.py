"""Reading of audio files: every field of a header is checked before memory is allocated for it."""

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from gramophone.audio.decode import BLOCK_FRAMES, Decoding, decoding
from gramophone.audio.formats import check_claims, check_size
from gramophone.audio.sound import LARGEST_SAMPLE, Sound, SoundWarning, check_rate_hz
from gramophone.audio.style_file import looks_like_style, read_style
from gramophone.bounds import as_number
from gramophone.errors import InputError, UsageError
from gramophone.files import Stamp, checked_path, sha256_of

DAY_S = 86_400.0
LIMIT_S = 1800.0


class TruncatedWarning(SoundWarning):
    """A file is shorter or longer than its header states, damaged, or not read whole."""


def load(path: str | os.PathLike[str], *, rate_hz: int | None = None, limit_s: float = LIMIT_S) -> Sound:
    """Reads a recording, also the sound of a video, in any format that libsndfile or FFmpeg know, or a style file.

    Args:
        path: file to read; the format is detected from its content.
        rate_hz: sample rate to resample to, 1,000 to 384,000 Hz; None keeps the rate of the file.
        limit_s: largest size of the decoded sound, in seconds of stereo at 48 kHz.

    Returns:
        The sound, with full scale -1 to 1 and its channels in the order of WAV; a `Style` for a style file that is
        not resampled. Its length is what can be decoded: a truncated audio file gives the samples that exist, with a
        `TruncatedWarning`, and joined streams give all of them.

    Raises:
        InputError: the file is unreadable, empty, or holds samples that are not finite or over 200 dB of full scale.
        LimitError: the rate is outside 1 kHz to 384 kHz, or there are over 32 channels or more sound than the limit.
        UsageError: `rate_hz` or `limit_s` is out of range.
    """
    return _loaded(checked_path(path), rate_hz, limit_s)


def load_hashed(path: Path) -> tuple[Sound, str]:
    """Reads a sound as `load` does, with the SHA-256 of the file that was read.

    Raises:
        InputError: see `load`; or the file changed while it was read.
        LimitError: see `load`.
    """
    check_file(path)
    stamp = Stamp(path)
    digest, sound = sha256_of(path), _loaded(path, None, LIMIT_S)
    stamp.check()
    return sound, digest


def _loaded(path: Path, rate_hz: int | None, limit_s: float) -> Sound:
    if rate_hz is not None:
        check_rate_hz(rate_hz)
    _check_limit(limit_s)
    check_file(path)
    sound: Sound
    with _opened(path) as file:
        if looks_like_style(file):
            sound = read_style(path, limit_s=limit_s)
        else:
            with decoding(path, file) as source:
                _check_header(path, source, limit_s)
                sound = Sound(_concatenated(_checked(path, source, limit_s)), source.rate_hz)
                _warn_of_fault(path, source, sound.samples.shape[1])
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
    path = checked_path(path)
    _check_limit(limit_s)
    check_file(path)
    with _opened(path) as file:
        if looks_like_style(file):
            yield read_style(path, limit_s=limit_s)
            return
        with decoding(path, file) as source:
            _check_header(path, source, limit_s)
            frames = 0
            for block in _checked(path, source, limit_s):
                frames += len(block)
                yield Sound(block.T, source.rate_hz)
            _warn_of_fault(path, source, frames)


def format_of(path: Path) -> str:
    """The format of an audio file in words.

    Raises:
        InputError: the file is no audio file that can be read.
    """
    with _opened(path) as file, decoding(path, file) as source:
        return source.form


def estimated_length_s(path: Path) -> float:
    """Length of an audio file in seconds as far as its header tells; 0 if it does not.

    Raises:
        InputError: the file is no audio file that can be read.
    """
    check_file(path)
    with _opened(path) as file, decoding(path, file) as source:
        return source.estimated_s


def _check_limit(limit_s: float) -> None:
    if not as_number("limit", limit_s) > 0:
        raise UsageError(f"limit must be above 0 s, not {limit_s} s")


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    try:
        # The decoder must not see the name: it accepts any content under names that end in .au, .vox or .raw.
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error


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


def _check_header(path: Path, source: Decoding, limit_s: float) -> None:
    check_claims(path, source.rate_hz, source.channels)
    if source.stated is not None:
        check_size(path, source.channels, source.stated, limit_s)


def _checked(path: Path, source: Decoding, limit_s: float) -> Iterator[Float32[np.ndarray, "frame channel"]]:
    """Blocks up to the first with samples that are not finite, which are counted to the end of the file."""
    frames, wrong, loudest = 0, 0, 0.0
    for block in source.blocks():
        frames += len(block)
        check_size(path, source.channels, frames, limit_s)
        finite = np.isfinite(block)
        wrong += block.size - int(np.count_nonzero(finite))
        loudest = max(loudest, float(np.abs(block, where=finite, out=np.zeros_like(block)).max(initial=0)))
        if wrong or loudest > LARGEST_SAMPLE:
            continue
        for start in range(0, len(block), BLOCK_FRAMES):
            yield block[start : start + BLOCK_FRAMES]
    if not frames:
        raise InputError(f"{path} holds no samples; copy or record it again")
    if wrong:
        raise InputError(
            f"{path} holds {wrong} samples of {frames * source.channels} that are not finite numbers; "
            "repair it in an audio editor"
        )
    if loudest > LARGEST_SAMPLE:
        raise InputError(
            f"{path} holds samples up to {loudest:.3g}, where full scale is 1; the limit is {LARGEST_SAMPLE:.0e}: "
            "normalise it in an audio editor"
        )


def _concatenated(parts: Iterator[Float32[np.ndarray, "frame channel"]]) -> Float32[np.ndarray, "channel sample"]:
    every = list(parts)
    samples = np.empty((every[0].shape[1], sum(map(len, every))), dtype=np.float32)
    return np.concatenate([block.T for block in every], axis=1, out=samples)


def _warn_of_fault(path: Path, source: Decoding, frames: int) -> None:
    if fault := source.fault(frames):
        warnings.warn(f"{path} {fault}", TruncatedWarning, stacklevel=4)
