"""Does anything come back? The largest correlation between any two half-second pieces, at any lag."""

from pathlib import Path

import numpy as np
import scipy.fft
from jaxtyping import Float

from gramophone.audio import load

RATE_HZ = 8_000
PIECE_S = 0.5


def rows(style: Path, out: Path, length_s: float) -> list[str]:
    """A result of that length beside its style, and beside noise with the result's long-term spectrum.

    The more pairs there are, the higher the largest of their correlations: the noise says how high by chance.
    """
    result = load(out).trimmed(length_s).mono().resampled(RATE_HZ).samples[0]
    own = load(style).mono().resampled(RATE_HZ).samples[0]
    noise = _shaped_noise(result, seed=0)
    return [
        f"| result, {length_s:g} s | {_largest(result):.3f} |",
        f"| noise of the same spectrum and length | {_largest(noise):.3f} |",
        f"| the style itself, {len(own) / RATE_HZ:.1f} s | {_largest(own):.3f} |",
        f"| result against the style | {_largest(result, own):.3f} |",
    ]


def _largest(signal: Float[np.ndarray, " sample"], other: Float[np.ndarray, " _"] | None = None) -> float:
    """Largest normalised correlation of pieces of the signal with any later, or the other's, stretch."""
    piece = round(PIECE_S * RATE_HZ)
    searched = signal if other is None else other
    size = scipy.fft.next_fast_len(len(searched) + piece, real=True)
    spectrum = scipy.fft.rfft(searched, size)
    squares = np.concatenate([[0.0], np.cumsum(searched.astype(np.float64) ** 2)])
    norms = np.sqrt(np.maximum(squares[piece:] - squares[:-piece], 1e-12))
    largest = 0.0
    for start in range(0, len(signal) - piece + 1, piece):
        cut = signal[start : start + piece]
        found = scipy.fft.irfft(spectrum * np.conj(scipy.fft.rfft(cut, size)), size)[: len(norms)]
        found = np.abs(found) / (norms * np.linalg.norm(cut) + 1e-12)
        if other is None:
            found = found[start + piece :]  # later ones: every pair once, none with itself
        largest = max(largest, float(found.max(initial=0.0)))
    return largest


def _shaped_noise(signal: Float[np.ndarray, " sample"], seed: int) -> Float[np.ndarray, " sample"]:
    spectrum = scipy.fft.rfft(signal)
    turns = np.exp(2j * np.pi * np.random.default_rng(seed).random(len(spectrum)))
    return np.asarray(scipy.fft.irfft(spectrum * turns, len(signal)), dtype=np.float32)
