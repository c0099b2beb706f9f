"""Levels of samples, in decibels relative to full scale (an amplitude of 1)."""

import math

import numpy as np
from jaxtyping import Float32

SILENCE_PEAK = 1e-6
"""Samples whose peak stays below this (-120 dB) count as silence."""

FLOOR_DB = -200.0
"""The level given for silence, in place of minus infinity."""


def peak(samples: Float32[np.ndarray, "channel sample"]) -> float:
    """Returns the largest magnitude, 0 for no samples."""
    return float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))


def rms_db(samples: Float32[np.ndarray, "channel sample"]) -> float:
    """Returns the root mean square over all channels in dB, at least `FLOOR_DB`."""
    # Summed in double: squares of float32 overflow above 1.8e19, and long sums lose their last digits.
    total = float(np.einsum("cs,cs->", samples, samples, dtype=np.float64, casting="same_kind"))
    power = total / max(samples.size, 1)
    return max(10 * math.log10(power), FLOOR_DB) if power > 0 else FLOOR_DB


def match_rms(
    samples: Float32[np.ndarray, "channel sample"], target_rms_db: float
) -> Float32[np.ndarray, "channel sample"]:
    """Scales samples to a level in dB; silence stays silence. The peak may pass 1, which `save` handles."""
    if peak(samples) < SILENCE_PEAK:
        return samples
    return samples * np.float32(10 ** ((target_rms_db - rms_db(samples)) / 20))


def limit_gain_db(peak: float, ceiling: float) -> float:
    """Returns the gain in dB, 0 or below, that brings a peak down to the ceiling."""
    return 20 * math.log10(ceiling / peak) if peak > ceiling else 0.0


def below_full_scale(
    samples: Float32[np.ndarray, "channel sample"], knee: float = 0.8
) -> Float32[np.ndarray, "channel sample"]:
    """Bends what is above the knee so that nothing passes 1; what is below stays as it is.

    Sample by sample, without a memory: for sounds that are written before their loudest place is known.
    """
    magnitude = np.abs(samples)
    if not (magnitude > knee).any():
        return samples
    room = np.float32(1 - knee)
    bent = knee + room * np.tanh((magnitude - np.float32(knee)) / room)
    return np.where(magnitude > knee, np.copysign(bent, samples), samples).astype(np.float32)
