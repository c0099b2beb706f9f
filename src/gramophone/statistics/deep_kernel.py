"""Style distance of a random network of several layers, each with infinitely many filters.

The recursion of wide convolutional networks: with `K_0[t, s] = x_t . y_s`, a layer of `w` frames has patches whose
inner products are box sums along diagonals, `P[t, s] = sum_{j < w} K[t + j, s + j]`, and features whose inner
products are their arc-cosine kernel, `K = k(P)` [1, section 2.3, for patches]. The style statistics are those of the
last layer. A single layer gives the distance of `style_distance`.

[1] Y. Cho, L. K. Saul, "Kernel methods for deep learning", NeurIPS 2009.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.addition_chain import addition_chain
from gramophone.statistics.arc_cosine import kernel


def layer_widths(span: int, depth: int) -> tuple[int, ...]:
    """Widths of `depth` layers with a receptive field of `span` frames, as equal as possible, wider ones first."""
    return tuple(1 + (span - 1 + depth - 1 - layer) // depth for layer in range(depth))


def deep_energy(
    x: Float[Tensor, "feature frame"], y: Float[Tensor, "feature _"], widths: Sequence[int]
) -> Float[Tensor, ""]:
    """`mean_ts K(t, s)^2` of the last layer's features: the inner product of two Gram matrices; differentiable once.

    Memory: some arrays of all pairs of frames.

    Args:
        x: frames of one sound, at least as many as the receptive field.
        y: frames of another sound, likewise.
        widths: width of each layer in frames, first layer first.
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
    for step in addition_chain([span]):
        height, width = rows - step.span + 1, columns - step.span + 1
        later = sums[step.upper][step.lower : step.lower + height, step.lower : step.lower + width]
        sums[step.span] = sums[step.lower][:height, :width] + later
    return sums[span]
