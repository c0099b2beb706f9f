"""Levels, and integrated loudness after ITU-R BS.1770-5."""

import functools
import math
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Complex128, Float32, Float64

SILENCE_PEAK = 1e-6
"""Peak below which samples count as silence, -120 dB of full scale."""

FLOOR_DB = -200.0
"""Level of silence in dB, in place of minus infinity."""

STEP_S = 0.1
STEPS = 4  # a block of 400 ms, overlapping the previous one by three quarters
SILENT_LUFS = -70.0  # the absolute gate
RELATIVE_LU = -10.0
OFFSET_DB = -0.691
SURROUND = 1.41  # weight of the fourth and the fifth channel
DECAY_S = 0.5  # length of the weighting filter's response (its slowest pole decays in 8 ms)
LOWEST_SHELF_HZ = 4_000  # the shelf lies above half of lower rates


def peak(samples: Float32[np.ndarray, "channel sample"]) -> float:
    """Returns the largest magnitude, 0 for no samples."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def rms_db(samples: Float32[np.ndarray, "channel sample"]) -> float:
    """Returns the RMS level over all channels in dB, at least `FLOOR_DB`."""
    # Summed in double: squares of float32 overflow above 1.8e19, and long sums lose their last digits.
    total = float(np.einsum("cs,cs->", samples, samples, dtype=np.float64, casting="same_kind"))
    power = total / max(samples.size, 1)
    return max(10 * math.log10(power), FLOOR_DB) if power > 0 else FLOOR_DB


def match_rms(
    samples: Float32[np.ndarray, "channel sample"], target_rms_db: float
) -> Float32[np.ndarray, "channel sample"]:
    """Scales samples to an RMS level in dB; silence stays silence. The peak may exceed 1, which `save` handles."""
    if peak(samples) < SILENCE_PEAK:
        return samples
    return samples * np.float32(10 ** ((target_rms_db - rms_db(samples)) / 20))


def limit_gain_db(peak: float, ceiling: float) -> float:
    """Returns the gain in dB, 0 or below, that brings a peak down to the ceiling."""
    return 20 * math.log10(ceiling / peak) if peak > ceiling else 0.0


def below_full_scale(
    samples: Float32[np.ndarray, "channel sample"], knee: float = 0.8
) -> Float32[np.ndarray, "channel sample"]:
    """Soft-clips samples above the knee so that none exceeds 1.

    A memoryless curve, for sounds that are written before their peak is known.
    """
    magnitude = np.abs(samples)
    if not (magnitude > knee).any():
        return samples
    room = np.float32(1 - knee)
    clipped = knee + room * np.tanh((magnitude - np.float32(knee)) / room)
    return np.where(magnitude > knee, np.copysign(clipped, samples), samples).astype(np.float32)


def loudness_lufs(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> float:
    """Returns the integrated loudness in LUFS, at least -70; see `LoudnessMeter`."""
    meter = LoudnessMeter(rate_hz, samples.shape[0])
    for start in range(0, samples.shape[1], rate_hz):
        meter.add(samples[:, start : start + rate_hz])
    return meter.lufs


@dataclass
class LoudnessMeter:
    """Measures the loudness of a sound part by part, in memory that grows by one number per 100 ms.

    K-weighting (section 2.1 of the Recommendation, its filters taken to other rates by their analogue prototypes),
    mean squares of blocks of 400 ms, an absolute gate at -70 LUFS, a relative one 10 LU below what passes. A sound
    shorter than a block is one block. Channels have weight 1, the fourth and fifth of five 1.41.

    Args:
        rate_hz: sample rate in Hz.
        channels: number of channels.
    """

    rate_hz: int
    channels: int
    _sums: list[float] = field(default_factory=list)
    _rest: list[Float64[np.ndarray, " sample"]] = field(default_factory=list)
    _past: Float64[np.ndarray, "channel sample"] | None = None

    def add(self, samples: Float32[np.ndarray, "channel sample"]) -> None:
        """Adds the next samples."""
        memory = math.ceil(DECAY_S * self.rate_hz)
        past = np.zeros((self.channels, memory)) if self._past is None else self._past
        signal = np.concatenate([past, samples], axis=1, dtype=np.float64)
        self._past = signal[:, -memory:]
        count = signal.shape[1]
        weighted = np.fft.irfft(np.fft.rfft(signal) * k_weighting(self.rate_hz, count), count)
        weights = np.array([SURROUND if self.channels == 5 and n in (3, 4) else 1.0 for n in range(self.channels)])
        power = np.concatenate([*self._rest, weights @ weighted[:, memory:] ** 2])
        step = max(1, round(STEP_S * self.rate_hz))
        whole = len(power) // step * step
        self._sums.extend(power[:whole].reshape(-1, step).sum(axis=1).tolist())
        self._rest = [power[whole:]]

    @property
    def lufs(self) -> float:
        """Integrated loudness of all samples so far in LUFS, at least -70."""
        blocks = self._blocks()
        loud = blocks[_lufs(blocks) > SILENT_LUFS]
        if not loud.size:
            return SILENT_LUFS
        kept = loud[_lufs(loud) > _mean_lufs(loud) + RELATIVE_LU]
        return max(SILENT_LUFS, _mean_lufs(kept))

    def _blocks(self) -> Float64[np.ndarray, " block"]:
        step = max(1, round(STEP_S * self.rate_hz))
        if len(self._sums) < STEPS:
            samples = step * len(self._sums) + sum(map(len, self._rest))
            total = sum(self._sums) + sum(float(part.sum()) for part in self._rest)
            return np.array([total / max(1, samples)])
        sums = np.concatenate([[0.0], np.cumsum(self._sums)])
        return np.maximum(sums[STEPS:] - sums[:-STEPS], 0.0) / (STEPS * step)


@functools.lru_cache(maxsize=4)
def k_weighting(rate_hz: int, count: int) -> Complex128[np.ndarray, " bin"]:
    """Returns the frequency response of K-weighting at the bins of a real DFT of `count` samples."""
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(count))
    response = _high_pass(rate_hz).at(delay)
    return response * _shelf(rate_hz).at(delay) if rate_hz >= LOWEST_SHELF_HZ else response


@dataclass(frozen=True)
class Biquad:
    """A second-order filter: numerator, and denominator after its leading 1."""

    b: tuple[float, float, float]
    a: tuple[float, float]

    def at(self, delay: Complex128[np.ndarray, " bin"]) -> Complex128[np.ndarray, " bin"]:
        """Returns the response where a delay by one sample has the response `delay`."""
        above = self.b[0] + delay * (self.b[1] + delay * self.b[2])
        return above / (1 + delay * (self.a[0] + delay * self.a[1]))


# Brecht De Man 2018, "Evaluation of implementations of the EBU R128 loudness measurement", section 3: parameters of
# the analogue prototypes that give the Recommendation's coefficients at 48 kHz.
def _shelf(rate_hz: int) -> Biquad:
    k, q, high = math.tan(math.pi * 1681.974450955533 / rate_hz), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle, scale = high**0.4996667741545416, 1 + k / q + k * k
    numerator = (high + middle * k / q + k * k, 2 * (k * k - high), high - middle * k / q + k * k)
    return Biquad(
        (numerator[0] / scale, numerator[1] / scale, numerator[2] / scale),
        (2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale),
    )


def _high_pass(rate_hz: int) -> Biquad:
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    scale = 1 + k / q + k * k
    return Biquad((1.0, -2.0, 1.0), (2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale))


def _mean_lufs(powers: Float64[np.ndarray, " block"]) -> float:
    return float(_lufs(powers.mean(keepdims=True))[0])


def _lufs(powers: Float64[np.ndarray, " block"]) -> Float64[np.ndarray, " block"]:
    return OFFSET_DB + 10 * np.log10(np.maximum(powers, 1e-30))
