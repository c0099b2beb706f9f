"""Textures whose one parameter is known at every moment: training and test data for models that are controlled.

Each has a parameter with a unit and a range; `amount` is where it lies in that range, from 0 to 1, and may change
from sample to sample. Levels follow from the parameter and are not normalised: rain of many drops is louder than rain
of few. `measure` tells the parameter from sound alone, monotonically, so that what a model was asked for can be
compared with what it made.

In the spirit of L. Wyse, P. T. Ravikumar, "Syntex: parametric audio texture datasets for conditional training of
instrumental interfaces", NIME 2022; the sounds are this project's own.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64
from scipy import signal

from gramophone import audio
from gramophone.audio import Sound
from gramophone.bounds import check_bounds
from gramophone.demo.synthesis import add_at, coloured_noise, decay, modes, resonate, sample_count, slow_gain
from gramophone.errors import UsageError
from gramophone.files import atomic_write

TABLE = "table.csv"
FLOOR = 0.001
"""Level of the noise under every texture: no recording is digitally silent."""

Amount = Float64[np.ndarray, " sample"]
Draw = Callable[[np.random.Generator, int, Amount, Amount], Float64[np.ndarray, " sample"]]
"""Draws a texture from a random generator, the sample rate in Hz, and parameter and amount at every sample."""
Measure = Callable[[Float64[np.ndarray, " sample"], int], float]


@dataclass(frozen=True)
class ParametricTexture:
    """A texture with one parameter.

    Attributes:
        parameter: name of the parameter.
        unit: unit of the parameter; empty for a share.
        low: least value.
        high: largest value.
        is_ratio: whether equal steps of the amount are equal ratios of the parameter, rather than equal differences.
        draw: draws its samples.
        measure: what is measured of `(samples, rate_hz)`; it rises with the parameter.
    """

    parameter: str
    unit: str
    low: float
    high: float
    is_ratio: bool
    draw: Draw
    measure: Measure

    def value(self, amount: Amount) -> Amount:
        """Parameter in its unit, of amounts from 0 to 1."""
        if self.is_ratio:
            return np.asarray(self.low * (self.high / self.low) ** amount)
        return np.asarray(self.low + (self.high - self.low) * amount)

    def __call__(
        self, rate_hz: int, duration_s: float, amount: float | Sequence[float], seed: int
    ) -> Float32[np.ndarray, "1 sample"]:
        """Synthesises the texture.

        Args:
            rate_hz: sample rate, at least 8000.
            duration_s: length in seconds.
            amount: from 0 to 1; several are passed through in straight lines, equally far apart in time.
            seed: equal seeds give equal samples.

        Raises:
            UsageError: the rate or the duration is too small, or an amount is out of range.

        Example:
            >>> TEXTURES["rain"](16000, 0.5, [0.2, 0.9], seed=1).shape
            (1, 8000)
        """
        count = sample_count(rate_hz, duration_s)
        points = np.atleast_1d(np.asarray(amount, dtype=np.float64))
        if not len(points):
            raise UsageError("an amount is needed; give a number from 0 to 1, or several")
        for one in points.tolist():
            check_bounds("amount", one, 0, 1)
        path = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(points)), points)
        rng = np.random.default_rng(seed)
        sound = self.draw(rng, rate_hz, self.value(path), path) + FLOOR * rng.standard_normal(count)
        return np.tanh(sound).astype(np.float32)[None, :]


def _events(rng: np.random.Generator, per_second: Amount, rate_hz: int) -> Float64[np.ndarray, " sample"]:
    """Number of events that fall on each sample."""
    return rng.poisson(per_second / rate_hz).astype(np.float64)


def _levels(rng: np.random.Generator, events: Float64[np.ndarray, " sample"], spread: float) -> Amount:
    return np.asarray(events * np.minimum(rng.lognormal(0.0, spread, len(events)), 3.0))


SPLASH = ((300.0, -24.0), (1500.0, -6.0), (4000.0, 0.0), (16000.0, -4.0))


def _rain(rng: np.random.Generator, rate_hz: int, drops: Amount, amount: Amount) -> Float64[np.ndarray, " sample"]:
    strikes = _levels(rng, _events(rng, drops, rate_hz), 0.6)
    sound = decay(strikes, rate_hz, 0.0012) * coloured_noise(rng, rate_hz, len(drops), SPLASH)
    pitches_hz = np.geomspace(700.0, 0.4 * rate_hz, 16)
    kinds = rng.integers(0, len(pitches_hz), len(drops))
    for kind, pitch_hz in enumerate(pitches_hz.tolist()):
        rung = np.where(kinds == kind, strikes, 0.0)
        sound += 0.4 * resonate(rung, rate_hz, pitch_hz, 8.0 / pitch_hz)
    return 0.11 * sound


def _bubbles(rng: np.random.Generator, rate_hz: int, rate: Amount, amount: Amount) -> Float64[np.ndarray, " sample"]:
    sound = np.zeros(len(rate))
    for place in np.flatnonzero(_events(rng, rate, rate_hz)).tolist():
        pitch_hz = 500.0 * 3.0 ** rng.uniform()
        time_s = np.arange(round(0.06 * rate_hz)) / rate_hz
        rising_hz = pitch_hz * (1 + 8.0 * time_s)  # as a bubble nears the surface
        ring = np.sin(2 * np.pi * np.cumsum(rising_hz) / rate_hz) * np.exp(-time_s / 0.012)
        add_at(sound, rng.uniform(0.25, 0.45) * ring, place)
    return sound


CYLINDERS = (1.0, 0.92, 1.06, 0.97)
EXHAUST_HZ, EXHAUST_S, EXHAUST = (95.0, 240.0, 610.0, 1350.0), (0.012, 0.008, 0.004, 0.002), (1.0, 0.8, 0.5, 0.3)


def _engine(rng: np.random.Generator, rate_hz: int, speed: Amount, amount: Amount) -> Float64[np.ndarray, " sample"]:
    """Four strokes and four cylinders: two firings a turn, through the resonances of an exhaust."""
    firing = np.cumsum(speed / 30 * slow_gain(rng, rate_hz, len(speed), 3.0, 0.06)) / rate_hz
    number = np.floor(firing).astype(np.int64)
    places = np.flatnonzero(np.diff(number, prepend=number[0]))
    pulses = np.zeros(len(speed))
    pulses[places] = np.asarray(CYLINDERS)[number[places] % 4] * rng.uniform(0.9, 1.1, len(places))
    sound = np.zeros(len(speed))
    for pitch_hz, decay_s, level in zip(EXHAUST_HZ, EXHAUST_S, EXHAUST, strict=True):
        sound += level * resonate(pulses, rate_hz, pitch_hz, decay_s)
    hiss = ((200.0, -12.0), (1200.0, 0.0), (6000.0, -18.0))
    sound += 0.12 * decay(pulses, rate_hz, 0.004) * coloured_noise(rng, rate_hz, len(speed), hiss)
    return 0.28 * sound


def _pops(rng: np.random.Generator, rate_hz: int, rate: Amount, amount: Amount) -> Float64[np.ndarray, " sample"]:
    sound = np.zeros(len(rate))
    length = round(0.03 * rate_hz)
    for place in np.flatnonzero(_events(rng, rate, rate_hz)).tolist():
        partials_hz = 900.0 * 2.5 ** rng.uniform() * np.array([1.0, 1.9, 2.7])
        pop = modes(rate_hz, length, partials_hz, np.array([0.005, 0.003, 0.002]), np.array([1.0, 0.6, 0.4]))
        add_at(sound, rng.uniform(0.35, 0.6) * pop, place)
    return sound


BANDS = 14


def _wind(rng: np.random.Generator, rate_hz: int, speed: Amount, amount: Amount) -> Float64[np.ndarray, " sample"]:
    """Noise around a frequency that rises with the speed, as of a wire in the wind (Strouhal), louder when faster."""
    count = len(speed)
    gusts = slow_gain(rng, rate_hz, count, 2.0, 0.8)
    centre_hz = 55.0 * speed * gusts
    sound = np.zeros(count)
    for band_hz in np.geomspace(80.0, 2400.0, BANDS).tolist():
        colour = ((band_hz / 4, -70.0), (band_hz, 0.0), (band_hz * 4, -70.0))
        share = np.exp(-0.5 * (np.log(centre_hz / band_hz) / 0.3) ** 2)
        sound += share * coloured_noise(rng, rate_hz, count, colour)
    return 0.006 * speed * gusts * sound


def level_db(sound: Float64[np.ndarray, " sample"], rate_hz: int) -> float:
    """Root mean square level in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(sound)) + 1e-12))


def events_per_s(sound: Float64[np.ndarray, " sample"], rate_hz: int) -> float:
    """Peaks a second of the envelope that stand out from what is just before them by 6 dB."""
    smooth = signal.sosfiltfilt(signal.butter(2, 120.0, fs=rate_hz, output="sos"), np.abs(sound))
    envelope = np.maximum(smooth, 0.01)
    places, _ = signal.find_peaks(20 * np.log10(envelope), prominence=6.0, distance=round(0.008 * rate_hz))
    return len(places) / (len(sound) / rate_hz)


LOWEST_FIRING_HZ, HIGHEST_FIRING_HZ = 16.0, 130.0


def firings_per_s(sound: Float64[np.ndarray, " sample"], rate_hz: int) -> float:
    """Rate of the firings: the strongest period of the rectified sound, the shortest of those nearly as strong."""
    lowpass = signal.butter(4, 400.0, fs=rate_hz, output="sos")
    envelope = signal.sosfiltfilt(lowpass, np.abs(sound))
    envelope -= envelope.mean()
    likeness = signal.correlate(envelope, envelope, "full", "fft")[len(envelope) - 1 :]
    first, last = round(rate_hz / HIGHEST_FIRING_HZ), round(rate_hz / LOWEST_FIRING_HZ)
    within = likeness[first : last + 1] / (1 - np.arange(first, last + 1) / len(envelope))
    peaks, _ = signal.find_peaks(within)
    if not len(peaks):
        return 0.0
    strong = peaks[within[peaks] >= 0.8 * within[peaks].max()]
    return float(rate_hz / (first + strong[0]))


def centroid_hz(sound: Float64[np.ndarray, " sample"], rate_hz: int) -> float:
    """Spectral centroid of the power spectrum."""
    frequencies_hz, power = signal.welch(sound, rate_hz, nperseg=min(2048, len(sound)))
    return float(frequencies_hz @ power / max(float(power.sum()), 1e-20))


TEXTURES: dict[str, ParametricTexture] = {
    "rain": ParametricTexture("intensity", "drops/s", 20.0, 1200.0, True, _rain, level_db),
    "bubbles": ParametricTexture("rate", "bubbles/s", 2.0, 24.0, True, _bubbles, events_per_s),
    "engine": ParametricTexture("speed", "rpm", 700.0, 2600.0, True, _engine, firings_per_s),
    "pops": ParametricTexture("rate", "pops/s", 1.5, 24.0, True, _pops, events_per_s),
    "wind": ParametricTexture("speed", "m/s", 3.0, 18.0, False, _wind, centroid_hz),
}
"""By name."""


def write_recordings(
    folder: Path,
    amounts: Sequence[float],
    *,
    names: Sequence[str] = tuple(TEXTURES),
    rate_hz: int = 16000,
    duration_s: float = 4.0,
    seed: int = 0,
) -> Path:
    """Writes a recording of each texture at each amount, and a table of them.

    The table has the columns `file`, `texture`, `amount`, `parameter`, `value` and `unit`: a training of
    `gramophone train texture --condition texture,amount` reads it.

    Args:
        folder: where they go; created if missing, files in it are replaced.
        amounts: amounts from 0 to 1.
        names: textures.
        rate_hz: sample rate.
        duration_s: length of each recording, in seconds.
        seed: seed of the first recording; each has its own.

    Returns:
        Path of the table.

    Raises:
        UsageError: an amount is out of range, or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("file", "texture", "amount", "parameter", "value", "unit"))
    for name in names:
        texture = TEXTURES[name]
        for amount in amounts:
            path = folder / f"{name}-{amount:.3f}.flac"
            audio.save(Sound(texture(rate_hz, duration_s, amount, seed), rate_hz), path, overwrite=True)
            value = float(texture.value(np.array([amount]))[0])
            table.writerow((path.name, name, f"{amount:g}", texture.parameter, f"{value:.6g}", texture.unit))
            seed += 1
    with atomic_write(folder / TABLE, overwrite=True) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
    return folder / TABLE
