"""Strong Wolfe line searches of a batch of independent problems, one evaluation at a time, without branches.

The search is that of `torch.optim.LBFGS` [1, algorithms 3.5 and 3.6, with cubic interpolation]. Every problem has its
own state, and one call advances each by one evaluation, so that problems neither wait for each other nor synchronise
with the device.

[1] J. Nocedal, S. J. Wright, "Numerical optimization", 2006.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor

ARMIJO, CURVATURE = 1e-4, 0.9
SMALLEST = 1e-9
MOST = 24  # evaluations of a search, as in torch with 25 per step

Scalars = Float64[Tensor, " item"]
Flags = Bool[Tensor, " item"]
Vectors = Float[Tensor, "item number"]


@dataclass
class Point:
    """A point on each line.

    Attributes:
        step: step along the direction.
        loss: loss at the point.
        slope: slope along the direction.
        gradient: gradient of the loss.
        values: values of the terms, for the record.
    """

    step: Scalars
    loss: Scalars
    slope: Scalars
    gradient: Vectors
    values: Float[Tensor, "term item"]

    def take(self, other: "Point", where: Flags) -> None:
        """Takes the values of another point for some of the problems."""
        self.step = torch.where(where, other.step, self.step)
        self.loss = torch.where(where, other.loss, self.loss)
        self.slope = torch.where(where, other.slope, self.slope)
        self.gradient = torch.where(where[:, None], other.gradient, self.gradient)
        self.values = torch.where(where, other.values, self.values)


@dataclass
class Search:
    """State of every line search.

    Attributes:
        origin: point at step 0.
        low: lowest point of the bracket; before there is a bracket, the previous point.
        high_step: step of the other end of the bracket.
        high_loss: loss of the other end of the bracket.
        high_slope: slope of the other end of the bracket.
        is_zooming: whether there is a bracket.
        is_slow: whether the last interpolation was close to an end of the bracket.
        evaluations: number of evaluations after the first one.
        longest: largest component of the direction.
    """

    origin: Point
    low: Point
    high_step: Scalars
    high_loss: Scalars
    high_slope: Scalars
    is_zooming: Flags
    is_slow: Flags
    evaluations: Int[Tensor, " item"]
    longest: Scalars

    @classmethod
    def at(cls, origin: Point, longest: Scalars) -> "Search":
        """State with nothing evaluated except the origin."""
        no = torch.zeros_like(origin.loss, dtype=torch.bool)
        low = Point(*vars(origin).values())
        none = torch.zeros_like(origin.loss)
        return cls(origin, low, none, none, none, no, no, none.long(), longest)

    def begin(self, origin: Point, longest: Scalars, where: Flags) -> None:
        """Restarts from another origin for some of the problems."""
        self.origin.take(origin, where)
        self.low.take(origin, where)
        self.is_zooming = self.is_zooming & ~where
        self.is_slow = self.is_slow & ~where
        self.evaluations = torch.where(where, 0, self.evaluations)
        self.longest = torch.where(where, longest, self.longest)

    def advance(self, new: Point) -> tuple[Flags, Scalars]:
        """Processes an evaluation of every line.

        Returns:
            Which searches have ended, with `low` as their result, and the step to evaluate next for the others.
        """
        origin = self.origin
        is_high = new.loss > origin.loss + ARMIJO * new.step * origin.slope
        is_flat = new.slope.abs() <= -CURVATURE * origin.slope
        was_zooming = self.is_zooming
        self.evaluations = self.evaluations + was_zooming
        found = self._narrow(new, is_high, is_flat, was_zooming)
        ended, stretched = self._bracket(new, is_high, is_flat, ~was_zooming)
        found = found | ended
        width = (self.high_step - self.low.step).abs()
        is_over = (width * self.longest < SMALLEST) | (self.evaluations >= MOST)
        found = found | (self.is_zooming & is_over)
        return found, torch.where(self.is_zooming, self._between(), stretched)

    def _narrow(self, new: Point, is_high: Flags, is_flat: Flags, here: Flags) -> Flags:
        """Replaces an end of the bracket by the new point; returns where it is the result."""
        is_worse = is_high | (new.loss >= self.low.loss)
        found = here & ~is_worse & is_flat
        is_beyond = ~is_worse & ~is_flat & (new.slope * (self.high_step - self.low.step) >= 0)
        becomes_low = here & (~is_worse | (new.loss < self.low.loss))
        # Where the new point becomes the low one, the old low one becomes the other end, or that stays.
        self._set_high(self.low, here & (is_beyond | (is_worse & becomes_low)))
        self._set_high(new, here & is_worse & ~becomes_low)
        self.low.take(new, becomes_low)
        return found

    def _bracket(self, new: Point, is_high: Flags, is_flat: Flags, here: Flags) -> tuple[Flags, Scalars]:
        """Without a bracket: finds one or the result, or extends the step."""
        is_last = here & (self.evaluations >= MOST)
        is_high = is_high | ((self.evaluations > 1) & (new.loss >= self.low.loss))
        found = here & ~is_last & ~is_high & is_flat
        closes = here & ~is_last & ~found & (is_high | (new.slope >= 0))
        further = here & ~is_last & ~found & ~closes
        stretched = cubic_minimum(
            (self.low.step, self.low.loss, self.low.slope),
            (new.step, new.loss, new.slope),
            (new.step + 0.01 * (new.step - self.low.step), new.step * 10),
        )
        # At the last evaluation the better of the origin and the new point is taken.
        self.low.take(self.origin, is_last)
        is_lower = new.loss < self.low.loss
        self._set_high(self.low, closes & is_lower)
        self._set_high(new, closes & ~is_lower)
        self.low.take(new, found | further | ((closes | is_last) & is_lower))
        self.is_zooming = self.is_zooming | closes
        self.is_slow = self.is_slow & ~closes
        self.evaluations = self.evaluations + further
        return found | is_last, stretched

    def _set_high(self, point: Point, where: Flags) -> None:
        self.high_step = torch.where(where, point.step, self.high_step)
        self.high_loss = torch.where(where, point.loss, self.high_loss)
        self.high_slope = torch.where(where, point.slope, self.high_slope)

    def _between(self) -> Scalars:
        """Minimum of the cubic in the bracket, moved away from its ends when it is close to them twice."""
        one = self.low.step, self.low.loss, self.low.slope
        other = self.high_step, self.high_loss, self.high_slope
        first, last = torch.minimum(one[0], other[0]), torch.maximum(one[0], other[0])
        step = cubic_minimum(one, other, (first, last))
        margin = 0.1 * (last - first)
        is_close = torch.minimum(last - step, step - first) < margin
        moves = is_close & (self.is_slow | (step >= last) | (step <= first))
        self.is_slow = torch.where(self.is_zooming, is_close & ~moves, self.is_slow)
        inside = torch.where((step - last).abs() < (step - first).abs(), last - margin, first + margin)
        return torch.where(moves, inside, step)


def cubic_minimum(
    one: tuple[Scalars, Scalars, Scalars], other: tuple[Scalars, Scalars, Scalars], bounds: tuple[Scalars, Scalars]
) -> Scalars:
    """Minimum of the cubic through two points with their slopes, within bounds; the middle of these if none.

    Args:
        one: step, loss and slope of a point.
        other: step, loss and slope of another.
        bounds: lowest and highest step allowed.
    """
    swapped = one[0] > other[0]
    (x1, f1, g1), (x2, f2, g2) = (
        tuple(torch.where(swapped, b, a) for a, b in zip(*pair, strict=True)) for pair in ((one, other), (other, one))
    )
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1.square() - g1 * g2
    d2 = square.clamp_min(0).sqrt()
    lowest = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    within = torch.minimum(torch.maximum(lowest, bounds[0]), bounds[1])
    # There is no cubic through points that are not finite or coincide.
    return torch.where((square >= 0) & within.isfinite(), within, (bounds[0] + bounds[1]) / 2)
