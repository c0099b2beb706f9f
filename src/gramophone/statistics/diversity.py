"""How near a sound comes to being a shifted copy of another (Antognini, Hoffman & Weiss 2018)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def copy_nearness(
    x: Float[Tensor, "feature frame"], style: Float[Tensor, "feature _"], shifts: Int[Tensor, " shift"]
) -> Float[Tensor, ""]:
    """`max over shifts of ||F*||^2 / ||F* - shift(F)||^2`, over the frames that both have.

    Range: about 1/2 for a sound that has nothing to do with the style, without bound for a copy. Only the nearest
    shift has a gradient.

    Args:
        x: features of the result.
        style: features of the style.
        shifts: in frames, by which the style comes later than the result; each must leave a frame in common.

    Raises:
        ValueError: a shift that leaves none.
    """
    frames, own = style.shape[1], x.shape[1]
    energy_x, energy_y = x.square().sum(0), style.square().sum(0)
    products = x.T @ style
    nearness = []
    for shift in shifts.tolist():
        start, stop = max(0, -shift), min(own, frames - shift)
        if start >= stop:
            raise ValueError(f"a shift of {shift} frames leaves none in common between {own} and {frames}")
        size = energy_y[start + shift : stop + shift].sum()
        common = products.diagonal(shift)
        difference = energy_x[start:stop].sum() + size - 2 * common.sum()
        nearness.append(size / difference.clamp_min(1e-3 * size.detach()))
    return torch.stack(nearness).max()
