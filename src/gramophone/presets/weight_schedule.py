"""Weights of several styles that change over time."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gramophone.bounds import check_weights
from gramophone.errors import UsageError

FORM = "write it as 'SECONDS:W,W SECONDS:W,W', such as '0:1,0 10:0,1'"


def refuse_weights(weights: Sequence[float] | None) -> None:
    """Refuses weights of styles beside a morph.

    Raises:
        UsageError: there are weights.
    """
    if weights is not None:
        raise UsageError("a morph sets the weights of the styles itself; leave out the weights")


@dataclass(frozen=True)
class Morph:
    """Weights at points in time, linear between them and constant before and after.

    Attributes:
        times_s: points in time in seconds, ascending.
        weights: weights at each time, one for each style, summing to 1.
    """

    times_s: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    @classmethod
    def parse(cls, text: str, styles: int) -> "Morph":
        """Reads `0:1,0 10:0,1`: all of the first style at the beginning, all of the second after 10 s.

        Raises:
            UsageError: the text has another form, or does not fit the number of styles.
        """
        points = []
        for word in text.split():
            time, _, shares = word.partition(":")
            try:
                points.append((float(time), tuple(float(share) for share in shares.split(","))))
            except ValueError:
                raise UsageError(f"'{word}' in the morph '{text}' is not a point in time; {FORM}") from None
        return cls.of(points, styles)

    @classmethod
    def of(cls, points: Sequence[tuple[float, Sequence[float]]], styles: int) -> "Morph":
        """Makes a morph of points in time, scaling their weights to sum 1.

        Raises:
            UsageError: there are no points, times do not ascend, or weights do not fit.
        """
        times_s = tuple(time for time, _ in points)
        if not points or not all(0 <= time < math.inf for time in times_s) or sorted(set(times_s)) != list(times_s):
            shown = ", ".join(f"{time:g}" for time in times_s) or "none"
            raise UsageError(f"the times of a morph must ascend from 0 or more, not {shown}; {FORM}")
        for _, weights in points:
            check_weights(weights, styles)
        scaled = (tuple(weight / sum(weights) for weight in weights) for _, weights in points)
        return cls(times_s, tuple(scaled))

    def at(self, time_s: float) -> tuple[float, ...]:
        """Weights at a time in seconds."""
        after = bisect_right(self.times_s, time_s)
        if after == 0:
            return self.weights[0]
        if after == len(self.times_s):
            return self.weights[-1]
        begin_s, end_s = self.times_s[after - 1 : after + 1]
        along = (time_s - begin_s) / (end_s - begin_s)
        pairs = zip(self.weights[after - 1], self.weights[after], strict=True)
        return tuple(one + along * (other - one) for one, other in pairs)
