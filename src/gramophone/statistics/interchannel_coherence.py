"""Relations between channels by frequency band: level differences and coherence."""

import torch
from jaxtyping import Complex, Float
from torch import Tensor

QUIET = 1e-6
"""Energy relative to the loudest band (-60 dB) below which a band does not count."""


def covariances(
    spectra: Complex[Tensor, "channel frequency frame"], bands: Float[Tensor, "band frequency"]
) -> Complex[Tensor, "band channel channel"]:
    """Mean products of all pairs of channels, summed over the bands."""
    # Plain products and sums: a batch of tiny complex matrix products takes ten times as long.
    channels = range(len(spectra))
    means = [[(spectra[c] * spectra[d].conj()).mean(-1) for d in channels] for c in channels]
    products = torch.stack([torch.stack(row) for row in means])
    real, imaginary = (part @ bands.T for part in (products.real, products.imag))
    return torch.complex(real, imaginary).permute(2, 0, 1)


def coherence(covariance: Complex[Tensor, "band channel channel"]) -> Complex[Tensor, "band channel channel"]:
    """Normalised covariances: magnitude 1 for fully dependent channels, 0 for independent ones."""
    energy = covariance.diagonal(dim1=1, dim2=2).real
    least = torch.finfo(energy.dtype).tiny ** 0.5
    return covariance / (energy[:, :, None] * energy[:, None]).clamp_min(least**2).sqrt().clamp_min(least)


def level_differences_db(covariance: Complex[Tensor, "band channel channel"]) -> Float[Tensor, "band channel"]:
    """Level of each channel above the mean of all, in dB."""
    energy = covariance.diagonal(dim1=1, dim2=2).real
    level_db = 10 * energy.clamp_min(torch.finfo(energy.dtype).tiny).log10()
    return level_db - level_db.mean(1, keepdim=True)


def width_distance(
    x: Complex[Tensor, "band channel channel"], target: Complex[Tensor, "band channel channel"]
) -> Float[Tensor, ""]:
    """Mean square over the audible bands of the difference in coherence, and of that in level over 10 dB.

    Range: from 0 (equal) to about 1 (independent channels instead of one sound) and more.
    """
    loudness = target.diagonal(dim1=1, dim2=2).real.sum(1)
    audible = (loudness > QUIET * loudness.max()).to(loudness)
    pairs = max(1, x.shape[1] * (x.shape[1] - 1))
    incoherence = (coherence(x) - coherence(target)).abs().square().sum((1, 2)) / pairs
    shifted = (level_differences_db(x) - level_differences_db(target)).square().mean(1) / 100
    return ((incoherence + shifted) * audible).sum() / audible.sum()
