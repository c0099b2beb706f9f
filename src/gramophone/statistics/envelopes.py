"""Envelopes: log energies of a few bands and their correlation, level over time, long-term spectrum, rhythm.

[1] J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
"""

import torch
from jaxtyping import Float
from torch import Tensor

DEPTH = 1e-3  # floor of an envelope, relative to its band's mean energy: -30 dB


def log_energies(
    magnitude: Float[Tensor, "*channel frequency frame"], bands: Float[Tensor, "band frequency"]
) -> Float[Tensor, "*channel band frame"]:
    """Natural logarithm of band energies, with a soft floor relative to each band's mean."""
    return log_with_floor(bands @ magnitude.square())


def log_with_floor(energies: Float[Tensor, "*channel band frame"]) -> Float[Tensor, "*channel band frame"]:
    """Natural logarithm of energies, with a soft floor relative to each band's mean."""
    mean = energies.mean(-1, keepdim=True)
    # The reciprocal of the floor must be far from overflow, or the gradient at silence is not a number.
    return (energies + DEPTH * mean + torch.finfo(energies.dtype).tiny ** 0.5).log()


def envelope_correlation(
    x: Float[Tensor, "*channel band frame"], target: Float[Tensor, "*channel band frame"]
) -> Float[Tensor, ""]:
    """Mean correlation over time of envelopes and of their changes from frame to frame, -1 to 1.

    Bands are weighted by the standard deviation of the target's log energy, so that constant bands do not count.
    """
    weights = target.std(-1)
    weights = weights / weights.sum().clamp_min(torch.finfo(x.dtype).tiny)
    levels = (_standardised(x) * _standardised(target)).sum(-1)
    changes = (_standardised(x.diff(dim=-1)) * _standardised(target.diff(dim=-1))).sum(-1)
    return (weights * (levels + changes) / 2).sum()


def _standardised(envelope: Float[Tensor, "*channel band frame"]) -> Float[Tensor, "*channel band frame"]:
    centred = envelope - envelope.mean(-1, keepdim=True)
    return centred / (torch.linalg.vector_norm(centred, dim=-1, keepdim=True) + 1e-6)


def over_time(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frame"]:
    """Mean square over the frequencies: energy over time."""
    return x.square().mean(-2)


def over_frequency(x: Float[Tensor, "*row frequency frame"]) -> Float[Tensor, "*row frequency"]:
    """Mean square over time: the long-term spectrum."""
    return x.square().mean(-1)


def stretched(envelope: Float[Tensor, "*row _"], length: int) -> Float[Tensor, "*row length"]:
    """The envelope with another number of points, by linear interpolation."""
    flat = envelope.reshape(1, -1, envelope.shape[-1])
    found = torch.nn.functional.interpolate(flat, length, mode="linear", align_corners=True)
    return found.reshape(*envelope.shape[:-1], length)


def autocorrelation(features: Float[Tensor, "*feature frame"], lags: range) -> Float[Tensor, "*feature lag"]:
    """Autocorrelation of every feature without its mean, unbiased in length, 1 at lag 0.

    Args:
        features: features with at least one frame more than the longest lag.
        lags: lags in frames, ascending, none negative.

    Raises:
        ValueError: a lag is as long as the features.
    """
    sums = _lagged_sums(features - features.mean(-1, keepdim=True), lags)
    means = sums / (features.shape[-1] - torch.arange(lags[-1] + 1, device=features.device))
    least = torch.finfo(features.dtype).tiny ** 0.5
    return means[..., lags.start :: lags.step] / means[..., :1].clamp_min(least)


def raw_autocorrelation(features: Float[Tensor, "*feature frame"], lags: range) -> Float[Tensor, "*feature lag"]:
    """`1/T sum_t F_t F_(t+lag)` with zeros beyond the ends, as published [1]: loud features dominate.

    Args:
        features: features with at least one frame more than the longest lag.
        lags: lags in frames, ascending, none negative.

    Raises:
        ValueError: a lag is as long as the features.
    """
    return _lagged_sums(features, lags)[..., lags.start :: lags.step] / features.shape[-1]


def _lagged_sums(features: Float[Tensor, "*feature frame"], lags: range) -> Float[Tensor, "*feature _"]:
    """`sum_t F_t F_(t+lag)` for every lag from 0 to the longest, zeros beyond the ends."""
    frames = features.shape[-1]
    if not 0 <= lags.start <= lags[-1] < frames:
        raise ValueError(f"lags of {lags.start} to {lags[-1]} frames do not fit {frames} frames")
    spectrum = torch.fft.rfft(features, 2 * frames)
    # Not abs()**2, whose gradient at 0 passes through a division.
    power = spectrum.real.square() + spectrum.imag.square()
    return torch.fft.irfft(power, 2 * frames)[..., : lags[-1] + 1]
