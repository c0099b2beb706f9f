"""The optimisation loop as a generator of steps, which its caller can observe, stop and resume."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import ModelError
from gramophone.optim.objective import Objective
from gramophone.settings import OptimiserSettings

# torch's L-BFGS drops updates with y.s <= 1e-10, so small losses would silently stop it; losses that are large at the
# start are scaled down to this, as the squares of their gradients overflow.
LOSS_SCALE = 1e6


@dataclass(frozen=True)
class Step:
    """State after one step.

    Attributes:
        index: number of the step, from 1.
        of: largest number of steps.
        total: weighted loss; None of a method that has none.
        losses: value of each term.
        elapsed_s: time since the start of the loop, in seconds.
        preview: function that returns the current variable (detached, read-only).
    """

    index: int
    of: int
    total: float | None
    losses: dict[str, float]
    elapsed_s: float
    preview: Callable[[], Float[Tensor, "*shape"]]

    @property
    def remaining_s(self) -> float:
        """Estimated time of the remaining steps, in seconds."""
        return self.elapsed_s / self.index * (self.of - self.index)


def optimise(objective: Objective, start: Float[Tensor, "*shape"], settings: OptimiserSettings) -> Iterator[Step]:
    """Minimises from `start` and yields a `Step` per iteration; ends early when the loss has stopped falling.

    Every step has a copy of its state, so the last one yielded remains valid whatever happens afterwards.

    Raises:
        ModelError: a term or its gradient is not finite; raised in that step.
    """
    evaluation = _Evaluation(objective, start.detach().clone(memory_format=torch.contiguous_format))
    optimiser = _optimiser(evaluation.variable, settings)
    began = time.perf_counter()
    totals: list[float] = []
    before = evaluation.here()[0] if settings.iterations else start
    for index in range(1, settings.iterations + 1):
        optimiser.step(evaluation)  # type: ignore[arg-type]  # torch closures return a tensor
        state, total, losses = evaluation.here()
        totals.append(total)
        yield Step(
            index=index,
            of=settings.iterations,
            total=total,
            losses=losses,
            elapsed_s=time.perf_counter() - began,
            preview=partial(_same, state),
        )
        if _has_stalled(totals, settings) or state is before:
            return
        before = state


def optimise_in_turn(
    objectives: Sequence[Objective], start: Float[Tensor, "*shape"], settings: OptimiserSettings
) -> Iterator[Step]:
    """Minimises one objective after the other, each from the result of the last, with equal numbers of steps.

    Raises:
        ModelError: see `optimise`.
    """
    steps = [settings.iterations * (place + 1) // len(objectives) for place in range(len(objectives))]
    done, done_s = 0, 0.0
    for objective, until in zip(objectives, steps, strict=True):
        if until == done:
            continue
        elapsed_s, index = 0.0, done
        for step in optimise(objective, start, replace(settings, iterations=until - done)):
            start, elapsed_s, index = step.preview(), step.elapsed_s, done + step.index
            yield replace(step, index=index, of=settings.iterations, elapsed_s=done_s + elapsed_s)
        done, done_s = index, done_s + elapsed_s


def _same(state: Tensor) -> Tensor:
    return state


def _has_stalled(totals: list[float], settings: OptimiserSettings) -> bool:
    if not settings.patience or len(totals) <= settings.patience:
        return False
    then = min(totals[: -settings.patience])
    return min(totals[-settings.patience :]) > then - settings.tolerance * abs(then)


def _optimiser(variable: Tensor, settings: OptimiserSettings) -> torch.optim.Optimizer:
    if settings.method == "adam":
        return torch.optim.Adam([variable], lr=settings.learning_rate)
    return _Lbfgs(
        [variable],
        lr=settings.learning_rate,
        max_iter=1,
        max_eval=25,
        tolerance_grad=0.0,
        tolerance_change=0.0,
        history_size=settings.history,
        line_search_fn="strong_wolfe",
    )


class _Lbfgs(torch.optim.LBFGS):
    """torch's L-BFGS without a decorator that loads torch's compiler, which takes most of a second."""

    add_param_group = getattr(torch.optim.LBFGS.add_param_group, "__wrapped__", torch.optim.LBFGS.add_param_group)


class _Evaluation:
    """Closure of torch's optimisers; caches the last points, as L-BFGS evaluates its end point again."""

    REMEMBERED = 3

    def __init__(self, objective: Objective, variable: Tensor) -> None:
        self.objective = objective
        self.variable = variable.requires_grad_(True)
        self._scale: float | None = None
        self._cache: list[tuple[Tensor, Tensor, Tensor, dict[str, float]]] = []

    def __call__(self) -> Tensor:
        for point, scaled, gradient, _ in reversed(self._cache):
            if torch.equal(point, self.variable):
                self.variable.grad = gradient
                return scaled
        return self._evaluate()

    def here(self) -> tuple[Tensor, float, dict[str, float]]:
        """The current variable, the same object while it stays where it is, with its total and terms."""
        scaled = self()
        for point, _, _, losses in reversed(self._cache):
            if torch.equal(point, self.variable):
                return point, float(scaled) / (self._scale or LOSS_SCALE), losses
        raise AssertionError("the point just evaluated is in the cache")

    def _evaluate(self) -> Tensor:
        self.variable.grad = None
        with torch.enable_grad():
            losses = self.objective.losses(self.variable)
            total = self.objective.total(losses)
            if self._scale is None:
                self._scale = LOSS_SCALE / max(1.0, abs(float(total.detach())))
            scaled = total * self._scale
            scaled.backward()
        values = {name: float(value.detach()) for name, value in losses.items()}
        for name, value in values.items():
            if not math.isfinite(value):
                raise ModelError(f"the term '{name}' became {value}; the last good result is kept")
        gradient = self.variable.grad
        if gradient is None or not bool(torch.isfinite(gradient).all()):
            raise ModelError(f"the gradient of {', '.join(values)} is not finite; the last good result is kept")
        scaled = scaled.detach()
        self._cache.append((self.variable.detach().clone(), scaled, gradient, values))
        del self._cache[: -self.REMEMBERED]
        return scaled
