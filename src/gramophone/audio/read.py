"""Audio files to sounds: every claim of a file is checked before anything is allocated for it."""

import io
import os
import stat
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from jaxtyping import Float32

from gramophone.audio.decoder import Decoder, Source
from gramophone.audio.promise import lacks_ogg_end, promised_fraction
from gramophone.audio.sound import MAX_RATE_HZ, MIN_RATE_HZ, Sound, check_rate_hz
from gramophone.errors import InputError, LimitError, UsageError

BLOCK_FRAMES = 65_536
MAX_CHANNELS = 32
_BYTES_PER_SECOND = 2 * 48_000 * 4
_UNKNOWN_FRAMES = 1 << 40


class TruncatedWarning(UserWarning):
    """The file holds less sound than it announces; what is there was read."""


def load(path: str | os.PathLike[str], *, rate_hz: int | None = None, limit_s: float = 1800.0) -> Sound:
    """Reads an audio file (WAV, FLAC, Ogg, MP3, AIFF and what else libsndfile knows).

    Args:
        path: The file.
        rate_hz: Rate to resample to, 1,000 to 384,000; None keeps the rate of the file.
        limit_s: Largest size of the decoded sound, as seconds of stereo at 48 kHz.

    Returns:
        The sound, full scale -1 to 1. A file shorter than it announces gives what is there, with a
        `TruncatedWarning`.

    Raises:
        InputError: Not a readable audio file, no samples, or samples that are not finite.
        LimitError: A rate outside 1 kHz to 384 kHz, over 32 channels, or more sound than the limit.
        UsageError: A wrong `rate_hz` or `limit_s`.
    """
    path = Path(path)
    if rate_hz is not None:
        check_rate_hz(rate_hz)
    if not limit_s > 0:
        raise UsageError(f"a limit of {limit_s} s allows no sound at all; give a positive limit")
    _check_file(path)
    try:
        # The decoder must not see the name: it takes any text for sound if that ends in .au, .vox or .raw.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        with Source(io.FileIO(handle)) as file, Decoder(file) as decoder:
            _check_header(path, decoder, limit_s)
            samples = _decode(path, decoder, limit_s)
            _warn_if_cut(path, file, decoder, samples.shape[1])
            rate_found_hz = decoder.samplerate
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}; check its permissions") from error
    except soundfile.LibsndfileError as error:
        raise InputError(
            f"{path} is not a readable audio file ({error.error_string.rstrip('.')}); convert it to WAV or FLAC"
        ) from error
    _check_size(path, samples.shape[0], samples.shape[1] * (rate_hz or 0) / rate_found_hz, limit_s)
    sound = Sound(samples, rate_found_hz)
    return sound if rate_hz is None else sound.resampled(rate_hz)


def _check_file(path: Path) -> None:
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
    if not MIN_RATE_HZ <= decoder.samplerate <= MAX_RATE_HZ:
        raise LimitError(
            f"{path} claims a rate of {decoder.samplerate} Hz; "
            f"the limits are {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz: resample it first"
        )
    if decoder.channels > MAX_CHANNELS:
        raise LimitError(f"{path} has {decoder.channels} channels; the limit is {MAX_CHANNELS}: mix it down first")
    if decoder.frames < _UNKNOWN_FRAMES:
        _check_size(path, decoder.channels, decoder.frames, limit_s)


def _check_size(path: Path, channels: int, frames: float, limit_s: float) -> None:
    size, limit = frames * channels * 4, limit_s * _BYTES_PER_SECOND
    if size > limit:
        raise LimitError(
            f"{path} needs {size / 1e6:.1f} MB of samples; the limit is {limit / 1e6:.1f} MB, that is "
            f"{limit_s:g} s of stereo at 48 kHz: cut it into pieces, or raise the limit"
        )


def _decode(path: Path, decoder: Decoder, limit_s: float) -> Float32[np.ndarray, "channel sample"]:
    blocks: list[Float32[np.ndarray, "frame channel"]] = []
    frames, wrong = 0, 0
    while True:
        block = np.empty((BLOCK_FRAMES, decoder.channels), dtype=np.float32)
        damage: soundfile.LibsndfileError | None = None
        try:
            block = decoder.read(out=block)
        except soundfile.LibsndfileError as error:
            damage, block = error, block[: decoder.tell() - frames]
        if len(block):
            blocks.append(block)
        frames += len(block)
        wrong += block.size - int(np.count_nonzero(np.isfinite(block)))
        _check_size(path, decoder.channels, frames, limit_s)
        if damage is not None or len(block) == 0:
            break
    if not blocks:
        reason = f" ({damage.error_string.rstrip('.')})" if damage is not None else ""
        raise InputError(f"{path} holds no samples{reason}; copy or record it again")
    if wrong:
        raise InputError(
            f"{path} holds {wrong} samples of {frames * decoder.channels} that are not finite numbers; "
            "repair it in an audio editor"
        )
    samples = np.empty((decoder.channels, frames), dtype=np.float32)
    return np.concatenate([block.T for block in blocks], axis=1, out=samples)


def _warn_if_cut(path: Path, file: BinaryIO, decoder: Decoder, frames: int) -> None:
    promised = decoder.frames if decoder.frames < _UNKNOWN_FRAMES else frames
    promised = max(promised, round(frames * (promised_fraction(file) or 0)))
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
