"""Distances between sets of embeddings: how alike two collections of sounds are as a whole.

An embedding is any function from a waveform and its rate to rows of features, one row a piece of sound:
`embed(waveform [sample], rate_hz) -> [piece, feature]`. Pass your own (of a trained network, say) to compare by it.
A short single reference makes these distances biased, and a copy scores best: they never decide alone.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.statistics.auditory import auditory_statistics

Embedding = Callable[[Float[Tensor, " sample"], int], Float[Tensor, "piece feature"]]

PIECE_S = 1.0
STEP_S = 0.5


def auditory_embedding(waveform: Float[Tensor, " sample"], rate_hz: int) -> Float[Tensor, "piece 84"]:
    """The embedding that ships with the project: texture statistics of every second, twice a second.

    Log mean and log variation of the 32 bands' envelopes, and log modulation power in 20 bands, averaged over the
    bands of sound.

    Raises:
        InputError: the sound is shorter than two seconds.
    """
    length, step = round(PIECE_S * rate_hz), round(STEP_S * rate_hz)
    if len(waveform) < 2 * length:
        raise InputError(
            f"{len(waveform) / rate_hz:.2f} s give too few pieces for an embedding; give {2 * PIECE_S:g} s or more"
        )
    level = waveform.float().square().mean().sqrt().clamp_min(1e-12)
    rows = []
    for start in range(0, len(waveform) - length + 1, step):
        piece = waveform[start : start + length].float() / level
        statistics = auditory_statistics(piece + 1e-6 * _dither(length), rate_hz)
        parts = (statistics.mean, statistics.variation, statistics.modulation.mean(1))
        rows.append(torch.cat([part.clamp_min(1e-6).log() for part in parts]))
    return torch.stack(rows)


def frechet_distance(one: Float[Tensor, "_ feature"], other: Float[Tensor, "_ feature"]) -> float:
    """`|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))` of two sets (Dowson & Landau 1982); 0 is best.

    Heusel et al. 2017 and Kilgour et al. 2019 use it on embeddings. Biased upwards for small sets.

    Raises:
        InputError: a set has fewer than two rows.
    """
    _check(one, other)
    means = one.double().mean(0), other.double().mean(0)
    roots = [_centred(rows) for rows in (one, other)]
    # tr (C1 C2)^(1/2) is the sum of the singular values of R1 R2^T, where C = R^T R: no matrix root is needed.
    cross = torch.linalg.svdvals(roots[0] @ roots[1].T).sum()
    spread = sum(float(root.square().sum()) for root in roots)
    return max(0.0, float((means[0] - means[1]).square().sum()) + spread - 2 * float(cross))


def kernel_distance(one: Float[Tensor, "_ feature"], other: Float[Tensor, "_ feature"]) -> float:
    """Unbiased squared maximum mean discrepancy with a Gaussian kernel; 0 for sets of one kind, lower is better.

    Gretton et al. 2012, equation 3; Chung et al. 2025 (kernel audio distance). The kernel's width is the median
    distance within `other`, the reference. May be slightly negative.

    Raises:
        InputError: a set has fewer than two rows.
    """
    _check(one, other)
    one, other = one.double(), other.double()
    width = torch.pdist(other).median().clamp_min(1e-12)
    kernels = [torch.exp(-(torch.cdist(a, b) / width).square() / 2) for a, b in ((one, one), (other, other))]
    within = [(k.sum() - k.trace()) / (len(k) * (len(k) - 1)) for k in kernels]
    across = torch.exp(-(torch.cdist(one, other) / width).square() / 2).mean()
    return float(within[0] + within[1] - 2 * across)


def _check(one: Tensor, other: Tensor) -> None:
    if min(len(one), len(other)) < 2:
        raise InputError("a set of one embedding has no spread; give longer sounds, or more of them")


def _centred(rows: Tensor) -> Tensor:
    rows = rows.double()
    return (rows - rows.mean(0)) / (len(rows) - 1) ** 0.5


def _dither(samples: int) -> Tensor:
    """Noise 120 dB down: pieces of digital silence get the statistics of silence, not of rounding."""
    return torch.randn(samples, generator=torch.Generator().manual_seed(0))
