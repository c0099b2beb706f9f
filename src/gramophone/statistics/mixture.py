"""Statistics of a weighted mixture of styles, and distances relative to them."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Inexact
from torch import Tensor

Energy = Callable[[Tensor, Tensor], Float[Tensor, ""]]
"""`E(x, y)`: the inner product of the Gram matrices of two sounds' features."""


def normalised(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights scaled to sum 1.

    Raises:
        ValueError: a weight is negative, or all are zero.
    """
    total = float(sum(weights))
    if not total > 0 or min(weights) < 0:
        raise ValueError(f"weights must not be negative and must not all be zero, not {list(weights)}")
    return tuple(float(weight) / total for weight in weights)


def weighted_sum(values: Sequence[Inexact[Tensor, "*shape"]], weights: Sequence[float]) -> Inexact[Tensor, "*shape"]:
    """`sum_i w_i v_i`."""
    return torch.stack([value * weight for value, weight in zip(values, weights, strict=True)]).sum(0)


def relative_distance(x: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
    """`||x - x*||^2 / ||x*||^2`: 0 at the target, 1 at zero."""
    return (x - target).square().sum() / target.square().sum().clamp_min(torch.finfo(x.dtype).tiny)


def relative_distances(
    targets: Sequence[Tensor], weights: Sequence[float] | None = None, *, is_relative: bool = True
) -> Callable[[Sequence[Tensor]], Float[Tensor, ""]]:
    """Weighted mean over layers of `||x - x*||^2 / ||x*||^2`, as a function of the layers' values `x`.

    With `is_relative` false the mean is that of the plain squared distances; weights are equal by default.
    """
    weights = weights or [1.0] * len(targets)
    tiny = torch.finfo(targets[0].dtype).tiny
    norms = [max(float(target.square().sum()), tiny) if is_relative else 1.0 for target in targets]

    def distance(layers: Sequence[Tensor]) -> Tensor:
        each = zip(layers, targets, norms, weights, strict=True)
        return torch.stack([w * (x - target).square().sum() / norm for x, target, norm, w in each]).sum() / sum(
            weights
        )

    return distance


def energy_distance(
    energy: Energy, styles: Sequence[Tensor], weights: Sequence[float]
) -> Callable[[Tensor], Float[Tensor, ""]]:
    """`||G - G*||^2 / ||G*||^2` as a function of features, from inner products of Gram matrices without the matrices.

    `(E(x, x) - 2 sum_i w_i E(x, y_i)) / e + 1` with `e = sum_ij w_i w_j E(y_i, y_j)`, for styles with features `y_i`
    and weights `w_i` summing to 1.
    """
    with torch.no_grad():
        norm = mixture_energy(lambda p, q: float(energy(p, q)), styles, weights)

    def distance(x: Tensor) -> Tensor:
        crossed = weighted_sum([energy(x, style) for style in styles], weights)
        return (energy(x, x) - 2 * crossed + norm) / max(norm, 1e-30)

    return distance


def mixture_energy(
    energy: Callable[[Tensor, Tensor], float], styles: Sequence[Tensor], weights: Sequence[float]
) -> float:
    """`sum_ij w_i w_j E(y_i, y_j)`."""
    pairs = list(zip(styles, weights, strict=True))
    return sum(a * b * energy(p, q) for p, a in pairs for q, b in pairs)
