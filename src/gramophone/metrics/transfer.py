"""Metrics of a transfer: purity (made of the style), structure (moving like the content), and gain over mixing.

A mix of the two recordings has the long-term statistics of both, so metrics of those cannot tell it from a transfer.
These can: a mix is made of neither, and moves like the content only as far as the content is audible in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.errors import InputError
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import mel_filters

PATCH_S = 0.09
BANDS = 40
OVER_ENDS = 2  # frames at each end whose windows extend beyond it
AUDIBLE_DB = 60.0  # patches quieter than the loudest by more than this do not count


@dataclass(frozen=True)
class Placed:
    """Position of a sound between style and content.

    Attributes:
        structure: see `structure`; higher is better.
        purity: see `purity`; higher is better.
    """

    structure: float
    purity: float


def purity(result: Float[Tensor, " sample"], style: Float[Tensor, " _"], rate_hz: int) -> float:
    """Fraction of a result's 90 ms patches that could be patches of the style.

    A patch is log mel energy in 40 bands without its mean, so levels do not matter. It counts if it is as near to
    some patch of the style as 90 % of the style's own patches are to the style's other half. 0 to 1, higher is
    better; 1 for the style itself, about 0.9 for another recording of the same sound.

    Raises:
        InputError: the style is shorter than 0.8 s.

    Example:
        >>> import torch
        >>> style = torch.randn(16000, generator=torch.Generator().manual_seed(0))
        >>> tone = torch.sin(2 * torch.pi * 440 * torch.arange(16000) / 16000)
        >>> purity(style, style, 16000), purity(tone, style, 16000)
        (1.0, 0.0)
    """
    own = _patches(style, rate_hz)
    half = len(own) // 2
    if half < 2 * _patch_frames(rate_hz):
        raise InputError(
            f"a style of {len(style) / rate_hz:.2f} s is too short to measure purity; give 0.8 s or more"
        )
    across = torch.cat([_nearest(own[:half], own[half:]), _nearest(own[half:], own[:half])])
    reach = torch.quantile(across, 0.9)
    return float((_nearest(_patches(result, rate_hz), own) <= reach).double().mean())


def structure(result: Float[Tensor, " sample"], content: Float[Tensor, " _"], rate_hz: int) -> float:
    """Mean correlation of onset and loudness envelopes of a result with those of the content.

    Onsets are the mean rise of log mel energy from frame to frame; loudness is log energy, 60 dB deep. -1 to 1,
    higher is better; 1 for the content itself. The longer sound is truncated. Frames that extend beyond the ends do
    not count, as every sound is silent there.

    Raises:
        InputError: a sound is shorter than 0.2 s.

    Example:
        >>> import torch
        >>> noise = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
        >>> fading, steady = noise[0] * torch.linspace(0, 1, 16000), noise[1]
        >>> round(structure(fading, fading, 16000), 3), structure(steady, fading, 16000) < 0.5
        (1.0, True)
    """
    samples = min(len(result), len(content))
    if samples < 0.2 * rate_hz:
        raise InputError(f"a sound of {samples / rate_hz:.3f} s is too short for structure; give 0.2 s or more")
    pairs = zip(_envelopes(result[:samples], rate_hz), _envelopes(content[:samples], rate_hz), strict=True)
    return sum(_correlation(a, b) for a, b in pairs) / 2


def mixing_curve(
    content: Float[Tensor, " sample"], style: Float[Tensor, " _"], rate_hz: int, points: int = 21
) -> list[Placed]:
    """Positions of plain mixes of the two recordings, from -30 to 30 dB of style over content, and of both alone.

    The recordings are brought to the same level; a shorter style is repeated.

    Example:
        >>> import torch
        >>> content, style = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
        >>> curve = mixing_curve(content, style, 16000, points=5)
        >>> round(curve[0].structure, 3), curve[-1].purity
        (1.0, 1.0)
    """
    style = style.repeat(-(-len(content) // len(style)))[: len(content)]
    content, style = (sound / sound.square().mean().sqrt() for sound in (content, style))
    ratios = 10 ** (torch.linspace(-30, 30, points - 2) / 20)
    mixes = [content, *(content + ratio * style for ratio in ratios), style]
    return [Placed(structure(mix, content, rate_hz), purity(mix, style, rate_hz)) for mix in mixes]


def gain_over_mixing(result: Placed, curve: Sequence[Placed]) -> float:
    """Purity minus that of the purest plain mix with at least as much structure; -1 to 1, higher is better.

    The curve is interpolated linearly. A result with more structure than any mix is compared with the mix of most
    structure.

    Example:
        >>> curve = [Placed(structure=1.0, purity=0.0), Placed(structure=0.0, purity=1.0)]
        >>> gain_over_mixing(Placed(structure=0.5, purity=0.75), curve)
        0.25
    """
    reachable = [point.purity for point in curve if point.structure >= result.structure]
    for one, other in pairwise(curve):
        low, high = sorted((one, other), key=lambda point: point.structure)
        if low.structure < result.structure <= high.structure:
            along = (result.structure - low.structure) / (high.structure - low.structure)
            reachable.append(low.purity + along * (high.purity - low.purity))
    best = max(reachable) if reachable else max(curve, key=lambda point: point.structure).purity
    return result.purity - best


def _stft(rate_hz: int) -> Stft:
    n_fft = 2 * round(rate_hz * 0.0232)
    return Stft(n_fft, n_fft // 4)


def _patch_frames(rate_hz: int) -> int:
    return round(PATCH_S * rate_hz / _stft(rate_hz).hop_samples)


def _log_mel(sound: Tensor, rate_hz: int) -> Float[Tensor, "band frame"]:
    """Natural logarithm of mel energies, floored 80 dB below the largest."""
    stft = _stft(rate_hz)
    energy = mel_filters(rate_hz, stft.n_fft, BANDS).to(sound) @ stft.magnitude(sound).square()
    return energy.clamp_min(float(energy.max()) * 1e-8 + 1e-30).log()


def _patches(sound: Tensor, rate_hz: int) -> Float[Tensor, "patch value"]:
    frames = _patch_frames(rate_hz)
    windows = _log_mel(sound, rate_hz).unfold(1, frames, 1).permute(1, 0, 2).flatten(1)
    level = windows.exp().mean(1)
    audible = level > float(level.max()) * 10 ** (-AUDIBLE_DB / 10)
    windows = windows[audible]
    return windows - windows.mean(1, keepdim=True)


def _nearest(patches: Tensor, among: Tensor) -> Float[Tensor, " patch"]:
    """Computes the distance of each patch to the nearest of the others, in blocks of bounded size."""
    return torch.cat([torch.cdist(block, among).amin(1) for block in patches.split(2048)])


def _envelopes(sound: Tensor, rate_hz: int) -> tuple[Float[Tensor, " _"], Float[Tensor, " _"]]:
    log_mel = _log_mel(sound, rate_hz)[:, OVER_ENDS:-OVER_ENDS]
    onsets = log_mel.diff(dim=1).clamp_min(0).mean(0)
    energy = _stft(rate_hz).magnitude(sound).square().sum(0)[OVER_ENDS:-OVER_ENDS]
    loudness = energy.clamp_min(float(energy.max()) * 10 ** (-AUDIBLE_DB / 10) + 1e-30).log()
    return onsets, loudness


def _correlation(a: Tensor, b: Tensor) -> float:
    a, b = a.double() - a.double().mean(), b.double() - b.double().mean()
    scale = float(a.norm() * b.norm())
    return float(a @ b) / scale if scale > 0 else 0.0
