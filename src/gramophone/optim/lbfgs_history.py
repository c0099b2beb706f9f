"""What L-BFGS knows of the curvature of many independent problems, as a product with their gradients.

The compact form of what two loops over the pairs compute (Nocedal & Wright 2006, algorithm 7.4): two passes over all
pairs at once instead of four over each (Byrd, Nocedal & Schnabel 1994, "Representations of quasi-Newton matrices and
their use in limited memory methods", equation 3.1).
"""

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

LEAST_CURVATURE = 1e-10
BLOCK = 1024  # numbers whose products are summed in single precision, which is not enough for all


class LbfgsHistory:
    """The last steps and changes of gradient of every item, in a circle of its own.

    Args:
        history: how many are kept.
        like: the variables.

    Attributes:
        _pairs: in each block of numbers, steps and below them changes of gradient.
        _crossed: steps times changes, in which only steps not newer than the change are of use.
        _changes: changes times changes.
        _next: the oldest place, which is written to next.
        _unit: scale of the first guess at the inverse Hessian.
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
        """The approximate inverse Hessian times a gradient.

        Args:
            gradient: of every item.
            move: the last step.
            change: of the gradient on it.
            where: the two are kept, if their curvature is positive.
        """
        curvature = dot(move, change)
        where = where & (curvature > LEAST_CURVATURE)
        moves, changes = self._blocks(move), self._blocks(change)
        self._write(torch.cat([moves, changes], 2), where)
        products = self._products(torch.cat([changes, self._blocks(gradient)], 2))
        self._cross(products[:, :, 0], where)
        self._unit = torch.where(where, curvature / dot(change, change), self._unit)
        self._next = torch.where(where, (self._next + 1) % self._history, self._next)
        shares = self._shares(products[:, :, 1]).to(gradient)
        found = (shares[:, None, None] @ self._pairs).reshape(len(gradient), -1)[:, : self._numbers]
        return found.addcmul(self._unit[:, None].to(gradient), gradient)

    def _blocks(self, vector: Float[Tensor, "item number"]) -> Float[Tensor, "item block 1 width"]:
        padded = torch.nn.functional.pad(vector, (0, self._pairs.shape[1] * BLOCK - self._numbers))
        return padded.reshape(len(vector), -1, 1, BLOCK)

    def _write(self, pair: Float[Tensor, "item block 2 width"], where: Bool[Tensor, " item"]) -> None:
        places = torch.stack([self._next, self._next + self._history], 1)[:, None, :, None].expand_as(pair)
        kept = self._pairs.gather(2, places)
        self._pairs.scatter_(2, places, torch.where(where[:, None, None, None], pair, kept))

    def _products(self, vectors: Float[Tensor, "item block vector width"]) -> Float64[Tensor, "item pair vector"]:
        """Of all pairs with vectors, each block in their own precision and blocks in double."""
        return (self._pairs @ vectors.mT).sum(1, dtype=torch.float64)

    def _cross(self, products: Float64[Tensor, "item pair"], where: Bool[Tensor, " item"]) -> None:
        here = (self._places == self._next[:, None]) & where[:, None]
        crossed, changes = products.chunk(2, 1)
        self._crossed = torch.where(here[:, None], crossed[:, :, None], self._crossed)
        self._changes = torch.where(here[:, None], changes[:, :, None], self._changes)
        self._changes = torch.where(here[:, :, None], changes[:, None], self._changes)

    def _shares(self, products: Float64[Tensor, "item pair"]) -> Float64[Tensor, "item pair"]:
        """What every pair contributes, from its products with the gradient."""
        by_age = (self._next[:, None] + self._places) % self._history
        rows, columns = by_age[:, :, None].expand_as(self._crossed), by_age[:, None].expand_as(self._crossed)
        crossed, changes = (part.gather(1, rows).gather(2, columns) for part in (self._crossed, self._changes))
        moved, changed = (part.gather(1, by_age)[..., None] for part in products.chunk(2, 1))
        diagonal, unit = crossed.diagonal(dim1=1, dim2=2), self._unit[:, None, None]
        # Where there is no pair yet all is 0, and so is what a 1 on the diagonal leaves there.
        triangle = crossed.triu() + (diagonal == 0).double().diag_embed()
        share = torch.linalg.solve_triangular(triangle, moved, upper=True)
        other = diagonal[..., None] * share + unit * (changes @ share - changed)
        other = torch.linalg.solve_triangular(triangle.mT, other, upper=False)
        back = by_age.argsort(1)
        return torch.cat([other[..., 0].gather(1, back), -(unit * share)[..., 0].gather(1, back)], 1)


def dot(one: Float[Tensor, "item number"], other: Float[Tensor, "item number"]) -> Float64[Tensor, " item"]:
    """Product of each item's vectors, summed in double precision."""
    return (one * other).sum(1, dtype=torch.float64)
