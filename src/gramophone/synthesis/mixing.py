"""Several styles as the stages take them: side by side, summed, or each in its own frequency band."""

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
    waves: Sequence[Waveform], weights: Sequence[float], mix: Mix, rate_hz: int
) -> tuple[list[Waveform], list[float]]:
    """The recordings whose statistics are sought, and their shares; styles without weight are left out.

    Args:
        waves: the styles at the same level and rate.
        weights: their shares, summing to 1.
        mix: what they mean.
        rate_hz: of the waves.

    Raises:
        UsageError: a crossover above half the rate.
    """
    if mix.crossover_hz:
        return [by_band(waves, mix.crossover_hz, rate_hz)], [1.0]
    heard = [(wave, weight) for wave, weight in zip(waves, weights, strict=True) if weight > 0]
    if mix.kind == "blend":
        return [blended([wave for wave, _ in heard], [weight for _, weight in heard], rate_hz)], [1.0]
    return [wave for wave, _ in heard], [weight for _, weight in heard]


def blended(waves: Sequence[Waveform], weights: Sequence[float], rate_hz: int) -> Waveform:
    """The sum of all, each with its share of the energy; shorter ones are repeated."""
    longest = max(wave.shape[-1] for wave in waves)
    parts = [repeated(wave, longest, rate_hz) * weight**0.5 for wave, weight in zip(waves, weights, strict=True)]
    return torch.stack(parts).sum(0)


def by_band(waves: Sequence[Waveform], crossover_hz: Sequence[float], rate_hz: int) -> Waveform:
    """Each recording in its own band, lowest first; slopes of a third of an octave, of linear phase, that sum to 1.

    Raises:
        UsageError: a crossover above half the rate.
    """
    if crossover_hz[-1] >= rate_hz / 2:
        raise UsageError(
            f"a crossover at {crossover_hz[-1]:g} Hz has nothing above it at a rate of {rate_hz} Hz; "
            f"give one below {rate_hz / 2:g} Hz"
        )
    longest = max(wave.shape[-1] for wave in waves)
    octaves = torch.fft.rfftfreq(longest, 1 / rate_hz).clamp_min(1e-3).log2()
    above = [torch.ones_like(octaves)]
    for hz in crossover_hz:
        along = ((octaves - math.log2(hz)) / SLOPE_OCTAVES + 0.5).clamp(0, 1)
        above.append(torch.sin(math.pi / 2 * along).square())
    above.append(torch.zeros_like(octaves))
    total = torch.zeros_like(repeated(waves[0], longest, rate_hz))
    for wave, low, high in zip(waves, above[:-1], above[1:], strict=True):
        spectrum = torch.fft.rfft(repeated(wave, longest, rate_hz))
        total = total + torch.fft.irfft(spectrum * (low - high).to(wave), longest)
    return total


def repeated(wave: Waveform, samples: int, rate_hz: int) -> Waveform:
    """The recording again and again until it is that long, with short cross-fades of constant energy."""
    joint = min(round(JOINT_S * rate_hz), wave.shape[-1] // 4)
    rise = torch.linspace(0, math.pi / 2, joint).sin().to(wave)
    whole = wave
    while whole.shape[-1] < samples:
        seam = whole[..., -joint:] * rise.flip(0) + wave[..., :joint] * rise
        whole = torch.cat([whole[..., :-joint], seam, wave[..., joint:]], -1)
    return whole[..., :samples]
