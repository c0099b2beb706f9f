"""Mixing to one channel without losing what is in opposite phase.

The mean of the channels is nothing where one is the other turned over, over all frequencies (a wire swapped) or some
of them (widened bass). Where channels cancel, they are turned round before they are added, band by band.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Complex, Float32, Float64
from scipy.fft import irfft, next_fast_len, rfft

CANCELLED = 0.5
"""Power of the mean, relative to that of as many unlike channels, below which channels are said to cancel."""

IMPORTANT = 1e-3
"""Share of all the power below which it does not matter that bands cancel."""

LEAST_BINS = 32
"""Frequencies in a band at the least: of fewer, unlike channels seem to be opposite by chance."""

ALIKE = 0.5
"""Correlation, of either sign, of channels whose signs are made the same."""

_EDGES_HZ = tuple(50 * 2 ** (third / 3) for third in range(28))  # thirds of octaves up to 25 kHz


def mixed_to_one(samples: Float32[np.ndarray, "channel sample"], rate_hz: int) -> Float32[np.ndarray, "1 sample"]:
    """Mean of the channels; those that would cancel the others in a band of frequencies are turned round there.

    Args:
        samples: channels.
        rate_hz: sample rate in Hz.

    Example:
        >>> left = np.sin(np.arange(1000, dtype=np.float32))
        >>> np.allclose(mixed_to_one(np.stack([left, -left]), 48_000), left, atol=1e-5)
        True
    """
    mean = samples.mean(axis=0, keepdims=True)
    if len(samples) == 1 or not cancels(samples, rate_hz):
        return mean
    spectrum = _spectrum(samples)
    for band in _bands(spectrum.shape[1], rate_hz):
        spectrum[:, band] *= _signs(spectrum[:, band])[:, None]
    length = 2 * (spectrum.shape[1] - 1)
    whole = irfft(spectrum.mean(0), length)[: samples.shape[1]]
    return np.ascontiguousarray(whole, np.float32)[None]


def cancels(samples: Float32[np.ndarray, "channel sample"], rate_hz: int, share: float = IMPORTANT) -> bool:
    """Whether the mean of the channels loses what is in them, over all frequencies or in some bands.

    Args:
        samples: channels.
        rate_hz: sample rate in Hz.
        share: of the power that these bands have at the least.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal((2, 48_000)).astype(np.float32)
        >>> (cancels(noise, 48_000), cancels(noise[[0, 0]] * np.float32([[1], [-1]]), 48_000))
        (False, True)
    """
    if len(samples) == 1:
        return False
    spectrum = _spectrum(samples)
    powers = _band_powers(spectrum, rate_hz).sum(0)
    mean = _band_powers(spectrum.sum(0, keepdims=True), rate_hz)[0]
    return bool(powers[mean < CANCELLED * powers].sum() > share * powers.sum())


def _spectrum(samples: Float32[np.ndarray, "channel sample"]) -> Complex[np.ndarray, "channel bin"]:
    return rfft(samples, 2 * (next_fast_len(samples.shape[1] // 2 + 1, real=True)))


def _bands(bins: int, rate_hz: int) -> list[slice]:
    places = [0]
    for edge_hz in _EDGES_HZ:
        place = round(edge_hz / (rate_hz / 2) * (bins - 1))
        if places[-1] + LEAST_BINS <= place <= bins - LEAST_BINS:
            places.append(place)
    return [slice(first, last) for first, last in pairwise([*places, bins])]


def _band_powers(spectrum: Complex[np.ndarray, "channel bin"], rate_hz: int) -> Float64[np.ndarray, "channel band"]:
    bands = _bands(spectrum.shape[1], rate_hz)
    powers = [np.square(np.abs(spectrum[:, band])).sum(1, dtype=np.float64) for band in bands]
    return np.stack(powers, axis=1)


def _signs(band: Complex[np.ndarray, "channel bin"]) -> Float32[np.ndarray, " channel"]:
    """1 or -1 for each channel, so that none is mostly another one turned over."""
    common = (band @ band.conj().T).real.astype(np.float64)
    size = np.sqrt(np.diag(common))
    alike = common / np.maximum(np.outer(size, size), np.finfo(np.float64).tiny)
    signs = np.ones(len(band), np.float32)
    for channel in range(1, len(band)):
        nearest = int(np.argmax(np.abs(alike[channel, :channel])))
        if abs(alike[channel, nearest]) > ALIKE:
            signs[channel] = np.sign(alike[channel, nearest]) * signs[nearest]
    return signs
