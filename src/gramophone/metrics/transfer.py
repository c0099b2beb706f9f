"""How good a transfer is: what it is made of, how it moves, and what it gains over plain mixing.

A mix of the two recordings has both their long-term statistics, so measures of those cannot tell it from a transfer.
These can: a mix is made of neither, and moves like the content only as far as the content is heard in it.
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
OVER_ENDS = 2  # frames at each end that see beyond it
AUDIBLE_DB = 60.0  # quieter than the loudest patch by more than this is not made of anything


@dataclass(frozen=True)
class Placed:
    """Where a sound stands between style and content; both from 0 to 1, higher is better."""

    structure: float
    purity: float


def purity(result: Float[Tensor, " sample"], style: Float[Tensor, " _"], rate_hz: int) -> float:
    """What a result is made of: the share of its 90 ms patches that could be patches of the style.

    A patch is log mel energy, 40 bands, without its mean (level-free). It counts when it lies as near to some patch
    of the style as 90 % of the style's own patches lie to the style's other half. Range 0 to 1, higher is better;
    1 for the recording itself,
    about 0.9 for another recording of the same sound.

    Raises:
        InputError: the style is shorter than 0.8 s.
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
    """How far a result moves like the content: mean correlation of onset and loudness envelopes.

    Onsets: the mean rise of log mel energy from frame to frame; loudness: log energy, 60 dB deep. Range -1 to 1,
    higher is better; 1 for the content itself. The longer sound is cut to the shorter. The frames that reach over
    the ends do not count: every sound falls silent there.

    Raises:
        InputError: a sound is shorter than 0.2 s.
    """
    samples = min(len(result), len(content))
    if samples < 0.2 * rate_hz:
        raise InputError(f"{samples / rate_hz:.3f} s are too short to move; give 0.2 s or more")
    pairs = zip(_envelopes(result[:samples], rate_hz), _envelopes(content[:samples], rate_hz), strict=True)
    return sum(_correlation(a, b) for a, b in pairs) / 2


def mixing_curve(
    content: Float[Tensor, " sample"], style: Float[Tensor, " _"], rate_hz: int, points: int = 21
) -> list[Placed]:
    """Where plain mixes of the two recordings stand, from -30 to 30 dB of style over content, and both alone.

    The recordings are put on the same level; a shorter style is repeated.
    """
    style = style.repeat(-(-len(content) // len(style)))[: len(content)]
    content, style = (sound / sound.square().mean().sqrt() for sound in (content, style))
    ratios = 10 ** (torch.linspace(-30, 30, points - 2) / 20)
    mixes = [content, *(content + ratio * style for ratio in ratios), style]
    return [Placed(structure(mix, content, rate_hz), purity(mix, style, rate_hz)) for mix in mixes]


def gain_over_mixing(result: Placed, curve: Sequence[Placed]) -> float:
    """Purity above the purest plain mix that moves at least as much like the content; -1 to 1.

    Between two mixes the curve is a straight line. A result that moves more like the content than any mix is
    compared with the mix that moves most like it.
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
    """Distance of each patch to the nearest of the others, in blocks of bounded size."""
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
