"""What nobody hears and everything measures: constant offsets, drift below 20 Hz, pilot tones above 20 kHz.

Cheap interfaces add offsets of a few per cent, microphones pick up wind: louder than a voice to a level meter, and to
whatever is normalised by its level. Such parts are removed before a recording is analysed, which is said. Where
they are weak they change nothing that is audible, and a recording is left as it is.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64
from scipy.fft import rfft
from scipy.signal import butter, detrend, sosfiltfilt
from scipy.signal.windows import hann

from gramophone.audio.loudness import rms_db
from gramophone.audio.sound import Sound, SoundWarning, Style
from gramophone.errors import InputError

LOWEST_HZ, HIGHEST_HZ = 20.0, 20_000.0
IGNORED_DB = -12.0
"""Energy of an inaudible part, relative to the audible one, up to which it is left alone."""

PILOT_DENSITY = 2.0
"""Density of the energy above 20 kHz, relative to that of the audible part, up to which it is that of noise."""

SHORTEST_S = 0.1
"""Length of a recording below which nothing is told about what lies below 20 Hz."""

SHORT_S = 0.5
"""Length below which only its offset is."""

LEAST_DB = -60.0
"""Audible energy, relative to all of it, below which a recording holds nothing to hear."""

_HIGH_PASS_HZ, _HIGH_PASS_ORDER = 16.0, 4
_LOW_PASS_ORDER = 10
_LOW_RATE_HZ = 1000  # at which energy below 20 Hz is measured, from means of a millisecond
_SEGMENT, _MOST_SEGMENTS = 16_384, 64


class InaudibleWarning(SoundWarning):
    """Loud parts of a recording that nobody hears were removed."""


@dataclass(frozen=True)
class Inaudible:
    """Energy outside the range of hearing.

    Attributes:
        low_db: of the constant offset and below 20 Hz, relative to the audible energy.
        high_db: above 20 kHz, relative to the audible energy.
        high_density: energy per hertz above 20 kHz, relative to that of the audible part.
        audible_db: audible energy relative to all of it.
    """

    low_db: float
    high_db: float
    high_density: float
    audible_db: float

    @property
    def is_low_loud(self) -> bool:
        """Whether what lies below 20 Hz would spoil an analysis."""
        return self.low_db > IGNORED_DB

    @property
    def is_high_loud(self) -> bool:
        """Whether there are tones above 20 kHz that would spoil one, rather than the rest of a noise."""
        return self.high_db > IGNORED_DB and self.high_density > PILOT_DENSITY


def inaudible(sound: Sound) -> Inaudible:
    """Measures the energy outside the range of hearing; of long recordings by samples from all over them.

    Example:
        >>> time_s = np.arange(48_000) / 48_000
        >>> tone = 0.1 * np.sin(2 * np.pi * 440 * time_s)
        >>> round(inaudible(Sound((tone + 0.1)[None], 48_000)).low_db)
        3
    """
    samples = sound.samples
    total = float(np.einsum("cs,cs->", samples, samples, dtype=np.float64, casting="same_kind")) / samples.size
    low = min(total, _energy_below(samples, sound.rate_hz))
    high = min(total - low, _fraction_above(samples, sound.rate_hz, low, total) * (total - low))
    heard = total - low - high
    above_hz = max(sound.rate_hz / 2 - HIGHEST_HZ, 1.0)
    density = high / above_hz / (heard / (HIGHEST_HZ - LOWEST_HZ)) if heard > 0 else math.inf
    return Inaudible(_db(low, heard), _db(high, heard), density, _db(heard, total))


def audible(sound: Sound, name: str) -> tuple[Sound, str | None]:
    """Removes loud inaudible parts of a recording.

    Args:
        sound: recording.
        name: what it is called, for the note and the error.

    Returns:
        The recording itself where there is nothing to remove, else one of the same kind and length; and a sentence
        about what was removed.

    Raises:
        InputError: all that can be heard is over 60 dB below the rest.
    """
    if sound.is_silent or sound.duration_s < SHORTEST_S:
        return sound, None
    found = inaudible(sound)
    cleaned = _without(sound, found)
    if found.audible_db < LEAST_DB or rms_db(cleaned.samples) - rms_db(sound.samples) < LEAST_DB:
        raise InputError(
            f"{name} is silent between 20 Hz and 20 kHz, where one hears (it holds a constant offset, or tones "
            "beyond hearing); give a recording with sound in it"
        )
    parts = [
        f"{what} ({level_db:+.0f} dB relative to the rest)"
        for what, level_db, is_loud in (
            ("its offset and what lies below 20 Hz", found.low_db, found.is_low_loud),
            ("what lies above 20 kHz", found.high_db, found.is_high_loud),
        )
        if is_loud
    ]
    if not parts:
        return sound, None
    return cleaned, f"{name} is used without {' and '.join(parts)}, which nobody hears"


def without_inaudible(sound: Sound) -> Sound:
    """Removes loud inaudible parts of a recording, or of a part of one, in which there may be nothing else."""
    return sound if sound.is_silent or sound.duration_s < SHORTEST_S else _without(sound, inaudible(sound))


def _without(sound: Sound, found: Inaudible) -> Sound:
    samples = sound.samples
    if found.is_low_loud and sound.duration_s < SHORT_S:
        samples = samples - samples.mean(1, keepdims=True, dtype=np.float64).astype(np.float32)
    elif found.is_low_loud:
        samples = _filtered(samples, sound.rate_hz, _HIGH_PASS_HZ, _HIGH_PASS_ORDER, "highpass")
    if found.is_high_loud:
        samples = _filtered(samples, sound.rate_hz, HIGHEST_HZ, _LOW_PASS_ORDER, "lowpass")
    if samples is sound.samples:
        return sound
    if isinstance(sound, Style):
        return Style(samples, sound.rate_hz, sound.provenance)
    return Sound(samples, sound.rate_hz)


def _energy_below(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> float:
    """Mean square of what lies below 20 Hz, in means of a millisecond: a line, and slow waves around it."""
    step = max(1, rate_hz // _LOW_RATE_HZ)
    count = max(1, samples.shape[1] // step)
    means = samples[:, : count * step].reshape(len(samples), count, -1).mean(2, dtype=np.float64)
    if count * step < SHORT_S * rate_hz:
        return float(np.square(means.mean(1)).mean())
    rest = detrend(means, axis=1)
    line = np.square(means - rest).mean()
    # A window, since tones of few periods would otherwise leak to where nothing is heard.
    window = np.sqrt(8 / 3) * hann(count, sym=False)
    power = 2 * np.square(np.abs(np.fft.rfft(rest * window))) / count**2
    places = np.fft.rfftfreq(count, step / rate_hz)
    return float(line + power[:, places < LOWEST_HZ].sum(1).mean())


def _fraction_above(samples: Float32[np.ndarray, "channel sample"], rate_hz: int, low: float, total: float) -> float:
    """Share of the energy above 20 Hz that lies above 20 kHz."""
    if rate_hz <= 2 * HIGHEST_HZ or low >= total:
        return 0.0
    count = samples.shape[1]
    width = min(_SEGMENT, count)
    starts = np.unique(np.linspace(0, count - width, min(_MOST_SEGMENTS, -(-count // width))).astype(int))
    window = np.hanning(width).astype(np.float32)
    power: Float64[np.ndarray, " bin"] = np.zeros(width // 2 + 1)
    for start in starts:
        power += np.square(np.abs(rfft(samples[:, start : start + width] * window))).sum(0)
    places = np.fft.rfftfreq(width, 1 / rate_hz)
    all_of_it = float(power[places >= LOWEST_HZ].sum())
    return float(power[places > HIGHEST_HZ].sum()) / all_of_it if all_of_it > 0 else 0.0


def _filtered(
    samples: Float32[np.ndarray, "channel sample"],
    rate_hz: int,
    edge_hz: float,
    order: int,
    kind: Literal["highpass", "lowpass"],
) -> Float32[np.ndarray, "channel sample"]:
    """Filters without a delay, channel by channel, as the filter needs double precision."""
    sections = butter(order, edge_hz, kind, fs=rate_hz, output="sos")
    reach = min(samples.shape[1] - 1, round(4 * rate_hz / _HIGH_PASS_HZ))
    found = np.empty_like(samples)
    for channel, wave in enumerate(samples):
        found[channel] = sosfiltfilt(sections, wave.astype(np.float64), padlen=reach)
    return found


def _db(power: float, reference: float) -> float:
    if power <= 0:
        return -200.0
    return min(200.0, 10 * math.log10(power / reference)) if reference > 0 else 200.0
