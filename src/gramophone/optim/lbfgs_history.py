"""Inverse Hessian approximations of L-BFGS for a batch of independent problems.

The compact representation [1, eq. 3.1] of the two-loop recursion [2, algorithm 7.4]: two passes over all pairs at
once instead of four over each.

[1] R. H. Byrd, J. Nocedal, R. B. Schnabel, "Representations of quasi-Newton matrices and their use in limited memory
    methods", 1994.
[2] J. Nocedal, S. J. Wright, "Numerical optimization", 2006.
"""

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

LEAST_CURVATURE = 1e-10
BLOCK = 1024  # products summed in single precision; sums of blocks need double precision


class LbfgsHistory:
    """Last steps and gradient changes of every item, in a ring buffer.

    Args:
        history: number of pairs that are kept.
        like: variables of all items.

    Attributes:
        _pairs: steps and gradient changes, in blocks of numbers.
        _crossed: inner products of steps and changes; only those of steps not newer than the change are used.
        _changes: inner products of changes.
        _next: index of the oldest pair, which is overwritten next.
        _unit: scale of the initial inverse Hessian.
    """

    def __init__(self, history: int, like: Float[Tensor, "item number"]) -> None:
        items, self._numbers = like.shape
        self._history = history
        self._pairs = like.new_zeros(items, -(-self._numbers // BLOCK), 2 * history, BLOCK)
        self._crossed = like.new_zeros(items, history, history, dtype=torch.float64)
        self._changes = torch.zeros_like(self._crossed)
        self._next = torch.zeros(items, dtype=torch.int64, device=like.device)
        self._unit = like.new_ones(items, dtype=torch.float64)
        self._places = torch.arange(history, device=like.device)

    def times(
        self, gradient: Float[Tensor, "item number"], move: Tensor, change: Tensor, where: Bool[Tensor, " item"]
    ) -> Float[Tensor, "item number"]:
        """Approximate inverse Hessian times the gradient.

        Args:
            gradient: gradient of every item.
            move: last step of every item.
            change: change of the gradient on that step.
            where: items whose pair is kept, if its curvature is positive.
        """
        curvature = dot(move, change)
        where = where & (curvature > LEAST_CURVATURE)
        moves, changes = self._blocks(move), self._blocks(change)
        self._write(torch.cat([moves, changes], 2), where)
        products = self._products(torch.cat([changes, self._blocks(gradient)], 2))
        self._cross(products[:, :, 0], where)
        self._unit = torch.where(where, curvature / dot(change, change), self._unit)
        self._next = torch.where(where, (self._next + 1) % self._history, self._next)
        coefficients = self._coefficients(products[:, :, 1]).to(gradient)
        found = (coefficients[:, None, None] @ self._pairs).reshape(len(gradient), -1)[:, : self._numbers]
        return found.addcmul(self._unit[:, None].to(gradient), gradient)

    def _blocks(self, vector: Float[Tensor, "item number"]) -> Float[Tensor, "item block 1 width"]:
        padded = torch.nn.functional.pad(vector, (0, self._pairs.shape[1] * BLOCK - self._numbers))
        return padded.reshape(len(vector), -1, 1, BLOCK)

    def _write(self, pair: Float[Tensor, "item block 2 width"], where: Bool[Tensor, " item"]) -> None:
        places = torch.stack([self._next, self._next + self._history], 1)[:, None, :, None].expand_as(pair)
        kept = self._pairs.gather(2, places)
        self._pairs.scatter_(2, places, torch.where(where[:, None, None, None], pair, kept))

    def _products(self, vectors: Float[Tensor, "item block vector width"]) -> Float64[Tensor, "item pair vector"]:
        """Inner products of all pairs with vectors; blocks are summed in double precision."""
        return (self._pairs @ vectors.mT).sum(1, dtype=torch.float64)

    def _cross(self, products: Float64[Tensor, "item pair"], where: Bool[Tensor, " item"]) -> None:
        here = (self._places == self._next[:, None]) & where[:, None]
        crossed, changes = products.chunk(2, 1)
        self._crossed = torch.where(here[:, None], crossed[:, :, None], self._crossed)
        self._changes = torch.where(here[:, None], changes[:, :, None], self._changes)
        self._changes = torch.where(here[:, :, None], changes[:, None], self._changes)

    def _coefficients(self, products: Float64[Tensor, "item pair"]) -> Float64[Tensor, "item pair"]:
        """Coefficient of every pair, from its inner products with the gradient."""
        by_age = (self._next[:, None] + self._places) % self._history
        rows, columns = by_age[:, :, None].expand_as(self._crossed), by_age[:, None].expand_as(self._crossed)
        crossed, changes = (part.gather(1, rows).gather(2, columns) for part in (self._crossed, self._changes))
        moved, changed = (part.gather(1, by_age)[..., None] for part in products.chunk(2, 1))
        diagonal, unit = crossed.diagonal(dim1=1, dim2=2), self._unit[:, None, None]
        # Rows without a pair are 0; a 1 on the diagonal keeps their solution 0.
        triangle = crossed.triu() + (diagonal == 0).double().diag_embed()
        first = torch.linalg.solve_triangular(triangle, moved, upper=True)
        other = diagonal[..., None] * first + unit * (changes @ first - changed)
        other = torch.linalg.solve_triangular(triangle.mT, other, upper=False)
        back = by_age.argsort(1)
        return torch.cat([other[..., 0].gather(1, back), -(unit * first)[..., 0].gather(1, back)], 1)


def dot(one: Float[Tensor, "item number"], other: Float[Tensor, "item number"]) -> Float64[Tensor, " item"]:
    """Inner product of each item's vectors, summed in double precision."""
    return (one * other).sum(1, dtype=torch.float64)
