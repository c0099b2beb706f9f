"""Distances between sets of embeddings.

An embedding is any function from a waveform and its rate to feature vectors, one per piece of sound:
`embed(waveform [sample], rate_hz) -> [piece, feature]`. The distances take embeddings of any kind, for example of a
trained network. They are biased for a short reference, and a copy scores best, so they never decide alone.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.metrics import style
from gramophone.statistics.auditory import auditory_statistics

PIECE_S = 1.0
STEP_S = 0.5
PIECES_AT_ONCE = 32


def auditory_embedding(
    waveform: Float[Tensor, " sample"], rate_hz: int, *, oversampling: int | None = None
) -> Float[Tensor, "piece 84"]:
    """Embeds texture statistics of one-second pieces, twice per second.

    Log mean and log coefficient of variation of the envelopes in 32 bands, and log modulation power in 20 bands,
    averaged over the audio bands.

    Args:
        waveform: of any level.
        rate_hz: its sampling rate, in Hz.
        oversampling: see `statistics.auditory.cochleagram`; the distances below change by up to 0.03 % at 16.

    Raises:
        InputError: the sound is shorter than two seconds.

    Example:
        >>> import torch
        >>> noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> auditory_embedding(noise, 8000).shape
        torch.Size([3, 84])
    """
    length, step = round(PIECE_S * rate_hz), round(STEP_S * rate_hz)
    if len(waveform) < 2 * length:
        raise InputError(
            f"a sound of {len(waveform) / rate_hz:.2f} s is too short to embed; give {2 * PIECE_S:g} s or more"
        )
    level = waveform.float().square().mean().sqrt().clamp_min(1e-12)
    pieces = (waveform.float() / level).unfold(0, length, step).split(PIECES_AT_ONCE)
    rows = []
    for some in pieces:
        found = auditory_statistics(some + 1e-6 * _dither(length), rate_hz, oversampling=oversampling)
        parts = (found.mean, found.variation, found.modulation.mean(-1))
        rows.append(torch.cat([part.clamp_min(1e-6).log() for part in parts], -1))
    return torch.cat(rows)


def frechet_distance(one: Float[Tensor, "_ feature"], other: Float[Tensor, "_ feature"]) -> float:
    """`|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))` of two sets (Dowson & Landau 1982); 0 is best.

    Heusel et al. 2017 and Kilgour et al. 2019 use it on embeddings. Biased upwards for small sets.

    Raises:
        InputError: a set has fewer than two rows.

    Example:
        >>> import torch
        >>> rows = torch.randn(2, 100, 4, generator=torch.Generator().manual_seed(0))
        >>> round(frechet_distance(rows[0], rows[0] + 3), 3)  # four dimensions, shifted by 3 each
        36.0
    """
    _check(one, other)
    means = one.double().mean(0), other.double().mean(0)
    roots = [_centred(rows) for rows in (one, other)]
    # tr (C1 C2)^(1/2) is the sum of the singular values of R1 R2^T, where C = R^T R: no matrix root is needed.
    cross = torch.linalg.svdvals(roots[0] @ roots[1].T).sum()
    spread = sum(float(root.square().sum()) for root in roots)
    return max(0.0, float((means[0] - means[1]).square().sum()) + spread - 2 * float(cross))


def kernel_distance(one: Float[Tensor, "_ feature"], other: Float[Tensor, "_ feature"]) -> float:
    """`style.kernel_distance` by the median distance within `other`, the reference; 0 for sets of one kind.

    Chung et al. 2025 (kernel audio distance). May be slightly negative; lower is better.

    Raises:
        InputError: a set has fewer than two rows.

    Example:
        >>> import torch
        >>> rows = torch.randn(2, 100, 4, generator=torch.Generator().manual_seed(0))
        >>> kernel_distance(rows[0], rows[1]) < 0.05 < kernel_distance(rows[0] + 3, rows[1])
        True
    """
    _check(one, other)
    one, other = one.double(), other.double()
    width = float(torch.pdist(other).median().clamp_min(1e-12))
    return style.kernel_distance(one.numpy(), other.numpy(), width)


def _check(one: Tensor, other: Tensor) -> None:
    if min(len(one), len(other)) < 2:
        raise InputError("a distance needs at least two embeddings in each set; give longer sounds, or more of them")


def _centred(rows: Tensor) -> Tensor:
    rows = rows.double()
    return (rows - rows.mean(0)) / (len(rows) - 1) ** 0.5


def _dither(samples: int) -> Tensor:
    """Noise at -120 dB, so that pieces of digital silence have the statistics of silence and not of rounding."""
    return torch.randn(samples, generator=torch.Generator().manual_seed(0))
