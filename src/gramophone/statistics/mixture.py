"""Statistics of a weighted mixture of styles, and distances relative to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


def squared_norm(target: Tensor) -> float:
    """`||x||^2`, at least the smallest positive number of the type, so that it can divide."""
    return max(float(target.square().sum()), torch.finfo(target.dtype).tiny)


def relative_distance(x: Float[Tensor, "*shape"], target: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
    """`||x - x*||^2 / ||x*||^2`: 0 at the target, 1 at zero."""
    return (x - target).square().sum() / target.square().sum().clamp_min(torch.finfo(x.dtype).tiny)


class RelativeDistance:
    """Weighted mean over layers of `||x - x*||^2 / ||x*||^2`.

    Args:
        targets: `x*` of each layer.
        weights: weight of each layer; equal by default.
        is_relative: False for the plain squared distance `||x - x*||^2`.
    """

    def __init__(
        self, targets: Sequence[Tensor], weights: Sequence[float] | None = None, *, is_relative: bool = True
    ) -> None:
        self._targets = tuple(targets)
        self._weights = tuple(weights or [1.0] * len(targets))
        self._norms = tuple(squared_norm(target) if is_relative else 1.0 for target in targets)

    def __call__(self, layers: Sequence[Tensor]) -> Float[Tensor, ""]:
        """The distance of the layers' values `x`."""
        each = zip(layers, self._targets, self._norms, self._weights, strict=True)
        distances = [weight * (x - target).square().sum() / norm for x, target, norm, weight in each]
        return torch.stack(distances).sum() / sum(self._weights)


@dataclass(frozen=True)
class EnergyTarget:
    """Relative squared distance of Gram matrices from their inner products alone, without the matrices.

    `||G - G*||^2 / ||G*||^2 = (E(x, x) - 2 sum_i w_i E(x, y_i)) / e + 1` with `e = sum_ij w_i w_j E(y_i, y_j)`.

    Attributes:
        energy: `E`, the inner product of two Gram matrices.
        styles: features `y_i` of the styles.
        weights: weight `w_i` of each style, summing to 1.
        norm: `e`, the energy of the mixture.
    """

    energy: Energy
    styles: tuple[Tensor, ...]
    weights: tuple[float, ...]
    norm: float

    @classmethod
    def of(cls, energy: Energy, styles: Sequence[Tensor], weights: Sequence[float]) -> "EnergyTarget":
        """Target for a mixture of styles."""
        with torch.no_grad():
            norm = mixture_energy(lambda p, q: float(energy(p, q)), styles, weights)
        return cls(energy, tuple(styles), tuple(weights), norm)

    def distance(self, x: Tensor) -> Float[Tensor, ""]:
        """The distance of features `x`."""
        crossed = [self.energy(x, style) * weight for style, weight in zip(self.styles, self.weights, strict=True)]
        total = self.energy(x, x) - 2 * torch.stack(crossed).sum() + self.norm
        return total / max(self.norm, 1e-30)


def mixture_energy(
    energy: Callable[[Tensor, Tensor], float], styles: Sequence[Tensor], weights: Sequence[float]
) -> float:
    """`sum_ij w_i w_j E(y_i, y_j)`."""
    pairs = list(zip(styles, weights, strict=True))
    return sum(a * b * energy(p, q) for p, a in pairs for q, b in pairs)
