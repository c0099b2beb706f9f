"""What is heard of one window of the content: the features of `condition.analysis`, one frame at a time."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import fft

from gramophone.condition.analysis import ENVELOPE_BANDS, ENVELOPE_N_FFT, RATE_HZ
from gramophone.condition.pitch import BINS, BINS_PER_OCTAVE, BLUR_BINS, FLOOR, LOWEST_HZ, gaussian
from gramophone.live.products import product
from gramophone.live.timing import Timing
from gramophone.live.windows import Ring, Samples
from gramophone.spectral.filterbanks import band_filters

TINY = 1e-20
ENVELOPE_MEMORY_S = 2.0
ONSET_MEMORY_S = 3.0

Bins = Float[np.ndarray, " _"]
Bands = Float[np.ndarray, " _"]


@dataclass(frozen=True)
class HeardFrame:
    """Features of one moment of the content.

    Attributes:
        magnitudes: of log frequency, 36 bins an octave.
        pitch: how far each of them stands out from its octave.
        shape: the envelope's shape beside its average, of norm 1.
        energy: relative to the style's frames (mean square of the samples).
        onset: rise of the level, 0 to 1.
    """

    magnitudes: Bins
    pitch: Bins
    shape: Bands
    energy: float
    onset: float


class PitchBins:
    """Magnitudes over log frequency, every bin at its instantaneous frequency; see `condition.pitch`.

    Args:
        length: of the window, in samples.
        rate_hz: of the samples.
    """

    def __init__(self, length: int, rate_hz: int) -> None:
        place = np.arange(length) * (2 * math.pi / length)
        self._windows = np.stack([0.5 - 0.5 * np.cos(place), math.pi / length * np.sin(place)]).astype(np.float32)
        self._frames = np.empty_like(self._windows)
        highest_hz = min(rate_hz / 2, LOWEST_HZ * 2 ** (BINS / BINS_PER_OCTAVE))
        self._used = int(highest_hz / rate_hz * length) + 3
        self._centre_hz = (np.arange(self._used) * (rate_hz / length)).astype(np.float32)
        self._to_hz, self._widest_hz = rate_hz / (2 * math.pi), 2 * rate_hz / length
        self._blur = gaussian(BLUR_BINS).numpy()
        width = BINS_PER_OCTAVE + 1
        self._octave = np.ones(width, np.float32)
        self._inside = np.convolve(np.ones(BINS, np.float32), self._octave, "same")

    def magnitudes(self, frame: Samples) -> Bins:
        """Magnitudes of a window of samples."""
        np.multiply(self._windows, frame, out=self._frames)
        spectrum, slope = fft.rfft(self._frames)[:, : self._used]
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        cross = slope.imag * spectrum.real - slope.real * spectrum.imag
        moved_hz = -cross / np.maximum(power, TINY) * self._to_hz
        energy = power * (np.abs(moved_hz) < self._widest_hz)
        position = BINS_PER_OCTAVE * np.log2(np.maximum(self._centre_hz + moved_hz, 20.0) / LOWEST_HZ)
        below = np.floor(position)
        share = position - below
        index = below.astype(np.int64)
        kept = (index >= 0) & (index < BINS)
        index, share, energy = index[kept], share[kept], energy[kept]
        total = np.bincount(index, energy * (1 - share), BINS + 1)[:BINS]
        total += np.bincount(index + 1, energy * share, BINS + 1)[:BINS]
        return np.convolve(np.sqrt(total), self._blur, "same").astype(np.float32)

    def features(self, magnitudes: Bins) -> Bins:
        """`log(1 + max(0, M / mean - 1))` with the mean over the octave around."""
        around = np.convolve(magnitudes, self._octave, "same") / self._inside
        floor = FLOOR * float(magnitudes.max()) + TINY
        return np.log1p(np.maximum(magnitudes / (around + floor) - 1, 0)).astype(np.float32)


class Listener:
    """Hears the content window by window.

    Args:
        timing: of the mode.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._bins = PitchBins(timing.pitch_window, timing.rate_hz)
        self._length = 2 * round(ENVELOPE_N_FFT / RATE_HZ * timing.rate_hz / 2)
        window = np.hanning(self._length + 1)[:-1].astype(np.float32)
        self._window, self._scale = window, 1 / float(np.square(window).sum())
        self._filters = band_filters("erb", RATE_HZ, ENVELOPE_N_FFT, ENVELOPE_BANDS).numpy()
        step_s = timing.pitch_hop / timing.rate_hz
        self._memory, self._falling = math.exp(-step_s / ENVELOPE_MEMORY_S), math.exp(-step_s / ONSET_MEMORY_S)
        self._mean, self._square, self._weight = np.zeros(ENVELOPE_BANDS), np.zeros(ENVELOPE_BANDS), 0.0
        self._before = np.full(ENVELOPE_BANDS, math.log(TINY))
        self._rise, self._loudest = 0.3, TINY

    def hear(self, recent: Ring, ago: int) -> HeardFrame:
        """The frame whose window ended `ago` samples before the newest one."""
        timing = self._timing
        magnitudes = self._bins.magnitudes(recent.last(timing.pitch_window, ago))
        middle = ago + max(0, timing.pitch_age - self._length // 2)
        spectrum = fft.rfft(recent.last(self._length, middle) * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        bins = self._filters.shape[1]
        part = power[:bins] if len(power) >= bins else np.pad(power, (0, bins - len(power)))
        energy = float(power.sum()) * 2 * self._scale / self._length
        self._loudest = max(energy, self._loudest * self._falling)
        bands = product(self._filters, part)
        level = np.log(bands + 1e-5 * self._loudest * self._length / self._scale / len(bands) + TINY)
        onset = self._onset(level)
        return HeardFrame(magnitudes, self._bins.features(magnitudes), self._shape(level, energy), energy, onset)

    def _onset(self, level: Bands) -> float:
        """Mean rise of the bands, relative to the strongest of the last seconds."""
        rise = float(np.maximum(level - self._before, 0).mean())
        self._before = level
        self._rise = max(rise, 0.3, self._rise * self._falling)
        return min(1.0, rise / self._rise)

    def _shape(self, level: Bands, energy: float) -> Bands:
        """Brighter than its own average, not bright as such, as of a style's frames."""
        shape = level - level.mean()
        if energy > 1e-4 * self._loudest:
            keep = self._memory
            self._weight = keep * self._weight + 1
            self._mean = keep * self._mean + shape
            self._square = keep * self._square + shape**2
        weight = max(self._weight, 1.0)
        mean = self._mean / weight
        deviation = np.sqrt(np.maximum(self._square / weight - mean**2, 0))
        standard = np.clip((shape - mean) / (deviation + 0.3), -3, 3)
        return (standard / (np.linalg.norm(standard) + 1e-6)).astype(np.float32)
