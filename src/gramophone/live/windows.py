"""Pairs of windows whose delay is that of the shorter one, and rings of recent samples."""

import numpy as np
from jaxtyping import Float32

Samples = Float32[np.ndarray, " _"]


def window_pair(length: int, tail: int, hop: int) -> tuple[Samples, Samples]:
    """An analysis and a synthesis window; products of both, `hop` samples apart, sum to 1.

    The analysis window rises slowly and falls fast, the synthesis window is 0 but for the last `tail` samples, so
    that frequencies are resolved as by the length and the delay is that of the tail (Mauler & Martin 2007, "A low
    delay, variable resolution, perfect reconstruction spectral analysis-synthesis system for speech enhancement",
    EUSIPCO). Their product is the square of a Hann window.

    Args:
        length: of both, in samples.
        tail: where the synthesis window is not 0: even, at most `length`.
        hop: a third of the tail or less, of which it is a multiple.

    Example:
        >>> analysis, synthesis = window_pair(16, 12, 3)
        >>> int((synthesis > 0).argmax()) >= 4, bool((analysis[:4] >= 0).all())
        (True, True)
    """
    half = tail // 2
    rise = length - half
    analysis = np.empty(length)
    analysis[:rise] = 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    analysis[rise:] = 0.5 + 0.5 * np.cos(np.pi * np.arange(half) / half)
    hann = 0.5 - 0.5 * np.cos(np.pi * np.arange(tail) / half)
    product = hann**2 * hop / float(np.square(hann).sum())
    synthesis = np.zeros(length)
    inside = analysis[length - tail :]
    synthesis[length - tail :] = np.where(product > 0, product / np.maximum(inside, 1e-9), 0.0)
    return analysis.astype(np.float32), synthesis.astype(np.float32)


class Ring:
    """The most recent samples, oldest first, in memory that never grows.

    Args:
        length: number of samples that are remembered; 0 before anything came.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._memory = np.zeros(2 * length + 1, np.float32)
        self._end = length

    def push(self, new: Samples) -> None:
        """Appends samples, at most `length` at once."""
        count = len(new)
        if self._end + count > len(self._memory):
            kept = self._memory[self._end - self._length : self._end].copy()
            self._memory[: self._length] = kept
            self._end = self._length
        self._memory[self._end : self._end + count] = new
        self._end += count

    def last(self, count: int, ago: int = 0) -> Samples:
        """The `count` samples that end `ago` samples before the newest: a view until the next push."""
        stop = self._end - ago
        return self._memory[stop - count : stop]


class Queue:
    """First in, first out, of a bounded number of samples.

    Args:
        room: largest number of samples that it ever holds.
    """

    def __init__(self, room: int) -> None:
        self._memory = np.zeros(room, np.float32)
        self._count = 0

    def __len__(self) -> int:
        """Number of samples that wait."""
        return self._count

    def push(self, new: Samples) -> None:
        """Appends samples."""
        self._memory[self._count : self._count + len(new)] = new
        self._count += len(new)

    def pop(self, out: Samples) -> None:
        """Fills `out` with the oldest samples."""
        count = len(out)
        out[:] = self._memory[:count]
        self._memory[: self._count - count] = self._memory[count : self._count]
        self._count -= count


class OverlapAdd:
    """Sums frames; the oldest samples are finished as soon as no later frame can reach them.

    Args:
        length: of the frames, in samples.
        hop: between frames.
    """

    def __init__(self, length: int, hop: int) -> None:
        self._hop = hop
        self._sum = np.zeros(length, np.float32)

    def add(self, frame: Samples, out: Samples) -> None:
        """Adds a frame and writes the `hop` samples that are finished by it to `out`."""
        self._sum += frame
        hop = self._hop
        out[:] = self._sum[:hop]
        self._sum[:-hop] = self._sum[hop:]
        self._sum[-hop:] = 0.0
