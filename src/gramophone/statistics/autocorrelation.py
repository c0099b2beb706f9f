"""Autocorrelation of features over time: rhythm (Antognini, Hoffman & Weiss 2018)."""

import torch
from jaxtyping import Float
from torch import Tensor


def autocorrelation(features: Float[Tensor, "*feature frame"], lags: range) -> Float[Tensor, "*feature lag"]:
    """Correlation of every feature with itself some frames later, 1 at lag 0; without its mean, unbiased in length.

    Args:
        features: at least one frame more than the longest lag.
        lags: in frames, ascending, none negative.

    Raises:
        ValueError: a lag that no two frames have.
    """
    sums = _lagged_sums(features - features.mean(-1, keepdim=True), lags)
    means = sums / (features.shape[-1] - torch.arange(lags[-1] + 1, device=features.device))
    least = torch.finfo(features.dtype).tiny ** 0.5
    return means[..., lags.start :: lags.step] / means[..., :1].clamp_min(least)


def raw_autocorrelation(features: Float[Tensor, "*feature frame"], lags: range) -> Float[Tensor, "*feature lag"]:
    """`1/T sum_t F_t F_(t+lag)`, zeros beyond the ends, nothing taken out: as published, and loud features rule.

    Args:
        features: at least one frame more than the longest lag.
        lags: in frames, ascending, none negative.

    Raises:
        ValueError: a lag that no two frames have.
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


def rhythm_distance(own: Float[Tensor, "*feature lag"], target: Float[Tensor, "*feature lag"]) -> Float[Tensor, ""]:
    """`||A - A*||^2 / ||A*||^2`, from 0; 1 for a sound without any rhythm."""
    return (own - target).square().sum() / target.square().sum().clamp_min(torch.finfo(own.dtype).tiny)


def row_correlations(rows: Float[Tensor, "frequency filter frame"]) -> Float[Tensor, "frequency filter filter"]:
    """`H_m = 1/T sum_n F_imn F_jmn`: a Gram matrix over time for every frequency."""
    return rows @ rows.mT / rows.shape[-1]
