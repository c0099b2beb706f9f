"""How far a signal is from its target."""

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.spectral import Stft


def spectral_convergence_db(
    waveform: Float[Tensor, "*batch sample"], magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft
) -> float:
    """`20 log10 (|| |STFT(y)| - S || / || S ||)`: how far a signal is from its target; lower is better."""
    residue = stft.magnitude(waveform) - magnitude
    ratio = torch.linalg.vector_norm(residue) / torch.linalg.vector_norm(magnitude)
    return float(20 * torch.log10(ratio.clamp_min(1e-15)))
