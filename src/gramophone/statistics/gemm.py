"""Matrix products of all frames with all frames, most of the cost of an evaluation.

On a CPU they use oneDNN, as torch's compiler does, in the same precision: it is two to four times as fast as MKL on
processors that are not Intel's (one thread of an AMD EPYC: 1.8 against 4.1 ms for 443 x 1025 by 1025 x 437, 4.0
against 17 ms for 1024 x 257 by 257 x 1720).
"""

import torch
from jaxtyping import Float
from torch import Tensor

STRIPS = 4  # of rows: five eighths of all products are computed


def inner_products(
    x: Float[Tensor, "row feature"], y: Float[Tensor, "column feature"]
) -> Float[Tensor, "row column"]:
    """`x y^T`, in a new array."""
    return _linear(x, y) if _has_onednn(x) else x @ y.T


def upper_inner_products(x: Float[Tensor, "row feature"]) -> Float[Tensor, "row row"]:
    """`x x^T` on and above the diagonal, in a new array; what is below is arbitrary."""
    rows = len(x)
    products = x.new_empty(rows, rows)
    height = -(-rows // STRIPS)
    for top in range(0, rows, height):
        strip = slice(top, top + height)
        products[strip, top:] = inner_products(x[strip], x[top:])
    return products


def add_weighted_sums(
    total: Float[Tensor, "row feature"], y: Float[Tensor, "column feature"], weights: Float[Tensor, "row column"]
) -> None:
    """Adds `weights y` to `total`."""
    if _has_onednn(y):
        total += _linear(weights, y.T)
    else:
        total.addmm_(weights, y)


def _linear(x: Float[Tensor, "row inner"], weight: Float[Tensor, "column inner"]) -> Float[Tensor, "row column"]:
    # Contiguous rows only: for parts of rows oneDNN takes thousands of times as long.
    whole = weight if weight.is_contiguous() or weight.T.is_contiguous() else weight.contiguous()
    try:
        return torch.ops.mkldnn._linear_pointwise(x.contiguous(), whole, None, "none", [], "")
    except RuntimeError:
        # Out of memory, its message says only that a primitive could not be created; the plain product says more.
        return x @ weight.T


def _has_onednn(x: Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )
