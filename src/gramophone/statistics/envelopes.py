"""Envelopes of energy: log energies of a few bands and their correlation, level over time, long-term spectrum."""

import torch
from jaxtyping import Float
from torch import Tensor

DEPTH = 1e-3  # floor of an envelope, relative to its band's mean energy: -30 dB


def log_energies(
    magnitude: Float[Tensor, "*channel frequency frame"], bands: Float[Tensor, "band frequency"]
) -> Float[Tensor, "*channel band frame"]:
    """Natural logarithm of band energies, with a soft floor relative to each band's mean."""
    energy = bands @ magnitude.square()
    mean = energy.mean(-1, keepdim=True)
    # The reciprocal of the floor must be far from overflow, or the gradient at silence is not a number.
    return (energy + DEPTH * mean + torch.finfo(energy.dtype).tiny ** 0.5).log()


def envelope_correlation(
    x: Float[Tensor, "*channel band frame"], target: Float[Tensor, "*channel band frame"]
) -> Float[Tensor, ""]:
    """Mean correlation over time of envelopes and of their changes from frame to frame, -1 to 1.

    Bands are weighted by the standard deviation of the target's log energy, so that constant bands do not count.
    """
    weights = target.std(-1)
    weights = weights / weights.sum().clamp_min(torch.finfo(x.dtype).tiny)
    levels = (_standardised(x) * _standardised(target)).sum(-1)
    changes = (_standardised(x.diff(dim=-1)) * _standardised(target.diff(dim=-1))).sum(-1)
    return (weights * (levels + changes) / 2).sum()


def _standardised(envelope: Float[Tensor, "*channel band frame"]) -> Float[Tensor, "*channel band frame"]:
    centred = envelope - envelope.mean(-1, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=-1, keepdim=True) + 1e-6)


def over_time(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frame"]:
    """Mean square over the frequencies: energy over time."""
    return x.square().mean(-2)


def over_frequency(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frequency"]:
    """Mean square over time: the long-term spectrum."""
    return x.square().mean(-1)


def stretched(envelope: Float[Tensor, "*row _"], length: int) -> Float[Tensor, "*row length"]:
    """The envelope with another number of points, by linear interpolation."""
    flat = envelope.reshape(1, -1, envelope.shape[-1])
    found = torch.nn.functional.interpolate(flat, length, mode="linear", align_corners=True)
    return found.reshape(*envelope.shape[:-1], length)
