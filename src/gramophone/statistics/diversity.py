"""Similarity of a sound to a shifted copy of another.

J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def copy_nearness(
    x: Float[Tensor, "feature frame"], style: Float[Tensor, "feature _"], shifts: Int[Tensor, " shift"]
) -> Float[Tensor, ""]:
    """`max over shifts of ||F*||^2 / ||F* - shift(F)||^2`, over the frames that both have.

    Range: about 1/2 for a sound unrelated to the style, unbounded for a copy. Only the nearest shift has a gradient.

    Args:
        x: features of the result.
        style: features of the style.
        shifts: delays of the style relative to the result, in frames; each must leave a frame in common.

    Raises:
        ValueError: a shift leaves no frame in common.
    """
    frames, length = style.shape[1], x.shape[1]
    energy_x, energy_y = x.square().sum(0), style.square().sum(0)
    products = x.T @ style
    nearness = []
    for shift in shifts.tolist():
        start, stop = max(0, -shift), min(length, frames - shift)
        if start >= stop:
            raise ValueError(f"a shift of {shift} frames leaves none in common between {length} and {frames}")
        size = energy_y[start + shift : stop + shift].sum()
        common = products.diagonal(shift)
        difference = energy_x[start:stop].sum() + size - 2 * common.sum()
        nearness.append(size / difference.clamp_min(1e-3 * size.detach()))
    return torch.stack(nearness).max()
