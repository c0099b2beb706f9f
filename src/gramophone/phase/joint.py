"""Phases of several channels with the phase differences of a recording."""

from collections.abc import Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gramophone.phase.pghi import pghi
from gramophone.spectral import Stft


def joint_pghi(
    magnitude: Float[Tensor, "channel frequency frame"],
    stft: Stft,
    examples: Sequence[Complex[Tensor, "channel frequency _"]],
    *,
    seed: int = 0,
) -> Float[Tensor, "channel frequency frame"]:
    """Phases in radians whose differences between channels are those of the most similar frames of examples.

    The phase of the total energy is integrated; the channels deviate from it by the angles of the example, louder
    ones less. Magnitudes alone do not determine the relation of channels: the same voice on both sides and two
    independent ones have the same.

    Args:
        magnitude: magnitudes of the channels.
        stft: transform of the magnitudes.
        examples: spectrograms by the same transform.
        seed: seed of random phases, see `pghi`.

    Raises:
        InputError: the magnitudes are negative, not finite or not of this transform.
    """
    if len(magnitude) == 1:
        return pghi(magnitude, stft, seed=seed)
    energy = magnitude.square()
    total = energy.sum(0)
    phase = pghi(total.sqrt()[None], stft, seed=seed)
    spectra = torch.cat(list(examples), -1)
    nearest = spectra[..., most_similar(magnitude, spectra.abs())]
    behind = (nearest[:1] * nearest.conj()).angle()
    # The mean direction, as a mean of angles is discontinuous at half a turn.
    mean = (energy * torch.polar(torch.ones_like(behind), behind)).sum(0).angle()
    return phase + mean - behind


def most_similar(
    magnitude: Float[Tensor, "channel frequency frame"], examples: Float[Tensor, "channel frequency _"]
) -> Tensor:
    """Index of the example frame with the largest cosine of square roots of magnitudes, for each frame."""
    ours, theirs = (part.flatten(0, 1).sqrt() for part in (magnitude, examples))
    least = torch.finfo(ours.dtype).tiny ** 0.5
    return (ours.T @ (theirs / theirs.norm(dim=0).clamp_min(least))).argmax(1)
