"""Squared distance of the Gram matrices of a layer's features from those of styles, with its gradient.

For features `F` of `C` channels at `n` positions, `G = F F^T / n`, and a weighted mean `G*` of styles `S_i`,

    ||G - G*||^2 = <G, G> - 2 <G, G*> + <G*, G*>,   <F F^T, S S^T> = ||F^T S||^2,

so that no matrix of all pairs of channels is needed: what has fewer positions than channels is compared by pairs of
positions, which for thousands of filters is several times as fast.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.gemm import inner_products
from gramophone.statistics.patch_distance import with_gradient


class GramTarget:
    """The weighted mean `G*` of the Gram matrices of styles, for one layer.

    Args:
        styles: features of each style, all with the same channels.
        weights: weight of each style, summing to 1.
    """

    def __init__(self, styles: Sequence[Float[Tensor, "*batch channel _"]], weights: Sequence[float]) -> None:
        self._styles, self._weights = styles, weights
        self._count = sum(one.shape[-1] for one in styles)

    @cached_property
    def energy(self) -> Float[Tensor, ""]:
        """`||G*||^2` in double precision."""
        if self._count >= self._styles[0].shape[-2]:
            return _energy(self._matrix)
        squares, q = _products(self._rows, self._rows).square_().double(), self._row_weights
        return (squares @ q @ q).sum()

    def distance(self, features: Float[Tensor, "*batch channel _"]) -> Float[Tensor, ""]:
        """`||G - G*||^2` of the Gram matrix of features in double precision, differentiable once.

        A line search has to see steps that change it by less than single precision resolves.

        Args:
            features: of the result, at any number of positions.
        """
        channels, count = features.shape[-2:]
        by_positions = features.dim() == 2 and count + self._count < channels
        return with_gradient(self._by_positions if by_positions else self._by_channels, features)

    @cached_property
    def _matrix(self) -> Float[Tensor, "*batch channel channel"]:
        each = zip(self._styles, self._weights, strict=True)
        return torch.stack([_products(x, x).div_(x.shape[-1]).mul_(w) for x, w in each]).sum(0)

    @cached_property
    def _rows(self) -> Float[Tensor, "*batch position channel"]:
        """Features of all styles at all positions, unscaled: they are rounded as those of a result are."""
        return torch.cat([x.mT for x in self._styles], -2).contiguous()

    @cached_property
    def _row_weights(self) -> Float[Tensor, " position"]:
        """What each position of a style counts in `G*`, in double precision."""
        each = zip(self._styles, self._weights, strict=True)
        counted = [torch.full((x.shape[-1],), w / x.shape[-1], dtype=torch.float64) for x, w in each]
        return torch.cat(counted).to(self._styles[0].device)

    def _by_channels(self, x: Tensor) -> tuple[Tensor, Tensor]:
        count = x.shape[-1]
        difference = _products(x, x).div_(count).sub_(self._matrix)
        return _energy(difference), _products(difference, x.mT).mul_(4 / count)

    def _by_positions(self, x: Tensor) -> tuple[Tensor, Tensor]:
        count, rows = x.shape[-1], x.T.contiguous()
        own, crossed = inner_products(rows, rows), inner_products(rows, self._rows)
        shared = crossed.square().sum(0, dtype=torch.float64) @ self._row_weights
        value = _energy(own) / count**2 - 2 * shared / count + self.energy
        gradient = inner_products(own, x).mul_(4 / count**2)
        gradient -= inner_products(crossed.mul_(self._row_weights), self._rows.T).mul_(4 / count)
        return value, gradient.T


def gram_distances(
    layers: Sequence[Sequence[Float[Tensor, "..."]]],
    weights: Sequence[float],
    layer_weights: Sequence[float] | None = None,
    *,
    is_relative: bool = True,
) -> Callable[[Sequence[Tensor]], Float[Tensor, ""]]:
    """Weighted mean over layers of `||G - G*||^2 / ||G*||^2`, as a function of the layers' features.

    Args:
        layers: for each layer the features of every style.
        weights: weight of each style, summing to 1.
        layer_weights: weight of each layer, equal by default.
        is_relative: False for the mean of the plain squared distances.
    """
    layer_weights = layer_weights or [1.0] * len(layers)
    targets = [GramTarget(styles, weights) for styles in layers]
    tiny = torch.finfo(layers[0][0].dtype).tiny
    norms = [max(float(target.energy), tiny) if is_relative else 1.0 for target in targets]
    scales = [weight / sum(layer_weights) / norm for weight, norm in zip(layer_weights, norms, strict=True)]

    def distance(features: Sequence[Tensor]) -> Tensor:
        each = zip(features, targets, scales, strict=True)
        return torch.stack([scale * target.distance(layer) for layer, target, scale in each]).sum()

    return distance


def _products(x: Float[Tensor, "*batch row inner"], y: Float[Tensor, "*batch column inner"]) -> Tensor:
    """`x y^T` of each entry of the batch, in a new array."""
    return inner_products(x, y) if x.dim() == 2 else x @ y.mT


def _energy(x: Tensor) -> Float[Tensor, ""]:
    """Sum of squares; the differences of such sums are small, and need double precision."""
    return x.square().sum(dtype=torch.float64)
