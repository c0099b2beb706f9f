"""Choice of representative pieces by greedy minimisation of the maximum mean discrepancy.

A piece `i` is the mean of its patches in the space of a kernel, so that a choice depends only on the Gram matrix
`G[i, j]`, the mean kernel between the patches of two pieces. With the whole as the mean by `weights` and a choice `C`
as the mean by lengths, the squared discrepancy is `E(C, C) - 2 E(C, whole) + E(whole, whole)`: that of
`statistics.style_distance`, where the kernel is the squared arc-cosine kernel. Choosing piece after piece, each time
the one that brings the choice nearest, is kernel herding [1] with pieces of unequal lengths.

[1] Y. Chen, M. Welling, A. Smola, "Super-samples from kernel herding", UAI 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.statistics.arc_cosine import kernel

STRIP_PAIRS = 1 << 20
EXCHANGES = 4
TOLERANCE = 1e-12


def piece_gram(
    patches: Float[Tensor, "piece patch value"], strip_pairs: int = STRIP_PAIRS
) -> Float[Tensor, "piece piece"]:
    """`G[i, j] = mean_ts k(p_it, p_js)^2`, the squared kernel averaged over all pairs of patches of two pieces.

    Memory: `strip_pairs` pairs at a time, and no pair is computed twice.

    Returns:
        Symmetric, float64; 0 in the rows of silent pieces.
    """
    pieces, each, _ = patches.shape
    flat = patches.flatten(0, 1)
    norms = flat.double().square().sum(1).sqrt().to(flat.dtype)
    gram = flat.new_zeros((pieces, pieces), dtype=torch.float64)
    height = max(1, strip_pairs // (each * len(flat)))
    for start in range(0, pieces, height):
        stop = min(start + height, pieces)
        rows, columns = slice(start * each, stop * each), slice(start * each, None)
        squares = kernel(flat[rows] @ flat[columns].T, norms[rows, None], norms[None, columns]).square()
        means = squares.reshape(stop - start, each, pieces - start, each).mean((1, 3), dtype=torch.float64)
        gram[start:stop, start:] = means
        gram[start:, start:stop] = means.T
    return gram


@dataclass(frozen=True)
class Whole:
    """Pieces and their weights.

    Attributes:
        gram: mean kernel between any two pieces, symmetric, float64.
        weights: weight of each piece in the whole, not negative and not all zero.
        lengths: weight of each piece in a choice, and its cost in the budget; positive.
    """

    gram: Float[Tensor, "piece piece"]
    weights: Float[Tensor, " piece"]
    lengths: Float[Tensor, " piece"]

    def distance(self, chosen: Sequence[int]) -> float:
        """Squared discrepancy of some pieces from the whole, divided by the whole's own energy.

        Range: from 0 (the whole itself) upwards; 1 for nothing and for silence.
        """
        shares = torch.zeros_like(self.lengths)
        shares[list(chosen)] = self.lengths[list(chosen)]
        shares = shares / shares.sum().clamp_min(torch.finfo(shares.dtype).tiny)
        apart = shares - self.weights / self.weights.sum()
        return max(0.0, float(apart @ self.gram @ apart) / self.energy)

    @property
    def energy(self) -> float:
        """The whole's mean kernel with itself."""
        shares = self.weights / self.weights.sum()
        return float(shares @ self.gram @ shares)


def herd(whole: Whole, budget: float, exchanges: int = EXCHANGES) -> tuple[int, ...]:
    """Adds the best piece until none fits the budget, then exchanges pieces while that helps.

    Greedy choices keep a first piece that was best alone; exchanges often halve the distance. Their number is limited
    so that the cost grows with the square of the number of pieces. Ties are broken by the order of the pieces, so the
    choice is deterministic.

    Args:
        whole: pieces to choose from.
        budget: largest sum of the lengths.
        exchanges: exchanges at most, in units of pieces per chosen piece.

    Returns:
        Indices of the chosen pieces, ascending; none where even the shortest is over the budget.
    """
    choice = _Choice(whole, budget)
    while choice.add_best():
        pass
    first = int(choice.taken.sum())
    for _ in range(exchanges * len(whole.lengths) // first if first else 0):
        if not choice.exchange_best():
            break
        while choice.add_best():
            pass
    return tuple(choice.taken.nonzero()[:, 0].tolist())


class _Choice:
    """A choice of pieces, and its kernel with all pieces.

    Attributes:
        taken: whether a piece is chosen.
    """

    def __init__(self, whole: Whole, budget: float) -> None:
        self._gram, self._lengths, self._budget = whole.gram, whole.lengths, budget
        self._with_whole = whole.gram @ (whole.weights / whole.weights.sum())
        self._with_taken = torch.zeros_like(whole.lengths)
        self.taken = torch.zeros_like(whole.lengths, dtype=torch.bool)

    def add_best(self) -> bool:
        """Adds the piece that brings the choice nearest to the whole; returns False if none fits."""
        nothing = torch.zeros(1, dtype=torch.float64)
        distances = self._distances(nothing, nothing, nothing, torch.zeros(1, 1, dtype=torch.float64))
        best = int(distances.argmin())
        if not distances[0, best] < torch.inf:
            return False
        self._move(best, 1)
        return True

    def exchange_best(self) -> bool:
        """Exchanges one piece for another; returns False if no exchange reduces the distance."""
        places = self.taken.nonzero()[:, 0]
        lost = self._lengths[places]
        by_taken = lost * (lost * self._gram[places, places] - 2 * self._with_taken[places])
        distances = self._distances(lost, by_taken, lost * self._with_whole[places], self._gram[places])
        best = int(distances.argmin())
        if not distances.flatten()[best] < self._distance() - TOLERANCE * float(self._with_whole.max()):
            return False
        self._move(int(places[best // len(self._lengths)]), -1)
        self._move(best % len(self._lengths), 1)
        return True

    def _distance(self) -> float:
        """Distance of the choice, without the constant energy of the whole."""
        shares = self._lengths * self.taken / self._lengths[self.taken].sum()
        return float(shares @ (self._gram @ shares - 2 * self._with_whole))

    def _distances(
        self, lost: Tensor, by_taken: Tensor, by_whole: Tensor, gram: Tensor
    ) -> Float[Tensor, "out piece"]:
        """Distances after removing each of some pieces (length, change of energy, row) and adding any other."""
        lengths, taken = self._lengths, self._lengths * self.taken
        total = taken.sum() - lost[:, None] + lengths
        come = lengths * (lengths * self._gram.diagonal() + 2 * self._with_taken)
        among = taken @ self._with_taken + by_taken[:, None] + come - 2 * lost[:, None] * lengths * gram
        crossed = taken @ self._with_whole - by_whole[:, None] + lengths * self._with_whole
        fits = (total <= self._budget) & ~self.taken
        return torch.where(fits, among / total.square() - 2 * crossed / total, torch.inf)

    def _move(self, place: int, sign: int) -> None:
        self.taken[place] = sign > 0
        self._with_taken += sign * self._lengths[place] * self._gram[place]


def random_distance(whole: Whole, budget: float, *, draws: int = 100, seed: int = 0) -> float:
    """Mean distance of random choices within the same budget, as a baseline."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(draws):
        order = torch.randperm(len(whole.lengths), generator=generator).tolist()
        chosen, length = [], 0.0
        for place in order:
            longer = length + float(whole.lengths[place])
            if longer <= budget:
                chosen.append(place)
                length = longer
        found.append(whole.distance(chosen))
    return sum(found) / draws
