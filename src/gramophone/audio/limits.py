"""What a file may claim before anything is allocated for it."""

from pathlib import Path

from gramophone.audio.sound import MAX_RATE_HZ, MIN_RATE_HZ
from gramophone.errors import LimitError

MAX_CHANNELS = 32
_BYTES_PER_SECOND = 2 * 48_000 * 4


def check_claims(path: Path, rate_hz: int, channels: int) -> None:
    """Raises LimitError for a rate outside 1 kHz to 384 kHz, or more than 32 channels."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise LimitError(
            f"{path} claims a rate of {rate_hz} Hz; "
            f"the limits are {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz: resample it first"
        )
    if channels > MAX_CHANNELS:
        raise LimitError(f"{path} has {channels} channels; the limit is {MAX_CHANNELS}: mix it down first")


def check_size(path: Path, channels: int, frames: float, limit_s: float) -> None:
    """Raises LimitError for more samples than `limit_s` seconds of stereo at 48 kHz have."""
    size, limit = frames * channels * 4, limit_s * _BYTES_PER_SECOND
    if size > limit:
        raise LimitError(
            f"{path} needs {size / 1e6:.1f} MB of samples; the limit is {limit / 1e6:.1f} MB, that is "
            f"{limit_s:g} s of stereo at 48 kHz: cut it into pieces, or raise the limit"
        )
