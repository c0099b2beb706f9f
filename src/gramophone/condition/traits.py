"""What a content has that can be kept: a stable pitch, speech, or neither."""

from collections.abc import Sequence
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
ATTACK_FRAMES, LONGEST_STROKE_FRAMES = 2, 7  # 50 ms without pitch, then 160 ms


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


def auto_keep(traits: Traits, *, is_struck: bool = False, has_one_pitch: bool = False) -> frozenset[Keep]:
    """Words where a voice moves as speech does, otherwise melody where pitch is stable; rhythm always.

    A drawn-out vowel is no melody: of two seconds of speech, one in eight has a pitch that is stable enough for one.

    Args:
        traits: of the content.
        is_struck: whether it consists of strokes out of near silence; tuned drums would pass for a voice.
        has_one_pitch: whether its strokes all have the same pitch, which is a drum's and no melody.
    """
    kept: set[Keep] = {"rhythm"}
    if traits.speech >= WORDS_FROM and not is_struck:
        kept.add("words")
    elif traits.stable_pitch >= MELODY_FROM and not has_one_pitch:
        kept.add("melody")
    return frozenset(kept)


def successive_pitch_likeness(analysis: Analysis, onsets_s: Sequence[float]) -> float:
    """Mean cosine of the pitch features of every stroke and the one before it; 0 if there is but one.

    It is above 0.75 where the same drums ring all the time, and 0.1 to 0.6 for melodies of struck instruments.
    """
    if len(onsets_s) < 2:
        return 0.0
    starts = [min(round(onset_s / HOP_S) + ATTACK_FRAMES, analysis.frames - 1) for onset_s in onsets_s]
    nexts = [*starts[1:], analysis.frames]
    ends = [min(start + LONGEST_STROKE_FRAMES, end) for start, end in zip(starts, nexts, strict=True)]
    strokes = [
        analysis.pitch[:, start : max(start + 1, end)].mean(1) for start, end in zip(starts, ends, strict=True)
    ]
    features = unit(torch.stack(strokes, 1))
    return float((features[:, 1:] * features[:, :-1]).sum(0).mean())


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
