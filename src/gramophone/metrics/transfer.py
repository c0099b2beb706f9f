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

    @classmethod
    def of(
        cls,
        result: Float[Tensor, " sample"],
        content: Float[Tensor, " _"],
        style: Float[Tensor, " _"],
        rate_hz: int,
    ) -> "Placed":
        """Measures a result.

        Raises:
            InputError: a sound is too short.
        """
        return cls(structure(result, content, rate_hz), purity(result, style, rate_hz))


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
    seen = _Seen.of(result, rate_hz)
    return _StylePatches.of(_Seen.of(style, rate_hz), len(style) / rate_hz).share(seen)


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
    ours, theirs = (_Seen.of(sound[:samples], rate_hz) for sound in (result, content))
    return _structure(ours.envelopes(), theirs.envelopes())


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
    stft = _stft(rate_hz)
    ours, theirs = stft.forward(content), stft.forward(style)  # the spectrum of a mix is the mix of the spectra
    mixes = [ours, *(ours + ratio * theirs for ratio in ratios), theirs]
    seen = [_Seen.through(mix.abs(), rate_hz) for mix in mixes]
    kept, made_of = seen[0].envelopes(), _StylePatches.of(seen[-1], len(style) / rate_hz)
    return [Placed(_structure(mix.envelopes(), kept), made_of.share(mix)) for mix in seen]


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


@dataclass(frozen=True)
class _Seen:
    """What both metrics see of a sound.

    Attributes:
        log_mel: natural logarithm of mel energies, floored 80 dB below the largest.
        energy: of all frequencies.
        rate_hz: of the sound.
    """

    log_mel: Float[Tensor, "band frame"]
    energy: Float[Tensor, " frame"]
    rate_hz: int

    @classmethod
    def of(cls, sound: Float[Tensor, " sample"], rate_hz: int) -> "_Seen":
        return cls.through(_stft(rate_hz).magnitude(sound), rate_hz)

    @classmethod
    def through(cls, magnitude: Float[Tensor, "frequency frame"], rate_hz: int) -> "_Seen":
        power = magnitude.square()
        energy = mel_filters(rate_hz, _stft(rate_hz).n_fft, BANDS).to(power) @ power
        return cls(energy.clamp_min(float(energy.max()) * 1e-8 + 1e-30).log(), power.sum(0), rate_hz)

    @property
    def patch_frames(self) -> int:
        return round(PATCH_S * self.rate_hz / _stft(self.rate_hz).hop_samples)

    def patches(self) -> Float[Tensor, "patch value"]:
        windows = self.log_mel.unfold(1, self.patch_frames, 1).permute(1, 0, 2).flatten(1)
        level = windows.exp().mean(1)
        audible = level > float(level.max()) * 10 ** (-AUDIBLE_DB / 10)
        windows = windows[audible]
        return windows - windows.mean(1, keepdim=True)

    def envelopes(self) -> tuple[Float[Tensor, " _"], Float[Tensor, " _"]]:
        """Onsets and loudness."""
        onsets = self.log_mel[:, OVER_ENDS:-OVER_ENDS].diff(dim=1).clamp_min(0).mean(0)
        energy = self.energy[OVER_ENDS:-OVER_ENDS]
        loudness = energy.clamp_min(float(energy.max()) * 10 ** (-AUDIBLE_DB / 10) + 1e-30).log()
        return onsets, loudness


@dataclass(frozen=True)
class _StylePatches:
    """The style's patches, and the distance up to which a patch could be one of them."""

    patches: Float[Tensor, "patch value"]
    reach: float

    @classmethod
    def of(cls, style: _Seen, duration_s: float) -> "_StylePatches":
        own = style.patches()
        half = len(own) // 2
        if half < 2 * style.patch_frames:
            raise InputError(f"a style of {duration_s:.2f} s is too short to measure purity; give 0.8 s or more")
        across = torch.cat([_nearest(own[:half], own[half:]), _nearest(own[half:], own[:half])])
        return cls(own, float(torch.quantile(across, 0.9)))

    def share(self, seen: _Seen) -> float:
        """Fraction of a sound's patches within reach."""
        return float((_nearest(seen.patches(), self.patches) <= self.reach).double().mean())


def _nearest(patches: Tensor, among: Tensor) -> Float[Tensor, " patch"]:
    """Computes the distance of each patch to the nearest of the others, in blocks of bounded size."""
    return torch.cat([torch.cdist(block, among).amin(1) for block in patches.split(2048)])


def _structure(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    return sum(_correlation(a, b) for a, b in zip(ours, theirs, strict=True)) / 2


def _correlation(a: Tensor, b: Tensor) -> float:
    a, b = a.double() - a.double().mean(), b.double() - b.double().mean()
    scale = float(a.norm() * b.norm())
    return float(a @ b) / scale if scale > 0 else 0.0
