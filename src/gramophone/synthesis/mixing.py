"""Mixtures of several styles: by statistics, summed, or each in its own frequency band."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import UsageError
from gramophone.presets.style_mix import Mix

JOINT_S = 0.05
SLOPE_OCTAVES = 1 / 3

Waveform = Float[Tensor, "channel _"]


def mixed(
    styles: Sequence[Waveform], weights: Sequence[float], mix: Mix, rate_hz: int
) -> tuple[list[Waveform], list[float]]:
    """Recordings whose statistics the result has, and their weights; styles without weight are left out.

    Args:
        styles: waveforms of the styles, at the same level and rate.
        weights: weights of the styles, summing to 1.
        mix: meaning of the weights.
        rate_hz: sampling rate of the waveforms, in Hz.

    Raises:
        UsageError: a crossover above half the rate.
    """
    if mix.crossover_hz:
        return [by_band(styles, mix.crossover_hz, rate_hz)], [1.0]
    audible = [(style, weight) for style, weight in zip(styles, weights, strict=True) if weight > 0]
    styles, weights = [style for style, _ in audible], [weight for _, weight in audible]
    if mix.kind == "blend":
        return [blended(styles, weights, rate_hz)], [1.0]
    return styles, weights


def blended(styles: Sequence[Waveform], weights: Sequence[float], rate_hz: int) -> Waveform:
    """Sum of the styles, in which each has its part of the energy; shorter ones are repeated."""
    longest = max(style.shape[-1] for style in styles)
    parts = [repeated(style, longest, rate_hz) * weight**0.5 for style, weight in zip(styles, weights, strict=True)]
    return torch.stack(parts).sum(0)


def by_band(styles: Sequence[Waveform], crossover_hz: Sequence[float], rate_hz: int) -> Waveform:
    """Each style in its own band, lowest first; linear-phase slopes of a third of an octave that sum to 1.

    Raises:
        UsageError: a crossover above half the rate.
    """
    if crossover_hz[-1] >= rate_hz / 2:
        raise UsageError(
            f"a crossover at {crossover_hz[-1]:g} Hz has nothing above it at a rate of {rate_hz} Hz; "
            f"give one below {rate_hz / 2:g} Hz"
        )
    longest = max(style.shape[-1] for style in styles)
    octaves = torch.fft.rfftfreq(longest, 1 / rate_hz).clamp_min(1e-3).log2()
    above = [torch.ones_like(octaves)]
    for hz in crossover_hz:
        along = ((octaves - math.log2(hz)) / SLOPE_OCTAVES + 0.5).clamp(0, 1)
        above.append(torch.sin(math.pi / 2 * along).square())
    above.append(torch.zeros_like(octaves))
    total = torch.zeros_like(repeated(styles[0], longest, rate_hz))
    for style, low, high in zip(styles, above[:-1], above[1:], strict=True):
        spectrum = torch.fft.rfft(repeated(style, longest, rate_hz))
        total = total + torch.fft.irfft(spectrum * (low - high).to(style), longest)
    return total


def repeated(waveform: Waveform, samples: int, rate_hz: int) -> Waveform:
    """A recording repeated to a length, with short cross-fades of constant energy."""
    joint = min(round(JOINT_S * rate_hz), waveform.shape[-1] // 4)
    rise = torch.linspace(0, math.pi / 2, joint).sin().to(waveform)
    whole = waveform
    while whole.shape[-1] < samples:
        seam = whole[..., -joint:] * rise.flip(0) + waveform[..., :joint] * rise
        whole = torch.cat([whole[..., :-joint], seam, waveform[..., joint:]], -1)
    return whole[..., :samples]
