"""A sound: samples and their rate, the value that every task takes and gives."""

import base64
import io
import wave
from dataclasses import dataclass

import numpy as np
import soxr
from jaxtyping import Float32, Shaped

from gramophone.audio import loudness as level
from gramophone.errors import InputError, UsageError

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 384_000


def check_rate_hz(rate_hz: int) -> None:
    """Raises UsageError for a rate to resample to that lies outside 1 kHz to 384 kHz."""
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise UsageError(f"{rate_hz} Hz is no usable sample rate; choose one from {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz")


@dataclass(frozen=True, eq=False, init=False)
class Sound:
    """Samples with their rate.

    Args:
        samples: `[channel, sample]`, of any floating-point type, finite, at least one of each; full scale
            is -1 to 1, and samples beyond it are kept. Contiguous float32 is not copied.
        rate_hz: Samples per second and channel, positive.

    Raises:
        InputError: The samples or the rate are none of that.
    """

    samples: Float32[np.ndarray, "channel sample"]
    rate_hz: int

    def __init__(self, samples: Shaped[np.ndarray, "..."], rate_hz: int) -> None:
        if samples.ndim != 2:
            raise InputError(f"samples of shape {samples.shape} are no sound; it takes two axes, [channel, sample]")
        if samples.size == 0:
            raise InputError(f"samples of shape {samples.shape} are no sound; it takes at least one sample")
        if samples.dtype.kind != "f":
            raise InputError(
                f"samples of type {samples.dtype} are no sound; "
                "convert them to floating point with a full scale of -1 to 1"
            )
        with np.errstate(over="ignore"):
            samples = np.ascontiguousarray(samples, dtype=np.float32)
        wrong = samples.size - int(np.count_nonzero(np.isfinite(samples)))
        if wrong:
            raise InputError(f"{wrong} of {samples.size} samples are not finite numbers; repair or remove them")
        if rate_hz < 1:
            raise InputError(f"{rate_hz} Hz is no sample rate; it must be positive")
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate_hz", rate_hz)

    @property
    def channels(self) -> int:
        """The number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        return float(self.samples.shape[1] / self.rate_hz)

    @property
    def is_silent(self) -> bool:
        """Whether no sample reaches -120 dB of full scale."""
        return level.peak(self.samples) < level.SILENCE_PEAK

    def mono(self) -> "Sound":
        """Returns the mean of the channels as a sound of one channel."""
        if self.channels == 1:
            return self
        return Sound(self.samples.mean(axis=0, keepdims=True), self.rate_hz)

    def with_channels(self, channels: int) -> "Sound":
        """Returns the sound with that many channels: itself, or its mono mix in each of them."""
        if channels == self.channels:
            return self
        return Sound(np.repeat(self.mono().samples, channels, axis=0), self.rate_hz)

    def resampled(self, rate_hz: int) -> "Sound":
        """Returns the sound at another rate in Hz, 1,000 to 384,000; itself if it has that rate.

        Raises:
            UsageError: The rate is outside the range.
        """
        if rate_hz == self.rate_hz:
            return self
        check_rate_hz(rate_hz)
        return Sound(soxr.resample(self.samples.T, self.rate_hz, rate_hz, quality="HQ").T, rate_hz)

    def trimmed(self, duration_s: float) -> "Sound":
        """Returns the first `duration_s` seconds; the sound itself if it is no longer than that.

        Raises:
            UsageError: The duration is shorter than one sample.
        """
        if duration_s >= self.duration_s:
            return self
        if not duration_s * self.rate_hz >= 1:
            raise UsageError(f"a duration of {duration_s} s holds no sample at {self.rate_hz} Hz; give more")
        return Sound(self.samples[:, : round(duration_s * self.rate_hz)], self.rate_hz)

    def _repr_html_(self) -> str:
        """Returns an HTML audio player that carries the sound as 16-bit WAV, scaled to not clip."""
        scale = 32767 / max(level.peak(self.samples), 1.0)
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(2)
            file.setframerate(self.rate_hz)
            file.writeframes(np.rint(self.samples.T * scale).astype("<i2").tobytes())
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'
