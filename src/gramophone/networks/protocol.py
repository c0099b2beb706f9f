"""What every network can do."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction


@runtime_checkable
class Network(Protocol):
    """Builds terms from targets: `term(x)` is 0 when the spectrogram `x` has what the target has."""

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Distance of statistics to those of a weighted mixture of styles."""
        ...

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Distance of features to the content's, frame by frame."""
        ...
