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
    """What a weight means.

    Attributes:
        kind: `alternate`: at each moment one of the styles is heard, each for its share of the time (the statistics
            are those of all their moments together). `blend`: all are heard at once, each at its share of the energy
            (the statistics are those of their sum).
        crossover_hz: ascending; with any, each style gives a frequency band instead, the first the lowest.
    """

    kind: MixKind = "alternate"
    crossover_hz: tuple[float, ...] = ()

    @classmethod
    def of(cls, kind: MixKind, crossover_hz: Sequence[float] | None, styles: int, *, weighted: bool = False) -> "Mix":
        """Checks what was asked for.

        Args:
            kind: of the mix.
            crossover_hz: between the styles' bands; one fewer than there are styles.
            styles: how many there are.
            weighted: whether weights are given, which bands have no use for.

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
