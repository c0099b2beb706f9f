"""What a content has that can be kept: a stable pitch, speech, or neither."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gramophone.condition.analysis import HOP_S, Analysis
from gramophone.condition.keep import Keep
from gramophone.condition.pitch import unit

STABLE_S = 0.19  # the pitch analysis' window: nearer frames are alike because they share samples
ALIKE = 0.55
SYLLABLES_HZ = (3.0, 8.0)
MODULATIONS_HZ = (0.7, 18.0)
MELODY_FROM = 0.3
WORDS_FROM = 0.5


@dataclass(frozen=True)
class Traits:
    """Shares from 0 to 1.

    Attributes:
        stable_pitch: of audible energy-weighted time whose standing-out frequencies last 0.2 s or more.
        speech: how speech-like level and envelope move.
    """

    stable_pitch: float
    speech: float


def traits_of(analysis: Analysis) -> Traits:
    """Hears what there is to keep; a recording shorter than half a second has nothing but rhythm."""
    if analysis.frames * HOP_S < 0.5 or not float(analysis.energy.max()) > 0:
        return Traits(0.0, 0.0)
    return Traits(_stable_pitch(analysis), _speech(analysis))


def auto_keep(traits: Traits) -> frozenset[Keep]:
    """Melody where pitch is stable, words where it moves as speech does; rhythm always."""
    kept: set[Keep] = {"rhythm"}
    if traits.stable_pitch >= MELODY_FROM:
        kept.add("melody")
    if traits.speech >= WORDS_FROM and traits.stable_pitch < 2 * MELODY_FROM:
        kept.add("words")
    return frozenset(kept)


def _weights(analysis: Analysis) -> Float[Tensor, " frame"]:
    weights = analysis.energy.sqrt() * analysis.audible
    return weights / weights.sum().clamp_min(1e-30)


def _stable_pitch(analysis: Analysis) -> float:
    lag = round(STABLE_S / HOP_S)
    frames = unit(analysis.pitch)
    alike = (frames[:, lag:] * frames[:, :-lag]).sum(0)
    nothing = alike.new_zeros(lag)
    best = torch.maximum(torch.cat([alike, nothing]), torch.cat([nothing, alike]))
    return float((_weights(analysis) * (best > ALIKE)).sum())


def _speech(analysis: Analysis) -> float:
    """Product of two: modulation between 3 and 8 Hz, and an envelope whose shape moves."""
    level = (analysis.envelope + 1e-3 * analysis.envelope.mean(1, keepdim=True) + 1e-30).log()
    centred = level - level.mean(1, keepdim=True)
    spectrum = torch.fft.rfft(centred * torch.hann_window(centred.shape[1]).to(centred)).abs().square()
    hz = torch.fft.rfftfreq(centred.shape[1], HOP_S).to(centred)

    def between(low: float, high: float) -> Tensor:
        return spectrum[:, (hz >= low) & (hz <= high)].sum()

    syllables = float(between(*SYLLABLES_HZ) / between(*MODULATIONS_HZ).clamp_min(1e-30))
    moving = analysis.shape[:, analysis.audible].std(1).mean() if int(analysis.audible.sum()) > 2 else level.sum() * 0
    return min(1.0, syllables / 0.5) * min(1.0, float(moving) / 1.2)
