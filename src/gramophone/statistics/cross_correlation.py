"""Correlations of features over time, each frequency for itself (Caracalla & Roebel 2019)."""

from jaxtyping import Float
from torch import Tensor


def row_correlations(rows: Float[Tensor, "frequency filter frame"]) -> Float[Tensor, "frequency filter filter"]:
    """`H_m = 1/T sum_n F_imn F_jmn`: a Gram matrix over time for every frequency."""
    return rows @ rows.mT / rows.shape[-1]
