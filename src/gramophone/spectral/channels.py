"""Several channels in one spectrogram: between two neighbours stands their middle.

Magnitudes of the channels alone say nothing of how they belong together: the same voice on both sides and two
strangers look alike. The magnitude of the mean of two channels does, at every frequency and time: with `|L|` and
`|R|` it fixes the difference of their phases but for the sign.
"""

import torch
from jaxtyping import Complex, Float
from torch import Tensor


def with_middles(spectra: Complex[Tensor, "channel frequency _"]) -> Complex[Tensor, "row frequency _"]:
    """The channels, followed by the means of neighbouring ones: `2 channels - 1` rows."""
    if len(spectra) == 1:
        return spectra
    return torch.cat([spectra, (spectra[:-1] + spectra[1:]) / 2])


def channels_in(rows: int) -> int:
    """Number of channels of what `with_middles` gave."""
    return (rows + 1) // 2


def phase_differences(
    magnitude: Float[Tensor, "row frequency frame"],
) -> Float[Tensor, "pair frequency frame"]:
    """Angle between each channel and the next, from 0 to pi, by the law of cosines.

    Magnitudes that no two channels can have are taken for the nearest ones that they can: 0 or pi.
    """
    channels = channels_in(len(magnitude))
    one, other, middle = magnitude[: channels - 1], magnitude[1:channels], magnitude[channels:]
    product = (2 * one * other).clamp_min(torch.finfo(magnitude.dtype).tiny)
    cosine = (4 * middle.square() - one.square() - other.square()) / product
    return cosine.clamp(-1, 1).acos()
