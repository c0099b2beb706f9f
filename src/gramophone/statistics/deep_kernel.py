"""Style distance of a random network of several layers, each with infinitely many filters.

The recursion of wide convolutional networks: with `K_0[t, s] = x_t . y_s`, a layer of `w` frames has patches whose
inner products are box sums along diagonals, `P[t, s] = sum_{j < w} K[t + j, s + j]`, and features whose inner
products are their arc-cosine kernel, `K = k(P)` (Cho & Saul 2009, section 2.3, for patches). Only the last layer's
features make the style. A single layer gives the distance of `style_distance`.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import ladder
from gramophone.statistics.arc_cosine import kernel


def shared_out(span: int, depth: int) -> tuple[int, ...]:
    """Widths of `depth` layers that together see `span` frames, as equal as can be, the wider ones first."""
    return tuple(1 + (span - 1 + depth - 1 - layer) // depth for layer in range(depth))


def deep_energy(
    x: Float[Tensor, "feature frame"], y: Float[Tensor, "feature _"], widths: Sequence[int]
) -> Float[Tensor, ""]:
    """`mean_ts K(t, s)^2` of the last layer's features: the inner product of two Gram matrices; differentiable once.

    Memory: some arrays of all pairs of frames.

    Args:
        x: features of the input, at least as many frames as the layers see together.
        y: the same of the other sound.
        widths: of the layers in frames, the first layer first.
    """
    inner = x.T @ y
    own, other = (frames.square().sum(0) for frames in (x, y))
    least = torch.finfo(x.dtype).tiny
    for width in widths:
        inner = diagonal_sums(inner, width)
        own, other = (energies.unfold(0, width, 1).sum(1) for energies in (own, other))
        # The square root's gradient is infinite at 0.
        norms = own.clamp_min(least).sqrt(), other.clamp_min(least).sqrt()
        inner = kernel(inner, norms[0][:, None], norms[1][None])
        own, other = own / 2, other / 2  # k(p, p)
    return inner.square().mean()


def diagonal_sums(pairs: Float[Tensor, "row column"], span: int) -> Float[Tensor, "_ _"]:
    """`sum_{j < span} pairs[t + j, s + j]`, differentiable."""
    rows, columns = pairs.shape
    sums = {1: pairs}
    for rung in ladder([span]):
        height, width = rows - rung.span + 1, columns - rung.span + 1
        later = sums[rung.upper][rung.lower : rung.lower + height, rung.lower : rung.lower + width]
        sums[rung.span] = sums[rung.lower][:height, :width] + later
    return sums[span]
