"""What every network provides, and terms that share the features of one network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from gramophone._types import TermFunction

Frontend = Callable[[Tensor], Tensor]
Extractor = Callable[[Tensor, int], list[Tensor]]
"""`(x, count) -> features of the first count layers`."""
Batched = Callable[[Float[Tensor, "item *shape"]], Tensor]
"""Values of several items at once, each from its own target: `[item, ...] -> [item, ...]`."""


@runtime_checkable
class Network(Protocol):
    """Builds terms from targets: `term(x)` is 0 where the input `x` has the features of the target."""

    def style_term(
        self, styles: Sequence[Float[Tensor, "channel frequency _"]], weights: Sequence[float]
    ) -> TermFunction:
        """Distance of statistics from those of a weighted mixture of styles."""
        ...

    def content_term(self, content: Float[Tensor, "channel frequency frame"]) -> TermFunction:
        """Distance of features from those of the content, frame by frame."""
        ...


@runtime_checkable
class Stackable(Protocol):
    """A term or front end with a batched form."""

    def stack(self, alike: Sequence[Any]) -> Batched:
        """Itself and others that differ in their targets only, as one function of a batch."""
        ...


@dataclass(frozen=True)
class FeatureTerm:
    """A term `x -> scalar` in two parts, so that terms of one network share its features.

    Attributes:
        extract: feature extractor; terms whose extractors are equal (methods of one network are) share features.
        count: number of layers that the loss needs.
        loss: value of the term, from the features of at least `count` layers.
    """

    extract: Extractor
    count: int
    loss: Callable[[list[Tensor]], Float[Tensor, ""]]

    def __call__(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
        """The value at `x`, sharing nothing."""
        return self.loss(self.extract(x, self.count))


@dataclass(frozen=True)
class _FrontedExtractor:
    frontend: Frontend
    extract: Extractor

    def __call__(self, x: Tensor, count: int) -> list[Tensor]:
        return self.extract(self.frontend(x), count)


@dataclass(frozen=True)
class FrontedTerm:
    """A term behind a front end.

    Attributes:
        frontend: what transforms `x` first.
        term: the term of its output.
    """

    frontend: Frontend
    term: TermFunction

    def __call__(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
        """The value at `x`."""
        return self.term(self.frontend(x))

    def stack(self, alike: Sequence["FrontedTerm"]) -> Batched:
        """Batched front ends before batched terms."""
        frontend, term = stack([one.frontend for one in alike]), stack([one.term for one in alike])
        return lambda x: term(frontend(x))


def with_frontend(frontend: Frontend, term: TermFunction) -> TermFunction:
    """A term behind a front end; features are still shared by terms behind the same front end."""
    if isinstance(term, FeatureTerm):
        return replace(term, extract=_FrontedExtractor(frontend, term.extract))
    return FrontedTerm(frontend, term)


def evaluate_shared(terms: Sequence[TermFunction], x: Float[Tensor, "*shape"]) -> list[Float[Tensor, ""]]:
    """Value of every term at `x`; shared features are computed once, as deep as the deepest term needs."""
    counts: dict[Any, int] = {}
    for term in terms:
        if isinstance(term, FeatureTerm):
            counts[term.extract] = max(term.count, counts.get(term.extract, 0))
    features = {extract: extract(x, count) for extract, count in counts.items()}
    return [term.loss(features[term.extract]) if isinstance(term, FeatureTerm) else term(x) for term in terms]


def stack(alike: Sequence[Callable[..., Tensor]]) -> Batched:
    """Batched form of terms (or front ends) that differ in their targets only.

    Raises:
        TypeError: they have none.
    """
    first = alike[0]
    if not isinstance(first, Stackable):
        raise TypeError(f"a {type(first).__name__} has no batched form")
    return first.stack(alike)


def reason_not_batchable(term: Callable[..., Tensor]) -> str | None:
    """Why a term has no batched form, as a clause; None where it has one."""
    if isinstance(term, FrontedTerm):
        return reason_not_batchable(term.frontend) or reason_not_batchable(term.term)
    return None if hasattr(term, "stack") else f"a {type(term).__name__} has no batched form"
