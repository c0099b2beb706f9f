"""Bits a sample of simple models, in the same mu-law levels: a histogram, and a linear predictor."""

import numpy as np
from jaxtyping import Float64, Int64, UInt8
from scipy import linalg, special

from gramophone.errors import InputError
from gramophone.raw.mulaw import LEVELS, decode, edges

ORDER = 32
RIDGE = 1e-9
LEAST = 1e-12


def histogram_bits(
    counts: Int64[np.ndarray, " level"], codes: UInt8[np.ndarray, " sample"]
) -> Float64[np.ndarray, " sample"]:
    """`-log2` of how often each code occurs, with one more of every level.

    Args:
        counts: how often each level occurs in training.
        codes: what is measured.

    Example:
        >>> histogram_bits(np.zeros(256, int), np.zeros(3, np.uint8)).tolist()
        [8.0, 8.0, 8.0]
    """
    likely = (counts + 1) / (counts.sum() + LEVELS)
    return np.asarray(-np.log2(likely)[codes])


def predictor(codes: list[UInt8[np.ndarray, " _"]], order: int = ORDER) -> tuple[np.ndarray, float]:
    """Linear predictor by the autocorrelation method, and the standard deviation of what it leaves.

    Args:
        codes: recordings; their autocorrelations are added up.
        order: number of samples that a sample is predicted by.

    Returns:
        Coefficients, newest sample first, and the deviation.

    Raises:
        InputError: a recording is not longer than the order.
    """
    likeness = np.zeros(order + 1)
    for one in codes:
        if len(one) <= order:
            raise InputError(f"a predictor of order {order} needs more samples than {len(one)}; give a longer sound")
        x = decode(one).astype(np.float64)
        likeness += [x[: len(x) - lag] @ x[lag:] for lag in range(order + 1)]
    likeness[0] = likeness[0] * (1 + RIDGE) + LEAST
    found = linalg.solve_toeplitz(likeness[:-1], likeness[1:])
    residual = np.concatenate([_residual(decode(one).astype(np.float64), found) for one in codes])
    return found, float(max(np.sqrt(np.mean(np.square(residual))), LEAST))


def predictor_bits(
    coefficients: Float64[np.ndarray, " lag"], deviation: float, codes: UInt8[np.ndarray, " sample"]
) -> Float64[np.ndarray, " predicted"]:
    """Bits of a linear prediction with normal residual: `-log2` of its integral over the level that occurs.

    Args:
        coefficients: of the predictor, newest sample first.
        deviation: standard deviation of the residual.
        codes: what is measured, from the first sample on that has a whole past.
    """
    x = decode(codes).astype(np.float64)
    predicted = x[len(coefficients) :] - _residual(x, coefficients)
    bounds = np.concatenate([[-np.inf], edges(), [np.inf]])
    levels = codes[len(coefficients) :].astype(np.int64)
    # In the tail where the differences are exact.
    low, high = ((bounds[levels + side] - predicted) / deviation for side in (0, 1))
    flipped = low > 0
    low, high = np.where(flipped, -high, low), np.where(flipped, -low, high)
    likely = special.ndtr(high) - special.ndtr(low)
    return np.asarray(-np.log2(np.maximum(likely, LEAST)))


def _residual(x: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    kernel = np.concatenate([[1.0], -coefficients])
    return np.convolve(x, kernel, "valid")
