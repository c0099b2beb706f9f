"""Mel filters: a front end for features and measures, never something to be inverted."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def mel_filters(rate_hz: int, n_fft: int, bands: int, lowest_hz: float = 40.0) -> Float[Tensor, "band frequency"]:
    """Triangles with unit sum, evenly spaced in mel (O'Shaughnessy 1987) from `lowest_hz` to half the rate."""
    edges_mel = torch.linspace(_mel(lowest_hz), _mel(rate_hz / 2), bands + 2, dtype=torch.float64)
    edges_hz = 700 * (10 ** (edges_mel / 2595) - 1)
    frequencies_hz = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * rate_hz / n_fft
    left, centre, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (frequencies_hz - left) / (centre - left)
    falling = (right - frequencies_hz) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp_min(0)
    # A low band can be narrower than a bin: it then takes the nearest one.
    nearest = (frequencies_hz[None] - centre).abs().argmin(1)
    empty = triangles.sum(1) == 0
    triangles[empty, nearest[empty]] = 1.0
    return (triangles / triangles.sum(1, keepdim=True)).float()


def _mel(hz: float) -> float:
    return 2595 * math.log10(1 + hz / 700)
