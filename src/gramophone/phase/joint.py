"""Phases of several channels that stand to each other as those of a recording do."""

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

    The energy of all channels together is given an integrated phase; the channels stand around it at the angles of
    the example, the louder ones nearer. Magnitudes alone do not say how channels belong together: the same voice on
    both sides and two strangers look alike.

    Args:
        magnitude: of the channels.
        stft: their transform.
        examples: spectrograms of that transform.
        seed: see `pghi`.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform.
    """
    if len(magnitude) == 1:
        return pghi(magnitude, stft, seed=seed)
    energy = magnitude.square()
    total = energy.sum(0)
    phase = pghi(total.sqrt()[None], stft, seed=seed)
    spectra = torch.cat(list(examples), -1)
    nearest = spectra[..., most_similar(magnitude, spectra.abs())]
    behind = (nearest[:1] * nearest.conj()).angle()
    # The mean direction, as a mean of angles would tear where they pass half a turn.
    mean = (energy * torch.polar(torch.ones_like(behind), behind)).sum(0).angle()
    return phase + mean - behind


def most_similar(
    magnitude: Float[Tensor, "channel frequency frame"], examples: Float[Tensor, "channel frequency _"]
) -> Tensor:
    """For each frame the number of the example frame with the largest cosine, of square roots of magnitudes."""
    ours, theirs = (part.flatten(0, 1).sqrt() for part in (magnitude, examples))
    least = torch.finfo(ours.dtype).tiny ** 0.5
    return (ours.T @ (theirs / theirs.norm(dim=0).clamp_min(least))).argmax(1)
