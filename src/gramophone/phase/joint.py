"""Phases of several channels that belong together as their magnitudes and those of their middles say."""

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.phase.pghi import pghi
from gramophone.spectral import Stft
from gramophone.spectral.channels import channels_in, phase_differences


def joint_pghi(
    magnitude: Float[Tensor, "row frequency frame"],
    stft: Stft,
    *,
    seed: int = 0,
    signs: Float[Tensor, "pair frequency"] | None = None,
) -> Float[Tensor, "channel frequency frame"]:
    """Phases in radians for `spectral.channels.with_middles` magnitudes.

    The energy of all channels together is given an integrated phase; the channels stand around it at the angles that
    their middles ask for, the louder ones nearer.

    Args:
        magnitude: of the channels, then of the middles.
        stft: their transform.
        seed: see `pghi`.
        signs: which of two neighbours is ahead, +1 for the first; the magnitudes cannot say. All +1 by default.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform.
    """
    channels = channels_in(len(magnitude))
    if channels == 1:
        return pghi(magnitude, stft, seed=seed)
    own = magnitude[:channels]
    energy = own.square()
    total = energy.sum(0)
    middle = pghi(total.sqrt()[None], stft, seed=seed)
    differences = phase_differences(magnitude)
    if signs is not None:
        differences = differences * signs[..., None]
    behind = torch.cat([torch.zeros_like(own[:1]), differences.cumsum(0)])
    mean = (behind * energy).sum(0) / total.clamp_min(torch.finfo(total.dtype).tiny)
    return middle + mean - behind


def leading_signs(spectra: Complex[Tensor, "channel frequency _"]) -> Float[Tensor, "pair frequency"]:
    """Which of two neighbours is ahead on the whole, by frequency: the sign of their cross-spectrum's angle."""
    cross = (spectra[:-1] * spectra[1:].conj()).sum(-1)
    return torch.where(cross.imag < 0, -1.0, 1.0)
