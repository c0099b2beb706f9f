"""Autocorrelation of features over time, for rhythm.

J. M. Antognini, M. Hoffman, R. J. Weiss, "Synthesizing diverse, high-quality audio textures", 2018.
"""

import torch
from jaxtyping import Float
from torch import Tensor


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
    """`1/T sum_t F_t F_(t+lag)` with zeros beyond the ends, as published: loud features dominate.

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
