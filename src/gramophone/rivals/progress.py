"""What every step of a system tells: how far it is, and what it would give if it were stopped now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ParamSpec

from jaxtyping import Float
from torch import Tensor

P = ParamSpec("P")


@dataclass(frozen=True)
class Progress:
    """One step.

    Attributes:
        done: steps taken, at least 1.
        total: steps in all.
        preview: the waveform as it stands, `[channel, sample]` with the content's length, to be asked for before the
            next step; after the last one it is the result.
    """

    done: int
    total: int
    preview: Callable[[], Float[Tensor, "channel sample"]]


def completed(steps: Callable[P, Iterator[Progress]]) -> Callable[P, Float[Tensor, "channel sample"]]:
    """The function that takes all steps of a system at once, with the same arguments."""

    def result(*arguments: P.args, **settings: P.kwargs) -> Float[Tensor, "channel sample"]:
        return finished(steps(*arguments, **settings))

    result.__doc__ = f"The result of `{steps.__name__}`."
    return result


def finished(steps: Iterator[Progress]) -> Float[Tensor, "channel sample"]:
    """Takes all steps and returns the result."""
    *_, last = steps
    return last.preview()
