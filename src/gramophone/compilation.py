"""Compilation of loops over arrays by numba, for the processor at hand."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numba

if TYPE_CHECKING:
    from numba.core.dispatcher import Dispatcher

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> "Dispatcher[Function]":
    """Compiles at the first call, and keeps the result where there is a folder that can be written to.

    Values that are not a number pass through; sums may be taken in any order, so that they are vectorised.
    """

    def dispatcher(*, cache: bool) -> "Dispatcher[Function]":
        loose = {"contract", "reassoc", "nsz", "arcp"}
        return numba.njit(function, cache=cache, nogil=True, error_model="numpy", fastmath=loose)

    try:
        return dispatcher(cache=True)
    except RuntimeError:  # there is no such folder
        return dispatcher(cache=False)
