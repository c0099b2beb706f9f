"""Sounds, samples with their rate, and styles, sounds with their provenance."""

import base64
import io
import wave
from dataclasses import dataclass

import numpy as np
import soxr
from jaxtyping import Float32, Shaped

from gramophone.audio import loudness as level
from gramophone.audio.downmix import mixed_to_one
from gramophone.bounds import as_number, shown
from gramophone.errors import InputError, UsageError

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 384_000
MAX_CHANNELS = 32
LARGEST_RATE_HZ = 2**31 - 1
LARGEST_SAMPLE = 1e10
"""Largest magnitude of a sample that is taken for sound, 200 dB above full scale."""


class SoundWarning(UserWarning):
    """Something about a recording that its user should know; the sound is used all the same."""


def check_rate_hz(rate_hz: int) -> None:
    """Raises UsageError for a sample rate outside 1 kHz to 384 kHz."""
    if not MIN_RATE_HZ <= as_number("sample rate", rate_hz) <= MAX_RATE_HZ:
        raise UsageError(f"sample rate must be between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz, not {rate_hz} Hz")


def _whole_hz(rate_hz: object) -> int:
    try:
        number = as_number("sample rate", rate_hz)
    except UsageError as error:
        raise InputError(str(error)) from None
    if not 1 <= number <= LARGEST_RATE_HZ:
        raise InputError(f"sample rate must be positive, at most {LARGEST_RATE_HZ}, not {number} Hz")
    if number != int(number):
        raise InputError(f"sample rate must be a whole number of Hz, not {number} Hz")
    return int(number)


def check_sound(value: object, name: str) -> "Sound":
    """Returns a value if it is a sound.

    Args:
        value: any.
        name: what it is, for the error.

    Raises:
        UsageError: it is something else, such as a path or an array.

    Example:
        >>> check_sound("rain.wav", "the style")
        Traceback (most recent call last):
        gramophone.errors.UsageError: the style must be a Sound, not 'rain.wav'; read a file with gramophone.load
    """
    if isinstance(value, Sound):
        return value
    remedy = "read a file with gramophone.load"
    if isinstance(value, np.ndarray) or hasattr(value, "numpy"):
        remedy = "give samples [channel, sample] with their rate: (samples, rate_hz), or gramophone.Sound of them"
    elif isinstance(getattr(value, "sound", None), Sound):
        remedy = "give its .sound"
    raise UsageError(f"{name} must be a Sound, not {shown(value)}; {remedy}")


def check_sounds(values: object, name: str) -> list["Sound"]:
    """Returns a list of one sound or of several.

    Raises:
        UsageError: they are something else, see `check_sound`.
    """
    if isinstance(values, list | tuple):
        return [check_sound(value, f"{name} {place}") for place, value in enumerate(values, 1)]
    return [check_sound(values, name)]


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Sound:
    """Samples with their rate.

    Args:
        samples: floating-point samples `[channel, sample]`, finite, at least one; full scale is -1 to 1, and samples
            beyond it are kept, up to 1e10. Contiguous float32 that can be written to is not copied.
        rate_hz: sample rate in Hz, a positive whole number of any type.

    Raises:
        InputError: the samples or the rate are invalid.
    """

    samples: Float32[np.ndarray, "channel sample"]
    rate_hz: int

    def __init__(self, samples: Shaped[np.ndarray, "..."], rate_hz: float | np.number) -> None:
        if not isinstance(samples, np.ndarray):
            raise InputError(
                f"samples must be a NumPy array [channel, sample], not {type(samples).__name__}; convert them first"
            )
        if samples.ndim != 2:
            raise InputError(f"samples must have the axes [channel, sample], not the shape {samples.shape}")
        if samples.size == 0:
            raise InputError(f"a sound needs at least one sample, not the shape {samples.shape}")
        if samples.dtype.kind != "f":
            raise InputError(
                f"samples must be floating point, not {samples.dtype}; convert them to a full scale of -1 to 1"
            )
        channels, frames = samples.shape
        if channels > MAX_CHANNELS and channels > frames:
            raise InputError(
                f"samples of the shape {samples.shape} would be {channels} channels of {frames} sample(s), and the "
                f"limit is {MAX_CHANNELS}; the axes are [channel, sample]: transpose them"
            )
        with np.errstate(over="ignore"):
            samples = np.ascontiguousarray(samples, dtype=np.float32)
        loudest = level.peak(samples)
        if not loudest <= LARGEST_SAMPLE:
            wrong = samples.size - int(np.count_nonzero(np.isfinite(samples)))
            if wrong:
                raise InputError(f"{wrong} of {samples.size} samples are not finite numbers; repair or remove them")
            raise InputError(
                f"samples reach {loudest:.3g}, where full scale is 1; the limit is {LARGEST_SAMPLE:.0e}: scale them "
                "down"
            )
        if not samples.flags.writeable:  # PyTorch takes no others
            samples = samples.copy()
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate_hz", _whole_hz(rate_hz))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """Duration in seconds."""
        return float(self.samples.shape[1] / self.rate_hz)

    @property
    def is_silent(self) -> bool:
        """Whether no sample reaches -120 dB of full scale."""
        return level.peak(self.samples) < level.SILENCE_PEAK

    def mono(self) -> "Sound":
        """Returns the mean of the channels as a sound of one channel; those in opposite phase are turned round."""
        if self.channels == 1:
            return self
        return Sound(mixed_to_one(self.samples, self.rate_hz), self.rate_hz)

    def with_channels(self, channels: int) -> "Sound":
        """Returns the sound with a number of channels: itself if it has them, else its mono mix in each of them."""
        if channels == self.channels:
            return self
        return Sound(np.repeat(self.mono().samples, channels, axis=0), self.rate_hz)

    def resampled(self, rate_hz: int) -> "Sound":
        """Returns the sound at another sample rate, from 1,000 to 384,000 Hz; itself if it has that rate.

        Raises:
            UsageError: the rate is outside the range.
        """
        if rate_hz == self.rate_hz:
            return self
        check_rate_hz(rate_hz)
        return Sound(soxr.resample(self.samples.T, self.rate_hz, rate_hz, quality="HQ").T, rate_hz)

    def trimmed(self, duration_s: float) -> "Sound":
        """Returns the first `duration_s` seconds; the sound itself if it is not longer.

        Raises:
            UsageError: the duration is shorter than one sample.
        """
        if duration_s >= self.duration_s:
            return self
        if not duration_s * self.rate_hz >= 1:
            raise UsageError(f"a duration of {duration_s} s is shorter than one sample; give a longer one")
        return Sound(self.samples[:, : round(duration_s * self.rate_hz)], self.rate_hz)

    def __repr__(self) -> str:
        """Length, rate and channels, in one line."""
        return f"{type(self).__name__}({self.duration_s:.3f} s, {self.rate_hz} Hz, {self.channels} channel(s))"

    def _repr_html_(self) -> str:
        """Returns an HTML audio player with the sound as 16-bit WAV, scaled so that it does not clip."""
        scale = 32767 / max(level.peak(self.samples), 1.0)
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(2)
            file.setframerate(self.rate_hz)
            file.writeframes(np.rint(self.samples.T * scale).astype("<i2").tobytes())
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


@dataclass(frozen=True)
class StyleSource:
    """A recording that a style was learned from.

    Attributes:
        name: file name without folders; `recording 1` and so on for sounds without a file.
        sha256: checksum of the file, 64 hexadecimal digits; None for sounds without a file.
        duration_s: duration of the recording in seconds.
    """

    name: str
    sha256: str | None
    duration_s: float


@dataclass(frozen=True)
class Excerpt:
    """A part of a recording in a style.

    Attributes:
        source: index of the recording among the sources.
        start_s: start of the excerpt in seconds.
        duration_s: duration of the excerpt in seconds.
    """

    source: int
    start_s: float
    duration_s: float


@dataclass(frozen=True)
class Selection:
    """How the excerpts were selected.

    Attributes:
        method: `all` if everything was kept, else `herding`; see `statistics.herding`.
        candidates: number of pieces to select from.
        distance: style distance between the excerpts and all recordings; 0 if everything was kept.
        random_distance: mean of that distance over random selections.
    """

    method: str
    candidates: int
    distance: float
    random_distance: float


@dataclass(frozen=True)
class Provenance:
    """Where a style comes from.

    Attributes:
        sources: recordings.
        excerpts: excerpts of the recordings, in the order of the samples.
        choice: how the excerpts were selected.
        version: version of the program that learned the style.
    """

    sources: tuple[StyleSource, ...]
    excerpts: tuple[Excerpt, ...]
    choice: Selection
    version: str

    @property
    def duration_s(self) -> float:
        """Total duration of the recordings in seconds."""
        return sum(source.duration_s for source in self.sources)


@dataclass(frozen=True, eq=False, init=False)
class Style(Sound):
    """Excerpts of recordings, joined to a sound, with their provenance.

    Args:
        samples: samples `[channel, sample]`, see `Sound`.
        rate_hz: sample rate in Hz, positive.
        provenance: where the style comes from.

    Raises:
        InputError: the samples or the rate are invalid.
    """

    provenance: Provenance

    def __init__(
        self, samples: Shaped[np.ndarray, "..."], rate_hz: float | np.number, provenance: Provenance
    ) -> None:
        super().__init__(samples, rate_hz)
        object.__setattr__(self, "provenance", provenance)
