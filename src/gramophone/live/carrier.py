"""The style as an endless carrier: excerpts of itself with its own phase, joined at random."""

import numpy as np
import torch

from gramophone.live.windows import Samples
from gramophone.synthesis.carrier_stage import with_own_phase

FADE_S = 0.05
SHORTEST_S, LONGEST_S = 0.15, 0.5
SMALLEST_LEVEL = 1e-9


def unit_level(style: Samples) -> Samples:
    """The style at the level 1 (root mean square)."""
    return (style / max(float(np.sqrt(np.mean(np.square(style, dtype=np.float64)))), SMALLEST_LEVEL)).astype(
        np.float32
    )


def own_phase(style: Samples, rate_hz: int, seed: int) -> Samples:
    """The style with a reconstructed phase: the same sound, and no excerpt of it (see `carrier_stage`)."""
    found = with_own_phase(torch.from_numpy(style[None]), rate_hz, seed)
    return unit_level(found[0].numpy())


def tiled(style: Samples, samples: int) -> Samples:
    """As often as it takes to be as long as asked for; longer styles stay as they are."""
    return np.tile(style, -(-samples // len(style))) if len(style) < samples else style


class EndlessCarrier:
    """Excerpts of 0.15 to 0.5 s that fade into each other with constant power.

    Args:
        style: at the level 1.
        rate_hz: of the style.
        seed: of the places and lengths of the excerpts.
    """

    def __init__(self, style: Samples, rate_hz: int, seed: int) -> None:
        self._fade = round(FADE_S * rate_hz)
        self._style = tiled(style, round(2 * SHORTEST_S * rate_hz) + 2 * self._fade)
        self._rng = np.random.default_rng([seed, 1])
        self._lengths = round(SHORTEST_S * rate_hz), round(LONGEST_S * rate_hz)
        angle = (np.arange(self._fade) + 0.5) / self._fade * (np.pi / 2)
        self._rising, self._falling = np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)
        self._piece = np.empty(self._lengths[1] + self._fade, np.float32)
        self._tail = np.zeros(self._fade, np.float32)
        self._at = self._length = 0

    def read(self, out: Samples) -> None:
        """Fills `out` with what comes next."""
        done = 0
        while done < len(out):
            if self._at == self._length:
                self._join()
            count = min(self._length - self._at, len(out) - done)
            out[done : done + count] = self._piece[self._at : self._at + count]
            self._at, done = self._at + count, done + count

    def _join(self) -> None:
        """Lays out the next excerpt: what fades in is over the end of the one before."""
        shortest, longest = self._lengths
        longest = min(longest, len(self._style) - self._fade)
        self._length = int(self._rng.integers(shortest, longest + 1))
        start = int(self._rng.integers(0, len(self._style) - self._length - self._fade + 1))
        end = self._length + self._fade
        self._piece[:end] = self._style[start : start + end]
        self._piece[: self._fade] *= self._rising
        self._piece[: self._fade] += self._tail
        self._tail[:] = self._piece[self._length : end] * self._falling
        self._at = 0
