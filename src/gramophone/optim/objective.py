"""Objectives: weighted sums of terms, alone or in a batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import Batched, evaluate_shared, reason_not_batchable, stack


@dataclass(frozen=True)
class Term:
    """A term of an objective.

    Attributes:
        name: name in the progress line, the run record and errors.
        function: `x -> scalar`, differentiable; built from its target by a network or a statistic.
        weight: factor in the total.
    """

    name: str
    function: TermFunction
    weight: float = 1.0


@dataclass(frozen=True)
class BatchedObjective:
    """Terms of the objectives of many items.

    Attributes:
        names: names of the terms.
        weights: weights of the terms.
        values: `[item, ...] -> [term, item]`.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]
    values: Batched


@dataclass(frozen=True)
class Objective:
    """A weighted sum of terms."""

    terms: Sequence[Term]

    def losses(self, x: Float[Tensor, "*shape"]) -> dict[str, Float[Tensor, ""]]:
        """Value of each term, without its weight."""
        values = evaluate_shared([term.function for term in self.terms], x)
        return {term.name: value for term, value in zip(self.terms, values, strict=True)}

    def total(self, losses: dict[str, Float[Tensor, ""]]) -> Float[Tensor, ""]:
        """Weighted sum of the result of `losses`."""
        first, *rest = (term.weight * losses[term.name] for term in self.terms)
        return sum(rest, start=first)

    def reason_not_batchable(self) -> str | None:
        """Why objectives like this one cannot be batched, as a clause; None where they can."""
        reasons = ((term.name, reason_not_batchable(term.function)) for term in self.terms)
        return next((f"the term '{name}' cannot be batched: {reason}" for name, reason in reasons if reason), None)

    def stack(self, alike: Sequence["Objective"]) -> BatchedObjective:
        """Itself and others whose terms differ in their targets only."""
        functions = [
            stack([term.function for term in terms]) for terms in zip(*(one.terms for one in alike), strict=True)
        ]
        return BatchedObjective(
            tuple(term.name for term in self.terms),
            tuple(term.weight for term in self.terms),
            lambda x: torch.stack([function(x) for function in functions]),
        )
