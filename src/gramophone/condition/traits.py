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
VOICED = 0.6
MELODY_FROM = 0.45
WORDS_FROM = 0.5
STRUCK_SKEWNESS = 3.0


@dataclass(frozen=True)
class Traits:
    """Shares from 0 to 1.

    Attributes:
        stable_pitch: of the audible time, weighted by level, how much has a pitch that lasts 0.2 s or more.
        speech: how speech-like a sound is: voiced, its envelope moving far, its pitch not steady.
    """

    stable_pitch: float
    speech: float


def traits_of(analysis: Analysis) -> Traits:
    """Hears what there is to keep; a recording shorter than half a second has nothing but rhythm."""
    if analysis.frames * HOP_S < 0.5 or not float(analysis.energy.max()) > 0:
        return Traits(0.0, 0.0)
    lasting = _lasting(analysis)
    return Traits(lasting * min(1.0, _voiced(analysis) / 0.5), _speech(analysis, lasting))


def auto_keep(traits: Traits, *, percussive: bool = False) -> frozenset[Keep]:
    """Melody where pitch is stable, words where a voice moves as speech does; rhythm always.

    Args:
        traits: of the content.
        percussive: whether it consists of strokes; tuned drums would pass for a voice.
    """
    kept: set[Keep] = {"rhythm"}
    if traits.stable_pitch >= MELODY_FROM:
        kept.add("melody")
    if traits.speech >= WORDS_FROM and not percussive:
        kept.add("words")
    return frozenset(kept)


def has_percussive_envelope(analysis: Analysis) -> bool:
    """Whether the level jumps up and falls slowly, as struck things do and a voice does not.

    The skewness of its changes from frame to frame is above 4 for drums and below 2.5 for speech.
    """
    change = analysis.loudness.diff()[analysis.audible[1:]]
    if len(change) < 3 or not float(change.std()) > 0:
        return False
    return float(((change - change.mean()) / change.std()).pow(3).mean()) > STRUCK_SKEWNESS


def _weights(analysis: Analysis) -> Float[Tensor, " frame"]:
    weights = analysis.energy.sqrt() * analysis.audible
    return weights / weights.sum().clamp_min(1e-30)


def _lasting(analysis: Analysis) -> float:
    """How much of the time has standing-out frequencies that are still there, or were already, 0.2 s away."""
    lag = round(STABLE_S / HOP_S)
    frames = unit(analysis.pitch)
    alike = (frames[:, lag:] * frames[:, :-lag]).sum(0)
    nothing = alike.new_zeros(lag)
    best = torch.maximum(torch.cat([alike, nothing]), torch.cat([nothing, alike]))
    return float((_weights(analysis) * (best > ALIKE)).sum())


def _voiced(analysis: Analysis) -> float:
    return float((_weights(analysis) * (analysis.voiced > VOICED)).sum())


def _speech(analysis: Analysis, lasting: float) -> float:
    if int(analysis.audible.sum()) < 3:
        return 0.0
    moving = float(analysis.shape[:, analysis.audible].std(1).mean())
    parts = (_voiced(analysis) - 0.55) / 0.25, (moving - 0.9) / 0.6, (0.8 - lasting) / 0.3
    return min(min(1.0, max(0.0, part)) for part in parts)
