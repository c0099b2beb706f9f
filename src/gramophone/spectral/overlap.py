"""Overlap-add of frames."""

import math

from jaxtyping import Float
from torch import Tensor


def overlap_add(frames: Float[Tensor, "*batch frame n_fft"], hop_samples: int) -> Float[Tensor, "*batch sample"]:
    """Sum of the frames, each a hop after the one before; at least as long as they all."""
    *batch, count, n_fft = frames.shape
    pieces = math.ceil(n_fft / hop_samples)
    total = frames.new_zeros(*batch, count + pieces - 1, hop_samples)
    for piece in range(pieces):
        part = frames[..., piece * hop_samples : (piece + 1) * hop_samples]
        total[..., piece : piece + count, : part.shape[-1]] += part
    return total.flatten(-2)
