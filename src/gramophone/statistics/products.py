"""Products of all frames with all frames: most of what an evaluation costs.

On a CPU they go through the convolution with a window of one frame, which is the same product in the same precision:
torch hands it to oneDNN, which is up to 1.9 times as fast on two threads as the matrix product's own library where
that was written by another maker than the processor (AMD EPYC: 3.7 against 6.6 ms for 1025 x 620 by 1025 x 1050),
and as fast elsewhere.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def inner_products(
    x: Float[Tensor, "row feature"], y: Float[Tensor, "feature column"]
) -> Float[Tensor, "row column"]:
    """`x y`, in a new array."""
    if _convolves(x):
        return torch.nn.functional.conv1d(y[None], x[:, :, None])[0]
    return x @ y


def add_weighted_sums(
    total: Float[Tensor, "row feature"], y: Float[Tensor, "column feature"], weights: Float[Tensor, "row column"]
) -> None:
    """Adds `weights y` to `total`."""
    if _convolves(y):
        total += torch.nn.functional.conv1d(y[None], weights[:, :, None])[0]
    else:
        total.addmm_(weights, y)


def _convolves(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32 and torch.backends.mkldnn.is_available()
