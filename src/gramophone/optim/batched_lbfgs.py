"""L-BFGS for a batch of independent problems, each with its own line search.

Each problem takes the steps that `optimise` takes with it alone. A round is one evaluation of all problems, without
synchronisation with the device, so that its work can be queued far ahead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

from gramophone.optim.lbfgs_history import LbfgsHistory, dot
from gramophone.optim.minimise import LOSS_SCALE
from gramophone.optim.strong_wolfe import Point, Search
from gramophone.settings import OptimiserSettings

CHECK_ROUNDS = 8  # rounds between checks whether all have ended; rounds after the end change nothing

Losses = Callable[[Float[Tensor, "item *shape"]], Float[Tensor, "term item"]]
"""Terms of every problem, which depend on its own variable only."""


@dataclass(frozen=True)
class Optimised:
    """Results of all problems.

    Attributes:
        variables: last good variables.
        totals: weighted loss after each step; infinite after the last step of a problem.
        values: values of the terms, likewise.
        steps: number of steps of each problem.
        is_good: False where a loss or gradient was not finite; the variable is the last good one.
        rounds: number of evaluations.
    """

    variables: Float[Tensor, "item *shape"]
    totals: Float64[Tensor, "step item"]
    values: Float64[Tensor, "step term item"]
    steps: Int[Tensor, " item"]
    is_good: Bool[Tensor, " item"]
    rounds: int


def optimise_batched(
    losses: Losses, weights: Float[Tensor, " term"], start: Float[Tensor, "item *shape"], settings: OptimiserSettings
) -> Optimised:
    """Minimises the weighted sum of the terms of every item.

    Args:
        losses: terms of all items.
        weights: weights of the terms.
        start: variables of all items.
        settings: settings with method `lbfgs`; steps and stopping hold for each item.

    Raises:
        ValueError: the method is another one.
    """
    if settings.method != "lbfgs":
        raise ValueError(f"only lbfgs solves problems in batches, not {settings.method}")
    state = _State(losses, weights, start, settings)
    rounds = 1
    while True:
        state.advance()
        rounds += 1
        if rounds % CHECK_ROUNDS == 0 and bool(state.has_ended.all()):
            return state.optimised(rounds)


class _State:
    """State of all problems between two rounds."""

    def __init__(self, losses: Losses, weights: Tensor, start: Tensor, settings: OptimiserSettings) -> None:
        self._losses, self._weights, self._settings = losses, weights, settings
        self._shape = start.shape
        items = len(start)
        self._x = start.detach().reshape(items, -1).clone()
        values, gradient = self._evaluated(self._x)
        total = self._weights.double() @ values.double()
        self._scale = LOSS_SCALE / total.abs().clamp_min(1.0)
        gradient = gradient * self._scale[:, None].to(gradient)
        none = torch.zeros_like(total)
        self._history = LbfgsHistory(settings.history, self._x)
        self._direction = -gradient
        here = Point(none, total * self._scale, dot(gradient, self._direction), gradient, values)
        self._search = Search.at(here, self._direction.abs().amax(1).double())
        self._step = (1 / gradient.abs().sum(1, dtype=torch.float64)).clamp_max(1) * settings.learning_rate
        self.is_good = _is_finite(here)
        self.has_ended = ~self.is_good | ~(here.slope < 0)
        self.totals = total.new_full((settings.iterations, items), torch.inf)
        self.values = values.new_full((settings.iterations, *values.shape), torch.inf).double()
        self.steps = torch.zeros_like(total, dtype=torch.int64)

    def advance(self) -> None:
        """One evaluation of all problems."""
        tried = self._x + self._direction * self._step[:, None].to(self._x)
        values, gradient = self._evaluated(tried)
        gradient = gradient * self._scale[:, None].to(gradient)
        total = (self._weights.double() @ values.double()) * self._scale
        new = Point(self._step, total, dot(gradient, self._direction), gradient, values)
        is_finite = _is_finite(new)
        self.is_good = self.is_good & (is_finite | self.has_ended)
        self.has_ended = self.has_ended | ~is_finite
        found, following = self._search.advance(new)
        self._step = torch.where(found, self._step, following)
        self._accept(found & ~self.has_ended)

    def _accept(self, found: Tensor) -> None:
        """Ends steps where a point was found, and starts the next ones."""
        if found.device.type == "cpu" and not bool(found.any()):
            return
        origin, point = self._search.origin, self._search.low
        moved = self._direction * point.step[:, None].to(self._x)
        moved = torch.where(found[:, None], moved, 0)
        self._x = self._x + moved
        self._record(point, found)
        direction = -self._history.times(point.gradient, moved, point.gradient - origin.gradient, found)
        self._direction = torch.where(found[:, None], direction, self._direction)
        slope = dot(point.gradient, self._direction)
        following = Point(torch.zeros_like(slope), point.loss, slope, point.gradient, point.values)
        self._search.begin(following, self._direction.abs().amax(1).double(), found)
        self._step = torch.where(found, self._settings.learning_rate, self._step)
        stands = (moved == 0).all(1) | ~(slope < 0) | (self.steps >= self._settings.iterations) | self._has_stalled()
        self.has_ended = self.has_ended | (found & stands)

    def _record(self, point: Point, found: Tensor) -> None:
        here = torch.arange(len(self.totals), device=found.device)[:, None] == self.steps
        here = here & found
        self.totals = torch.where(here, point.loss / self._scale, self.totals)
        self.values = torch.where(here[:, None], point.values.double(), self.values)
        self.steps = self.steps + found

    def _has_stalled(self) -> Tensor:
        """Whether the loss has not fallen by the tolerance over the last steps, as in `optimise`."""
        patience = self._settings.patience
        if not patience:
            return torch.zeros_like(self.has_ended)
        places = torch.arange(len(self.totals), device=self.steps.device)[:, None]
        is_recent = places >= self.steps - patience
        then = torch.where(is_recent, torch.inf, self.totals).amin(0)
        now = torch.where(is_recent, self.totals, torch.inf).amin(0)
        return (self.steps > patience) & (now > then - self._settings.tolerance * then.abs())

    def _evaluated(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Values of the terms, and the gradient of their unscaled sum."""
        variable = x.detach().reshape(self._shape).requires_grad_(True)
        with torch.enable_grad():
            values = self._losses(variable)
            (gradient,) = torch.autograd.grad((self._weights @ values).sum(), variable)
        return values.detach(), gradient.reshape(len(x), -1)

    def optimised(self, rounds: int) -> Optimised:
        """The results so far."""
        variables = self._x.reshape(self._shape)
        return Optimised(variables, self.totals, self.values, self.steps, self.is_good, rounds)


def _is_finite(point: Point) -> Bool[Tensor, " item"]:
    return point.loss.isfinite() & point.gradient.isfinite().all(1)
