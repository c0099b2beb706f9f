"""Phase gradient heap integration [1] without a heap.

The derivatives of the phase follow from those of the log magnitude, so it can be integrated along any path. The
published order visits coefficients from the largest outward with a heap; `tree` finds the same paths by array
operations.

[1] Z. Prusa, P. Balazs, P. L. Sondergaard, "A noniterative method for reconstruction of phase from STFT magnitude",
    IEEE/ACM TASLP, 2017.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Complex, Float, Int
from torch import Tensor

from gramophone.phase import gradient
from gramophone.phase.convergence import check_magnitude
from gramophone.phase.tree import integrate
from gramophone.spectral import Stft


def pghi(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    *,
    seed: int | Sequence[int] = 0,
    tolerance: float = 1e-6,
    island_tolerance: float = 1.0,
) -> Float[Tensor, "*batch frequency frame"]:
    """Phase in radians for `stft` from magnitudes alone, in one pass, on their device.

    Args:
        magnitude: target magnitudes, not negative; any leading axes, each spectrogram on its own.
        stft: transform of the magnitudes; redundancy 8 is far better than 4.
        seed: seed of the constant phase of each component and of the phases below the tolerance, which magnitudes do
            not determine; one for all spectrograms, or one for each, which then has the phases that it has alone.
        tolerance: fraction of the maximum below which a coefficient has no usable derivative.
        island_tolerance: fraction of the maximum above which connected coefficients are integrated first (0.1 in the
            two passes of the publication); 1 for a single pass.

    Raises:
        InputError: the magnitudes are negative, not finite or not of this transform.
        ValueError: the number of seeds is not that of the spectrograms.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = stft.inverse(torch.polar(magnitude, pghi(magnitude, stft)), 4096)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.2
        tensor(True)
    """
    check_magnitude(magnitude, stft)
    flat = gradient.one_after_another(magnitude)
    draws = _draws(seed, len(flat))
    # On a CPU batches are no faster, and take more memory.
    at_once = 1 if flat.device.type == "cpu" else len(flat)
    parts = [
        _phases(part, stft, draws[start : start + at_once], tolerance, island_tolerance)
        for start, part in zip(range(0, len(flat), at_once), flat.split(at_once), strict=True)
    ]
    return torch.cat(parts).reshape(magnitude.shape).to(magnitude)


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
) -> Int[Tensor, " frame"]:
    """Index of the example frame with the largest cosine of square roots of magnitudes, for each frame."""
    ours, theirs = (part.flatten(0, 1).sqrt() for part in (magnitude, examples))
    least = torch.finfo(ours.dtype).tiny ** 0.5
    return (ours.T @ (theirs / theirs.norm(dim=0).clamp_min(least))).argmax(1)


def _phases(
    magnitude: Float[Tensor, "item frequency frame"],
    stft: Stft,
    draws: Sequence[np.random.Generator],
    tolerance: float,
    island_tolerance: float,
) -> Float[Tensor, "item frequency frame"]:
    peak = magnitude.amax((1, 2), keepdim=True)
    usable = magnitude > tolerance * peak
    log = gradient.log_magnitude(magnitude, peak, tolerance)
    levels = (island_tolerance * peak).log().flatten() if island_tolerance < 1 else None
    steps = gradient.steps_per_hop(log, stft), gradient.steps_per_bin(log, stft)
    found = integrate(log, usable, *steps, levels)
    whole, below = _drawn(draws, found.counts, usable)
    phase = found.phase
    if len(whole):
        phase += whole.to(phase)[found.components]
    phase[~usable] = below.to(phase)
    return gradient.from_frame_start(phase)


def _draws(seed: int | Sequence[int], count: int) -> list[np.random.Generator]:
    if not isinstance(seed, Sequence):
        return [np.random.default_rng(seed)] * count
    if len(seed) != count:
        raise ValueError(f"{len(seed)} seeds do not fit {count} spectrograms")
    return [np.random.default_rng(one) for one in seed]


def _drawn(
    draws: Sequence[np.random.Generator], counts: Sequence[int], usable: Bool[Tensor, "item frequency frame"]
) -> tuple[Float[Tensor, " component"], Float[Tensor, " coefficient"]]:
    """Phases of all components and of all that are not usable, spectrogram after spectrogram."""
    others = (~usable).sum((1, 2)).tolist()
    parts = [
        (draw.uniform(-np.pi, np.pi, count), draw.uniform(-np.pi, np.pi, other))
        for draw, count, other in zip(draws, counts, others, strict=True)
    ]
    whole, below = (torch.from_numpy(np.concatenate(part)).to(usable.device) for part in zip(*parts, strict=True))
    return whole, below
