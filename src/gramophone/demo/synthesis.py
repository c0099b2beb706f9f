"""Building blocks of the demonstration sounds: events, coloured noise, resonances, level."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, isfinite

import numpy as np
from jaxtyping import Float32, Float64, Int64
from scipy import fft, signal

from gramophone.errors import UsageError

PEAK = 0.7
LOWEST_RATE_HZ = 8000


Draw = Callable[[np.random.Generator, int, int, float], Float64[np.ndarray, " sample"]]
"""Draws a sound from a random generator, its sample rate in Hz, its length in samples, and its length in seconds."""


@dataclass(frozen=True)
class DemoSound:
    """A sound of the demonstration, of any length.

    Attributes:
        draw: draws its samples at any level.
    """

    draw: Draw

    def __call__(self, rate_hz: int, duration_s: float, seed: int) -> Float32[np.ndarray, "1 sample"]:
        """Synthesises the sound.

        Args:
            rate_hz: sample rate, at least 8000.
            duration_s: length in seconds.
            seed: equal seeds give equal samples.

        Returns:
            Samples with peak 0.7.

        Raises:
            UsageError: the rate or the duration is too small.
        """
        count = sample_count(rate_hz, duration_s)
        return at_peak(self.draw(np.random.default_rng(seed), rate_hz, count, duration_s))


def sample_count(rate_hz: int, duration_s: float) -> int:
    """Returns the number of samples of a sound.

    Raises:
        UsageError: the rate is below 8000 Hz, or the duration is shorter than one sample.
    """
    if rate_hz < LOWEST_RATE_HZ:
        raise UsageError(f"rate_hz must be at least {LOWEST_RATE_HZ} for a demonstration sound, not {rate_hz}")
    if not isfinite(duration_s) or round(duration_s * rate_hz) < 1:
        raise UsageError(f"duration_s must be at least one sample and finite, not {duration_s}")
    return round(duration_s * rate_hz)


def at_peak(sound: Float64[np.ndarray, " sample"]) -> Float32[np.ndarray, "1 sample"]:
    """Scales a sound to a peak of 0.7 and adds the channel axis; silence stays silence."""
    peak = float(np.max(np.abs(sound)))
    return (sound * (PEAK / peak if peak > 0 else 0.0)).astype(np.float32)[None, :]


def fade_edges(
    sound: Float64[np.ndarray, " sample"], rate_hz: int, fade_ms: float = 8.0
) -> Float64[np.ndarray, " sample"]:
    """Fades both ends with half a raised cosine to avoid clicks."""
    count = min(round(fade_ms * 1e-3 * rate_hz), len(sound) // 2)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))
    faded = sound.copy()
    faded[:count] *= ramp
    faded[len(sound) - count :] *= ramp[::-1]
    return faded


def poisson_times(rng: np.random.Generator, per_second: float, duration_s: float) -> Float64[np.ndarray, " event"]:
    """Draws the event times of a Poisson process, in seconds."""
    return np.sort(rng.uniform(0.0, duration_s, rng.poisson(per_second * duration_s)))


def impulses(
    times_s: Float64[np.ndarray, " event"],
    levels: Float64[np.ndarray, " event"],
    rate_hz: int,
    count: int,
) -> Float64[np.ndarray, " sample"]:
    """Places one impulse per event in `count` samples; events outside are dropped."""
    places: Int64[np.ndarray, " event"] = np.floor(times_s * rate_hz).astype(np.int64)
    inside = (places >= 0) & (places < count)
    return np.bincount(places[inside], levels[inside], count).astype(np.float64)


def coloured_noise(
    rng: np.random.Generator, rate_hz: int, count: int, colour: tuple[tuple[float, float], ...]
) -> Float64[np.ndarray, " sample"]:
    """Draws Gaussian noise of RMS 1 with a given spectrum.

    Args:
        rng: random generator.
        rate_hz: sample rate in Hz.
        count: number of samples.
        colour: breakpoints (frequency in Hz, level in dB), interpolated over log frequency.
    """
    length = fft.next_fast_len(count + 1, real=True)
    corners_hz, levels_db = np.array(colour).T
    frequencies_hz = np.maximum(fft.rfftfreq(length, 1 / rate_hz), 1.0)
    gain = 10 ** (np.interp(np.log(frequencies_hz), np.log(corners_hz), levels_db) / 20)
    shaped = fft.irfft(fft.rfft(rng.standard_normal(length)) * gain, length)
    return np.asarray(shaped[:count] / np.sqrt(np.mean(shaped**2)))


def slow_gain(
    rng: np.random.Generator, rate_hz: int, count: int, changes_hz: float, depth_db: float
) -> Float64[np.ndarray, " sample"]:
    """Draws a slowly varying gain with `changes_hz` new levels per second, Gaussian in dB."""
    knots = ceil(count / rate_hz * changes_hz) + 4
    levels_db = depth_db * rng.standard_normal(knots)
    where = np.arange(count) * (changes_hz / rate_hz) + rng.uniform()
    before = np.floor(where).astype(np.int64)
    # Raised-cosine steps between knots leave no corners, which a spectrogram would show as lines.
    step = 0.5 - 0.5 * np.cos(np.pi * (where - before))
    return np.asarray(10 ** ((levels_db[before] * (1 - step) + levels_db[before + 1] * step) / 20))


def resonate(
    excitation: Float64[np.ndarray, " sample"], rate_hz: int, frequency_hz: float, decay_s: float
) -> Float64[np.ndarray, " sample"]:
    """Filters with a resonator whose impulse response is exp(-t / decay_s) sin(2 pi f t)."""
    radius = np.exp(-1 / (decay_s * rate_hz))
    angle = 2 * np.pi * frequency_hz / rate_hz
    poles = [1.0, -2 * radius * np.cos(angle), radius**2]
    return np.asarray(signal.lfilter([0.0, radius * np.sin(angle)], poles, excitation))


def decay(excitation: Float64[np.ndarray, " sample"], rate_hz: int, decay_s: float) -> Float64[np.ndarray, " sample"]:
    """Turns impulses into exponentially decaying envelopes with time constant `decay_s`."""
    return np.asarray(signal.lfilter([1.0], [1.0, -np.exp(-1 / (decay_s * rate_hz))], excitation))


def modes(
    rate_hz: int,
    count: int,
    frequencies_hz: Float64[np.ndarray, " mode"],
    decays_s: Float64[np.ndarray, " mode"],
    levels: Float64[np.ndarray, " mode"],
) -> Float64[np.ndarray, " sample"]:
    """Sums damped sines, `level * exp(-t / decay_s) * sin(2 pi f t)`, omitting those above 0.45 of the rate.

    The exponential of start + offset is a product, so the sum over modes is one small matrix product.
    """
    block = 256
    audible = frequencies_hz < 0.45 * rate_hz
    speeds = (2j * np.pi * frequencies_hz[audible] - 1 / decays_s[audible]) / rate_hz
    starts = np.exp(np.outer(np.arange(floor(count / block) + 1) * block, speeds)) * levels[audible]
    offsets = np.exp(np.outer(speeds, np.arange(block)))
    # einsum, not @: for such small matrices, starting BLAS threads costs more than the product.
    return np.asarray(np.einsum("sm,mo->so", starts, offsets).imag.reshape(-1)[:count])


def add_at(line: Float64[np.ndarray, " sample"], piece: Float64[np.ndarray, " part"], start: int) -> None:
    """Adds a piece to a line in place, from sample `start` on; samples outside are dropped."""
    first = max(start, 0)
    last = min(start + len(piece), len(line))
    if first < last:
        line[first:last] += piece[first - start : last - start]
