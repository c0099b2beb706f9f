"""Weighted terms: what a spectrogram (or a waveform) is asked to be."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.features import together


@dataclass(frozen=True)
class Term:
    """One demand on the result.

    Attributes:
        name: what the progress line, the run record and an error call it.
        function: `x -> scalar`, differentiable; built from its target by a network or a statistic.
        weight: factor in the total.
    """

    name: str
    function: TermFunction
    weight: float = 1.0


@dataclass(frozen=True)
class Objective:
    """The weighted sum of terms."""

    terms: Sequence[Term]

    def losses(self, x: Float[Tensor, "*shape"]) -> dict[str, Float[Tensor, ""]]:
        """The value of each term, without its weight."""
        values = together([term.function for term in self.terms], x)
        return {term.name: value for term, value in zip(self.terms, values, strict=True)}

    def total(self, losses: dict[str, Float[Tensor, ""]]) -> Float[Tensor, ""]:
        """The weighted sum of what `losses` gave."""
        first, *rest = (term.weight * losses[term.name] for term in self.terms)
        return sum(rest, start=first)
