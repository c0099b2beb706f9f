"""Griffin-Lim (1984) and its accelerated form (Perraudin, Balazs & Sondergaard 2013)."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft


def fast_griffin_lim(
    magnitude: Float[Tensor, "*batch frequency frame"],
    stft: Stft,
    samples: int,
    *,
    phase: Float[Tensor, "*batch frequency frame"],
    iterations: int = 32,
    momentum: float = 0.99,
) -> Float[Tensor, "*batch sample"]:
    """Projects in turn on the given magnitudes and on the consistent spectrograms, with inertia.

    `t_k = P_C P_A c_{k-1}`, `c_k = t_k + a (t_k - t_{k-1})`; `a = 0` is the original method.

    Args:
        magnitude: target magnitudes, not negative.
        stft: the transform of the magnitudes.
        samples: length of the result.
        phase: the phase to start from, in radians.
        iterations: rounds; 0 gives the inverse of the start.
        momentum: the `a` above, from 0 to 1.2 (diverges beyond).
    """
    if not 0 <= momentum <= 1.2:
        raise ValueError(f"momentum must be within 0 and 1.2, not {momentum}")
    spectrum = torch.polar(magnitude, phase)
    previous = torch.zeros_like(spectrum)
    for _ in range(iterations):
        consistent = stft.forward(stft.inverse(spectrum, samples))
        inertial = torch.lerp(previous, consistent, 1 + momentum)
        previous = consistent
        spectrum = inertial.mul_(magnitude / inertial.abs().clamp_min_(torch.finfo(magnitude.dtype).tiny))
    return stft.inverse(spectrum, samples)


def spectral_convergence_db(
    waveform: Float[Tensor, "*batch sample"], magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft
) -> float:
    """`20 log10 (|| |STFT(y)| - S || / || S ||)`: how far a signal is from its target; lower is better."""
    residue = stft.magnitude(waveform) - magnitude
    ratio = torch.linalg.vector_norm(residue) / torch.linalg.vector_norm(magnitude)
    return float(20 * torch.log10(ratio.clamp_min(1e-15)))
