"""Terms of what a network sees, which terms of one network compute together: seeing is what costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction

Front = Callable[[Tensor], Tensor]
Seeing = Callable[[Tensor, int], list[Tensor]]
"""`(x, count) -> features of the first count layers`."""


@dataclass(frozen=True)
class SeenTerm:
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
    if isinstance(term, SeenTerm):
        return replace(term, see=_Behind(front, term.see))
    return FrontedTerm(front, term)


def together(functions: Sequence[TermFunction], x: Float[Tensor, "*shape"]) -> list[Float[Tensor, ""]]:
    """The value of every function at `x`; what several of them see is seen once, as deep as the deepest needs."""
    counts: dict[Any, int] = {}
    for function in functions:
        if isinstance(function, SeenTerm):
            counts[function.see] = max(function.count, counts.get(function.see, 0))
    seen = {see: see(x, count) for see, count in counts.items()}
    return [
        function.judge(seen[function.see]) if isinstance(function, SeenTerm) else function(x)
        for function in functions
    ]
