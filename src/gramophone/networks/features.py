"""What every network can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

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


Front = Callable[[Tensor], Tensor]
Seeing = Callable[[Tensor, int], list[Tensor]]
"""`(x, count) -> features of the first count layers`."""


@dataclass(frozen=True)
class FeatureTerm:
    """A term `x -> scalar` in two parts, so that what is seen can be shared.

    Attributes:
        see: what the network sees; terms share it where these are equal, as methods of one network are.
        count: layers that are looked at.
        judge: what the term says of at least so many layers.
    """

    see: Seeing
    count: int
    judge: Callable[[list[Tensor]], Float[Tensor, ""]]

    def __call__(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
        """The term alone."""
        return self.judge(self.see(x, self.count))


@dataclass(frozen=True)
class _Behind:
    front: Front
    see: Seeing

    def __call__(self, x: Tensor, count: int) -> list[Tensor]:
        return self.see(self.front(x), count)


@dataclass(frozen=True)
class FrontedTerm:
    """A term of what a front makes of `x`.

    Attributes:
        front: comes first.
        term: of what it gives.
    """

    front: Front
    term: TermFunction

    def __call__(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
        """The value at `x`."""
        return self.term(self.front(x))


def behind(front: Front, term: TermFunction) -> TermFunction:
    """The term of what a front makes of `x`; shared as before by terms behind the same front."""
    if isinstance(term, FeatureTerm):
        return replace(term, see=_Behind(front, term.see))
    return FrontedTerm(front, term)


def together(functions: Sequence[TermFunction], x: Float[Tensor, "*shape"]) -> list[Float[Tensor, ""]]:
    """The value of every function at `x`; what several of them see is seen once, as deep as the deepest needs."""
    counts: dict[Any, int] = {}
    for function in functions:
        if isinstance(function, FeatureTerm):
            counts[function.see] = max(function.count, counts.get(function.see, 0))
    seen = {see: see(x, count) for see, count in counts.items()}
    return [
        function.judge(seen[function.see]) if isinstance(function, FeatureTerm) else function(x)
        for function in functions
    ]
