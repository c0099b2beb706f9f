"""What hears the waveform itself: a front that turns it into features' input, and networks behind it.

Optimising the waveform needs no phase reconstruction (Mital 2017; Barry & Kim 2018; Caracalla & Roebel 2020).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction
from gramophone.networks.protocol import Network
from gramophone.networks.seen import behind

Front = Callable[[Float[Tensor, "channel sample"]], Float[Tensor, "row frequency frame"]]


@dataclass(frozen=True)
class Branch:
    """A front and the network behind it."""

    front: Front
    network: Network


@dataclass(frozen=True)
class Hearing:
    """Several branches side by side, each with the same say in the style.

    Attributes:
        branches: make the style.
        content: makes the content.
    """

    branches: tuple[Branch, ...]
    content: Branch

    def style_term(self, styles: Sequence[Float[Tensor, "channel _"]], weights: Sequence[float]) -> TermFunction:
        """Mean of the branches' style terms, of a waveform."""
        terms = [
            behind(branch.front, branch.network.style_term([branch.front(style) for style in styles], weights))
            for branch in self.branches
        ]
        return terms[0] if len(terms) == 1 else lambda wave: torch.stack([term(wave) for term in terms]).mean()

    def content_term(self, content: Float[Tensor, "channel sample"]) -> TermFunction:
        """The content branch's content term, of a waveform."""
        front = self.content.front
        return behind(front, self.content.network.content_term(front(content)))
