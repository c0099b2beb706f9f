"""Alternating direction method of multipliers (Masuyama, Yatabe & Oikawa 2019)."""

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
        stft: the transform of the magnitudes.
        samples: length of the result.
        phase: the phase to start from, in radians; drawn if there is none.
        iterations: rounds; 0 gives the inverse of the start.
        rho: how loosely the spectrogram must be that of a signal, 0 or more.
        seed: of the drawn phase.

    Raises:
        InputError: magnitudes that are negative, not finite or not of this transform, or too many or few samples.
        ValueError: a negative `rho`.

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
