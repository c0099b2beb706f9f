"""What comes in as one channel without an offset: cheap interfaces add one, and wires may be swapped."""

import numpy as np
from jaxtyping import Float32, Shaped

MEMORY_S = 0.2
SURE = 0.3  # of the memory that is filled, before which a low tone could be taken for an offset
OFFSET = 0.01  # power of an offset, relative to the rest, below which it changes nothing
CANCELLED = 0.01  # power of the mean of the channels, relative to theirs, below which they cancel


class Incoming:
    """Mixes blocks down, and removes an offset that is loud enough to matter.

    Args:
        rate_hz: sample rate in Hz.

    Example:
        >>> voice = np.sin(np.arange(4800, dtype=np.float32))
        >>> incoming = Incoming(48_000)
        >>> taken = incoming.without_offset(incoming.take(np.stack([voice, -voice]) + np.float32(0.1)))
        >>> bool(np.abs(taken[-480:]).max() > 0.9), bool(abs(taken[-480:].mean()) < 0.05)
        (True, True)
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._weight = 0.0  # of what the means are of: grows to 1
        self._mean = self._power = 0.0
        self._removed = 0.0
        self._powers = np.zeros(2)  # of the mean of the channels, and of the channels

    def take(self, block: Shaped[np.ndarray, "*channels sample"]) -> Float32[np.ndarray, " sample"]:
        """One channel of a block `[sample]` or `[channel, sample]`; samples that are no numbers are passed on."""
        samples = block.astype(np.float32)
        return samples if samples.ndim == 1 else self._mixed(samples)

    def without_offset(self, mono: Float32[np.ndarray, " sample"]) -> Float32[np.ndarray, " sample"]:
        """Removes an offset that is loud enough to matter; samples without one are returned as they are."""
        kept = self._kept(len(mono))
        self._weight = kept * self._weight + 1 - kept
        self._mean = kept * self._mean + (1 - kept) * float(mono.mean())
        self._power = kept * self._power + (1 - kept) * float(np.square(mono).mean())
        mean, power = self._mean / self._weight, self._power / self._weight
        is_offset = self._weight > SURE and mean**2 > OFFSET * max(power - mean**2, 0.0)
        wanted = mean if is_offset else 0.0
        before, self._removed = self._removed, wanted
        if before == wanted == 0:
            return mono
        return mono - np.linspace(before, wanted, len(mono), dtype=np.float32)

    def _mixed(self, block: Float32[np.ndarray, "channel sample"]) -> Float32[np.ndarray, " sample"]:
        """Mean of the channels, or the first one while they cancel one another."""
        mean = block.mean(0)
        steady = block - block.mean(1, keepdims=True)
        powers = np.array([np.square(steady.mean(0)).mean(), np.square(steady).mean()])
        if not np.isfinite(powers).all():
            return mean
        kept = self._kept(block.shape[1])
        self._powers = kept * self._powers + (1 - kept) * powers
        return block[0].copy() if self._powers[0] < CANCELLED * self._powers[1] else mean

    def _kept(self, samples: int) -> float:
        return float(np.exp(-samples / (MEMORY_S * self._rate_hz)))
