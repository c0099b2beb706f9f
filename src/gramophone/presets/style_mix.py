"""How several styles become one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from gramophone.errors import UsageError

MixKind = Literal["alternate", "blend"]


@dataclass(frozen=True)
class Mix:
    """Meaning of the weights of several styles.

    Attributes:
        kind: with `alternate`, one style is heard at each moment, each for its share of the time: the statistics are
            those of all their moments. With `blend`, all are heard at once, each with its share of the energy: the
            statistics are those of their sum.
        crossover_hz: ascending; if not empty, each style gives a frequency band, the first the lowest one.
    """

    kind: MixKind = "alternate"
    crossover_hz: tuple[float, ...] = ()

    @classmethod
    def of(cls, kind: MixKind, crossover_hz: Sequence[float] | None, styles: int, *, weighted: bool = False) -> "Mix":
        """Makes a mix, and checks it.

        Args:
            kind: kind of the mix.
            crossover_hz: borders of the styles' bands in Hz; one fewer than there are styles.
            styles: number of styles.
            weighted: whether there are weights, which bands do not take.

        Raises:
            UsageError: the crossovers do not fit the styles.
        """
        if crossover_hz is None:
            return cls(kind)
        shown = ", ".join(f"{hz:g}" for hz in crossover_hz)
        if len(crossover_hz) != styles - 1 or styles < 2:
            raise UsageError(
                f"{len(crossover_hz)} crossover(s) ({shown} Hz) do not divide the spectrum among {styles} style(s); "
                "give one fewer than there are styles"
            )
        ascending = all(low < high for low, high in pairwise(crossover_hz))
        if not ascending or not all(0 < hz < math.inf for hz in crossover_hz):
            raise UsageError(f"crossovers must be greater than 0 and ascend, not {shown} Hz; sort them")
        if weighted or kind != "alternate":
            raise UsageError("crossovers give each style a frequency band; leave out weights, morph and mix")
        return cls(kind, tuple(crossover_hz))
