"""Mean squared arc-cosine kernels between pieces of sound; see `statistics.herding`."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.arc_cosine import kernel

STRIP_PAIRS = 1 << 20


def piece_gram(patches: Float[Tensor, "piece patch value"]) -> Float[Tensor, "piece piece"]:
    """`G[i, j] = mean_ts k(p_it, p_js)^2`, the squared kernel averaged over all pairs of patches of two pieces.

    Memory: `STRIP_PAIRS` pairs at a time, and no pair is computed twice.

    Returns:
        Symmetric, float64; 0 in the rows of silent pieces.
    """
    pieces, each, _ = patches.shape
    flat = patches.flatten(0, 1)
    norms = flat.double().square().sum(1).sqrt().to(flat.dtype)
    gram = flat.new_zeros((pieces, pieces), dtype=torch.float64)
    height = max(1, STRIP_PAIRS // (each * len(flat)))
    for start in range(0, pieces, height):
        stop = min(start + height, pieces)
        rows, columns = slice(start * each, stop * each), slice(start * each, None)
        squares = kernel(flat[rows] @ flat[columns].T, norms[rows, None], norms[None, columns]).square()
        means = squares.reshape(stop - start, each, pieces - start, each).mean((1, 3), dtype=torch.float64)
        gram[start:stop, start:] = means
        gram[start:, start:stop] = means.T
    return gram
