"""A short form of McDermott & Simoncelli's texture statistics (2011), to choose settings with an independent ear.

30 half-cosine ERB bands, envelopes to the power 0.3 at 400 Hz; their mean, variation, skew and kurtosis, correlations
between bands, modulation power in 20 bands and correlations within modulation bands. The figure is the mean over the
seven classes of `10 log10(sum s*^2 / sum (s - s*)^2)` in dB, higher is better.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy import signal

ENVELOPE_HZ = 400
OFFSETS = (1, 2, 3, 5, 8, 11, 16, 21)

Samples = Float[np.ndarray, " sample"]


def statistics_snr_db(result: Samples, reference: Samples, rate_hz: int) -> float:
    """How well a result has the statistics of a reference, in dB."""
    ours, theirs = _statistics(result, rate_hz), _statistics(reference, rate_hz)
    ratios = [(theirs[k] ** 2).sum() / ((ours[k] - theirs[k]) ** 2).sum() for k in theirs]
    return float(np.mean(10 * np.log10(ratios)))


def copy_score(result: Samples, reference: Samples, rate_hz: int) -> float:
    """Mean over half-second pieces of the highest normalised correlation with any place of the reference, 0 to 1."""
    length = rate_hz // 2
    energy = np.convolve(reference**2, np.ones(length), "valid").clip(1e-9)
    scores = [
        np.max(np.abs(signal.correlate(reference, piece, "valid", "fft")) / np.sqrt(energy)) / np.linalg.norm(piece)
        for piece in (result[start : start + length] for start in range(0, len(result) - length + 1, length))
        if np.any(piece)
    ]
    return float(np.mean(scores))


def _statistics(sound: Samples, rate_hz: int) -> dict[str, Float[np.ndarray, "..."]]:
    envelopes = _cochleagram(sound / np.sqrt(np.mean(sound**2)), rate_hz)
    mean = envelopes.mean(1)
    centred = envelopes - mean[:, None]
    variance = (centred**2).mean(1)
    correlations = np.corrcoef(envelopes)
    modulations = _modulations(centred)
    within = [np.diag(np.corrcoef(band), k) for band in modulations[::3] for k in (1, 2)]
    return {
        "mean": mean,
        "variation": np.sqrt(variance) / mean,
        "skew": (centred**3).mean(1) / variance**1.5,
        "kurtosis": (centred**4).mean(1) / variance**2,
        "correlation": np.concatenate([np.diag(correlations, k) for k in OFFSETS]),
        "modulation": np.sqrt((modulations**2).mean(2) / variance),
        "modulation correlation": np.concatenate(within),
    }


def _cochleagram(sound: Samples, rate_hz: int, bands: int = 30) -> Float[np.ndarray, "band frame"]:
    spectrum = np.fft.rfft(sound)
    erb = 9.265 * np.log1p(np.fft.rfftfreq(len(sound), 1 / rate_hz) / (24.7 * 9.265))
    lowest, highest = (9.265 * math.log1p(hz / (24.7 * 9.265)) for hz in (20.0, 0.49 * rate_hz))
    centres = np.linspace(lowest, highest, bands + 2)
    frames = len(sound) * ENVELOPE_HZ // rate_hz
    rows = []
    for centre in centres[1:-1]:
        away = np.abs(erb - centre) / (centres[1] - centres[0])
        band = np.zeros(len(sound), complex)
        band[: len(spectrum)] = 2 * spectrum * np.where(away < 1, np.cos(away * np.pi / 2), 0)
        rows.append(signal.resample(np.abs(np.fft.ifft(band)) ** 0.3, frames))
    return np.maximum(rows, 0)


def _modulations(centred: Float[np.ndarray, "band frame"]) -> Float[np.ndarray, "rate band frame"]:
    spectrum = np.fft.rfft(centred, axis=1)
    rates_hz = np.fft.rfftfreq(centred.shape[1], 1 / ENVELOPE_HZ)
    away = [2 * np.abs(rates_hz - centre) / centre for centre in np.geomspace(0.5, 0.49 * ENVELOPE_HZ, 20)]
    windows = (np.where(a < 1, np.cos(a * np.pi / 2), 0) for a in away)
    return np.array([np.fft.irfft(spectrum * window, centred.shape[1], axis=1) for window in windows])
