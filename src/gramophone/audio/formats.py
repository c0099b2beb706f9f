"""Audio formats for writing, and limits on files that are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gramophone.audio.sound import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ
from gramophone.errors import LimitError, UsageError

_BYTES_PER_SECOND = 2 * 48_000 * 4


@dataclass(frozen=True)
class Format:
    """Capabilities of a format.

    Attributes:
        bits: bits per sample of each subtype; the first subtype is the default.
        max_rate_hz: highest sample rate in Hz.
        max_channels: largest number of channels.
        max_bytes: largest size of the sample data in bytes.
        ceiling: largest sample magnitude passed to the encoder.
        lossy: whether decoded samples can exceed the encoded ones.
    """

    bits: Mapping[str, int]
    max_rate_hz: int
    max_channels: int
    max_bytes: int
    ceiling: float
    lossy: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".wav": Format({"PCM_24": 24, "PCM_16": 16, "PCM_32": 32, "FLOAT": 32}, 2**31 - 1, 1024, 2**32 - 1024, 0.999),
        ".flac": Format({"PCM_24": 24, "PCM_16": 16}, 655_350, 8, 2**63, 0.999),
        # Above 192 kHz the Vorbis encoder crashes. Decoded music overshoots by under 1 dB, noise by up to 11.
        ".ogg": Format({"VORBIS": 0}, 192_000, 255, 2**63, 0.891, lossy=True),
    }
)


def check_format(path: Path, *, rate_hz: int, channels: int, frames: int = 0, subtype: str | None = None) -> str:
    """Checks that the format of `path` can hold a sound, and returns the subtype to write.

    Args:
        path: file to be written; its suffix (.wav, .flac, .ogg) selects the format.
        rate_hz: sample rate in Hz.
        channels: number of channels.
        frames: samples per channel, if known.
        subtype: PCM_16, PCM_24, PCM_32 or FLOAT for .wav, PCM_16 or PCM_24 for .flac, VORBIS for .ogg;
            None for 24 bits or Vorbis.

    Raises:
        UsageError: the format cannot hold the sound.
    """
    suffix = path.suffix.lower()
    form = FORMATS.get(suffix)
    if form is None:
        raise UsageError(f"{path} has no known audio suffix; use {', '.join(FORMATS)}")
    if subtype is None:
        subtype = next(iter(form.bits))
    if subtype not in form.bits:
        raise UsageError(f"{path} cannot hold {subtype}; for {suffix} choose {', '.join(form.bits)}")
    if rate_hz > form.max_rate_hz:
        raise UsageError(
            f"{path} cannot hold {rate_hz} Hz; the limit of {suffix} is {form.max_rate_hz} Hz: "
            "resample, or choose .wav"
        )
    # The frame headers of FLAC have 16 bits for a rate in Hz, in tens of Hz or in kHz.
    if suffix == ".flac" and rate_hz > 65_535 and rate_hz % 10:
        raise UsageError(
            f"{path} cannot hold {rate_hz} Hz; above 65535 Hz {suffix} takes multiples of 10 Hz: "
            "resample, or choose .wav"
        )
    if channels > form.max_channels:
        raise UsageError(
            f"{path} cannot hold {channels} channels; the limit of {suffix} is {form.max_channels}: "
            "mix down, or choose .wav"
        )
    size = frames * channels * form.bits[subtype] // 8
    if size > form.max_bytes:
        raise UsageError(
            f"{path} would take {size / 1e9:.1f} GB; the limit of {suffix} is {form.max_bytes / 1e9:.1f} GB: "
            "choose .flac or .ogg"
        )
    return subtype


def check_claims(path: Path, rate_hz: int, channels: int) -> None:
    """Raises LimitError for a rate outside 1 kHz to 384 kHz, or for more than 32 channels."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise LimitError(
            f"{path} has a sample rate of {rate_hz} Hz; "
            f"it must be between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz: resample the file first"
        )
    if channels > MAX_CHANNELS:
        raise LimitError(f"{path} has {channels} channels; the limit is {MAX_CHANNELS}: mix the file down first")


def check_size(path: Path, channels: int, frames: float, limit_s: float) -> None:
    """Raises LimitError for more samples than `limit_s` seconds of stereo at 48 kHz."""
    size, limit = frames * channels * 4, limit_s * _BYTES_PER_SECOND
    if size > limit:
        raise LimitError(
            f"{path} needs {size / 1e6:.1f} MB of samples; the limit is {limit / 1e6:.1f} MB, that is "
            f"{limit_s:g} s of stereo at 48 kHz: split the file"
        )
