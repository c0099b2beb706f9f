"""Products of matrices and vectors in the thread that asks for them.

BLAS shares large ones with threads of its own and waits for them, which takes a tenth of a second where other
programs use the other cores; a block has to be done in a hundredth.
"""

import numpy as np
from jaxtyping import Float


def product(
    matrix: Float[np.ndarray, "row column"],
    vector: Float[np.ndarray, " column"],
    out: Float[np.ndarray, " row"] | None = None,
) -> Float[np.ndarray, " row"]:
    """`matrix @ vector`.

    Args:
        matrix: rows that are contiguous in memory are fastest.
        vector: of the same type.
        out: where the result goes; a new array by default.

    Example:
        >>> product(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 1.0]))
        array([3., 7.])
    """
    return np.einsum("ij,j->i", matrix, vector, out=out)
