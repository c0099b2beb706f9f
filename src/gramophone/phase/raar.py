"""Relaxed averaged alternating reflections (Luke 2005; for spectrograms Peer, Welker & Gerkmann 2022)."""

from jaxtyping import Float
from torch import Tensor

from gramophone.phase.projections import Projections
from gramophone.spectral import Stft


def raar(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    phase: Float[Tensor, "*batch frequency frame"] | None = None,
    iterations: int = 32,
    beta: float = 0.9,
    seed: int = 0,
) -> Float[Tensor, "*batch sample"]:
    """`x <- b/2 (R_C R_A + I) x + (1 - b) P_A x` with reflections `R = 2 P - I`; leaves fixed points of `gla`.

    Args:
        magnitude: target magnitudes, not negative.
        stft: transform of the magnitudes.
        samples: length of the result.
        phase: initial phase in radians; random by default.
        iterations: number of iterations; 0 gives the inverse of the start.
        beta: the `b` above, from 0 (no reflection) to 1.
        seed: seed of the random phase.

    Raises:
        InputError: the magnitudes are negative, not finite or not of this transform, or `samples` is out of range.
        ValueError: `beta` is out of range.

    Example:
        >>> import torch
        >>> stft = Stft(512, 128)
        >>> magnitude = stft.magnitude(torch.sin(0.3 * torch.arange(4096)))
        >>> waveform = raar(magnitude, stft, 4096, iterations=30)
        >>> stft.magnitude(waveform).sub(magnitude).norm() / magnitude.norm() < 0.4
        tensor(True)
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"beta must be within 0 and 1, not {beta}")
    projections = Projections.of(magnitude, stft, samples)
    x = projections.start(phase, seed)
    for _ in range(iterations):
        near = projections.magnitudes_set(x)
        # b/2 (2 P_C r - r + x) + (1 - b) P with r = 2 P - x and P = P_A x.
        reflected = (2 * near).sub_(x)
        x = projections.consistent(reflected).add_(x).sub_(near).mul_(beta).add_(near, alpha=1 - beta)
    return projections.finish(projections.set_magnitudes_(x))
