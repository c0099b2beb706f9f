"""Alternating direction method of multipliers.

Y. Masuyama, K. Yatabe, Y. Oikawa, "Griffin-Lim like phase recovery via alternating direction method of multipliers",
IEEE Signal Processing Letters, 2019.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.phase.projections import Projections
from gramophone.spectral import Stft


def admm(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    phase: Float[Tensor, "*batch frequency frame"] | None = None,
    iterations: int = 32,
    rho: float = 0.1,
    seed: int = 0,
) -> Float[Tensor, "*batch sample"]:
    """`X = P_A(Z - U)`, `Y = X + U`, `Z = (rho Y + P_C Y) / (1 + rho)`, `U <- U + X - Z`.

    Args:
        magnitude: target magnitudes, not negative.
        stft: transform of the magnitudes.
        samples: length of the result.
        phase: initial phase in radians; random by default.
        iterations: number of iterations; 0 gives the inverse of the start.
        rho: weight of the spectrogram against consistency, 0 or more.
        seed: seed of the random phase.

    Raises:
        InputError: the magnitudes are negative, not finite or not of this transform, or `samples` is out of range.
        ValueError: `rho` is negative.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = admm(magnitude, stft, 4096, iterations=30)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.3
        tensor(True)
    """
    if not rho >= 0:
        raise ValueError(f"rho must not be negative, not {rho}")
    projections = Projections.of(magnitude, stft, samples)
    x = projections.start(phase, seed)
    u = torch.zeros_like(x)
    for _ in range(iterations):
        y = x.add_(u)
        z = projections.consistent(y).add_(y, alpha=rho).mul_(1 / (1 + rho))
        u = y.sub_(z)
        x = projections.set_magnitudes_(z.sub_(u))
    return projections.finish(x)
