"""Leak: how much of the content's own waveform is in a result. Mixing keeps words because they are the content's.

In shorter or narrower cells a partial is coherent with every other of nearly its frequency: a melody played by other
notes, which hold nothing of the content, would seem to leak by 0.2 to 0.4. Steady tones of exactly the same frequency
still do by 0.2: no measure can tell them from the content's.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Complex64

from gramophone.metrics.measure import Measure, Waveform, at_rate, check_longer, padded
from gramophone.spectral import Stft

NAME = "leak"
RATE_HZ = 22_050
N_FFT, HOP_SAMPLES = 512, 256
CELL_BINS, CELL_FRAMES = 8, 80  # 345 Hz and 0.93 s
SURROGATES, SURROGATE_BINS, SURROGATE_FRAMES = 6, 4, 26  # a partial and a note: 172 Hz and 0.3 s
SEED = 20260101
SHORTEST_S = 1.2
ALLOWED = 0.1


@dataclass(frozen=True)
class Leak:
    """The content's spectrum, and surrogates that share its notes but not its waveform.

    Attributes:
        content: STFT.
        surrogates: the same with a phase of its own for every partial of every note.
        rate_hz: of the recordings.
        samples: of the content.
    """

    content: Complex64[np.ndarray, "frequency frame"]
    surrogates: tuple[Complex64[np.ndarray, "frequency frame"], ...]
    rate_hz: int
    samples: int

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Leak":
        """Prepares a content; the style is not asked.

        Raises:
            InputError: the content is shorter than 1.2 s.
        """
        del style
        check_longer(content, rate_hz, SHORTEST_S, "content")
        spectrum, rng = _stft(content, rate_hz), np.random.default_rng(SEED)
        surrogates = tuple(_surrogate(spectrum, rng) for _ in range(SURROGATES))
        return cls(spectrum, surrogates, rate_hz, len(content))

    def measure(self, result: Waveform) -> tuple[Measure]:
        """Mean squared coherence in cells of 345 Hz and 0.93 s, less chance; 0 to 1 for the content itself.

        Chance is the coherence with surrogates of the content, which other sounds of the same pitches have, too.
        """
        ours = _stft(padded(result, self.samples), self.rate_hz)
        by_chance = float(np.mean([coherence(ours, theirs) for theirs in self.surrogates]))
        value = (coherence(ours, self.content) - by_chance) / max(1 - by_chance, 1e-6)
        reading = f"{max(0.0, value):.0%} of the content's own waveform is in the result" + (
            "" if value <= ALLOWED else ": it is partly a mix"
        )
        return (Measure(NAME, value, 0.0, reading),)


def coherence(
    result: Complex64[np.ndarray, "frequency frame"], content: Complex64[np.ndarray, "frequency frame"]
) -> float:
    """Magnitude-squared coherence in cells, weighted by the content's magnitude in them; 0 to 1."""
    cross = np.abs(_cells(result * content.conj()).sum(-1)) ** 2
    ours, theirs = (_cells(np.abs(x) ** 2).sum(-1) for x in (result, content))
    weights = np.sqrt(theirs)
    found = cross / np.maximum(ours * theirs, 1e-30)
    return float((weights * found).sum() / max(float(weights.sum()), 1e-30))


def _surrogate(
    content: Complex64[np.ndarray, "frequency frame"], rng: np.random.Generator
) -> Complex64[np.ndarray, "frequency frame"]:
    """The content turned by drawn phases, each for a block of bins and frames; the grid of blocks is drawn, too."""
    bins, frames = content.shape
    turns = rng.random((bins // SURROGATE_BINS + 2, frames // SURROGATE_FRAMES + 2))
    each = turns.repeat(SURROGATE_BINS, 0).repeat(SURROGATE_FRAMES, 1)
    first, start = rng.integers(SURROGATE_BINS), rng.integers(SURROGATE_FRAMES)
    phases = np.exp(2j * np.pi * each[first : first + bins, start : start + frames])
    return content * phases.astype(np.complex64)


def _cells(values: np.ndarray) -> np.ndarray:
    bins, frames = (size // cell * cell for size, cell in zip(values.shape, (CELL_BINS, CELL_FRAMES), strict=True))
    cut = values[:bins, :frames].reshape(bins // CELL_BINS, CELL_BINS, frames // CELL_FRAMES, CELL_FRAMES)
    return cut.transpose(0, 2, 1, 3).reshape(bins // CELL_BINS, frames // CELL_FRAMES, -1)


def _stft(waveform: Waveform, rate_hz: int) -> Complex64[np.ndarray, "frequency frame"]:
    return Stft(N_FFT, HOP_SAMPLES).forward(torch.from_numpy(at_rate(waveform, rate_hz, RATE_HZ).copy())).numpy()
