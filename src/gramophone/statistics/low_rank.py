"""Low-rank factors of positive semidefinite matrices that are never formed."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def pivoted_cholesky(
    column: Callable[[int], Float[Tensor, " row"]],
    diagonal: Float[Tensor, " row"],
    rank: int,
    tolerance: float = 1e-4,
) -> Float[Tensor, "row rank"]:
    """`L` with `L L^T` near the matrix (Harbrecht, Peters & Schneider 2012): greedy, by its largest remainder.

    The remainder `A - L L^T` is positive semidefinite, so its trace bounds the error in every norm.

    Args:
        column: gives one column of the matrix.
        diagonal: of the matrix, not negative.
        rank: columns at most.
        tolerance: stops when the remainder's trace is below this share of the matrix's.

    Returns:
        Factors with at least one and at most `rank` columns.
    """
    remainder = diagonal.double().clone()
    whole = float(remainder.sum())
    factors = remainder.new_zeros(len(remainder), min(rank, len(remainder)))
    used = 0
    for place in range(factors.shape[1]):
        pivot = int(remainder.argmax())
        largest = float(remainder[pivot])
        if place and (largest <= 0 or float(remainder.sum()) < tolerance * whole):
            break
        known = factors[:, :place] @ factors[pivot, :place]
        factors[:, place] = (column(pivot).double() - known) / max(largest, torch.finfo(torch.float64).tiny) ** 0.5
        remainder = (remainder - factors[:, place].square()).clamp_min_(0)
        remainder[pivot] = 0
        used = place + 1
    return factors[:, :used].to(diagonal.dtype)
