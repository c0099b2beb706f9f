"""Long recordings in blocks that overlap by a window: the result is that of the whole, in a bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.rivals.waveforms import Waveform
from gramophone.spectral import Stft

BLOCK_SAMPLES = 1 << 20


@dataclass(frozen=True)
class Block:
    """A part of a recording, in samples.

    Attributes:
        start: first sample that is kept, a multiple of the hop.
        stop: the sample after the last that is kept.
        left: first sample that is read.
        right: the sample after the last that is read.
        frames: the frames of what is read that are centred on what is kept.
    """

    start: int
    stop: int
    left: int
    right: int
    frames: slice

    def read(self, waveform: Waveform) -> Float[Tensor, "channel _"]:
        """What is read of a recording."""
        return waveform[:, self.left : self.right]

    def kept(self, result: Float[Tensor, "channel _"]) -> Float[Tensor, "channel _"]:
        """What is kept of the result for what was read."""
        return result[:, self.start - self.left : self.stop - self.left]


def blocks(samples: int, stft: Stft, block_samples: int = BLOCK_SAMPLES) -> list[Block]:
    """The blocks of a recording, each with a window more on both sides.

    Args:
        samples: length of the recording.
        stft: whose window is a whole number of hops.
        block_samples: how long blocks are at most, rounded to a hop.
    """
    hop = stft.hop_samples
    size = max(1, block_samples // hop) * hop
    found = []
    for start in range(0, samples, size):
        stop = min(samples, start + size)
        left, right = max(0, start - stft.n_fft), min(samples, stop + stft.n_fft)
        first = (start - left) // hop
        after = None if stop == samples else first + (stop - start) // hop
        found.append(Block(start, stop, left, right, slice(first, after)))
    return found


def mean_over_time(
    parts: list[Block], values: Callable[[Block], Float[Tensor, "*batch frame"]]
) -> Float[Tensor, "*batch 1"]:
    """The mean of what is measured in every frame, block by block.

    Args:
        parts: all blocks of a recording.
        values: measures every frame of what a block reads.
    """
    totals, count = [], 0
    for part in parts:
        measured = values(part)[..., part.frames]
        totals.append(measured.sum(-1, keepdim=True, dtype=torch.float64))
        count += measured.shape[-1]
    return (torch.stack(totals).sum(0) / count).float()


def rendered(
    parts: list[Block], like: Waveform, render: Callable[[Block], Float[Tensor, "channel _"]]
) -> Iterator[Waveform]:
    """The waveform after every block; what is to come is silent.

    Args:
        parts: all blocks of a recording.
        like: has the shape of the result.
        render: makes the result for what a block reads.
    """
    result = torch.zeros_like(like)
    for part in parts:
        result[:, part.start : part.stop] = part.kept(render(part))
        yield result
