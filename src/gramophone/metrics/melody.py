"""Melody: how much of the content's pitch contour a result has.

Raw pitch accuracy and raw chroma accuracy as in the evaluation of melody extraction (Poliner et al. 2007, "Melody
transcription from music audio", section V): the share of the reference's voiced frames at which the estimate lies
within 50 cents, as it is and with octave errors forgiven. Pitch by SwiftF0 (Nieradzik 2025).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from gramophone.metrics.extra import missing
from gramophone.metrics.measure import Measure, Waveform, at_rate, kept, padded, repeated, undefined

NAME, OCTAVES = "melody", "melody modulo octave"
RATE_HZ = 16_000
CONFIDENT = 0.8  # of the content's frames; the estimator calls 0.5 voiced
NEAR_CENTS = 50.0
FEWEST_FRAMES = 16  # a quarter of a second
LEAST_SHARE = 0.1  # of all frames: noise has a few voiced ones by chance
ONE_NOTE_CENTS = 100.0  # between the 5th and the 95th percentile of the pitch
UNVOICED = "the content has no voiced frames, or too few of a sure pitch"
PEAK = 0.1  # recordings are brought to it: the estimator takes quiet frames for silence


@dataclass(frozen=True)
class Pitch:
    """A pitch track, one frame in 16 ms.

    Attributes:
        cents: above 1 Hz.
        confidence: 0 to 1, 0 in silence.
    """

    cents: Float64[np.ndarray, " frame"]
    confidence: Float64[np.ndarray, " frame"]

    @property
    def confident(self) -> Bool[np.ndarray, " frame"]:
        """Where there is a pitch beyond doubt."""
        return self.confidence >= CONFIDENT

    @property
    def is_voiced(self) -> bool:
        """Whether there are enough confident frames to speak of a melody."""
        count = int(self.confident.sum())
        return count >= FEWEST_FRAMES and count >= LEAST_SHARE * len(self.cents)

    @property
    def is_one_note(self) -> bool:
        """Whether the pitch stays within a semitone."""
        low, high = np.percentile(self.cents[self.confident], (5, 95))
        return bool(high - low < ONE_NOTE_CENTS)


@dataclass(frozen=True)
class Melody:
    """The content's pitch, to compare with a result's.

    Attributes:
        detector: the pitch estimator.
        content: pitch of the content.
        rate_hz: of the recordings.
        samples: of the content.
        natural: accuracies of the style alone.
    """

    detector: Any
    content: Pitch
    rate_hz: int
    samples: int
    natural: tuple[float, float]

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int, pitch: Pitch | None = None) -> "Melody":
        """Prepares a content and a style.

        Args:
            content: what is played or sung.
            style: what the result is made of.
            rate_hz: of both.
            pitch: of the content, if it is known already.

        Raises:
            MissingExtraError: SwiftF0 is not installed.
        """
        detector = pitch_detector()
        pitch = pitch or track(detector, content, rate_hz)
        unrelated = track(detector, repeated(style, len(content)), rate_hz)
        return cls(detector, pitch, rate_hz, len(content), accuracies(unrelated, pitch))

    def measure(self, result: Waveform) -> tuple[Measure, Measure]:
        """Raw pitch accuracy and raw chroma accuracy."""
        if reason := _reason(self.content):
            return undefined(NAME, reason), undefined(OCTAVES, reason)
        ours = track(self.detector, padded(result, self.samples), self.rate_hz)
        pitch, chroma = accuracies(ours, self.content)
        frames = int(self.content.confident.sum())
        return (
            kept(
                NAME, pitch, self.natural[0], f"{pitch:.0%} of the content's {frames} voiced frames keep their pitch"
            ),
            kept(OCTAVES, chroma, self.natural[1], f"{chroma:.0%} keep their pitch where octave errors are forgiven"),
        )


def pitch_detector() -> Any:  # noqa: ANN401 (a class of the optional package)
    """SwiftF0, whose weights come inside its package.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        from swift_f0 import SwiftF0
    except ImportError as error:
        raise missing("the pitch of melody and words", "swift-f0") from error
    return SwiftF0(threads=1, spin=False)


def track(detector: Any, waveform: Waveform, rate_hz: int) -> Pitch:  # noqa: ANN401
    """The pitch of a waveform of any level.

    Args:
        detector: see `pitch_detector`.
        waveform: at least a few milliseconds.
        rate_hz: its rate.
    """
    peak = float(np.abs(waveform).max())
    levelled = waveform * np.float32(PEAK / peak) if peak > 0 else waveform
    found = detector.detect(at_rate(levelled, rate_hz, RATE_HZ), RATE_HZ)
    return Pitch(1200 * np.log2(np.maximum(found.pitch_hz, 1.0)), found.confidence)


def accuracies(result: Pitch, content: Pitch) -> tuple[float, float]:
    """Shares of the content's confident frames within 50 cents, and within 50 cents of an octave of them; 0 to 1.

    The result's own voicing does not count, but where it is silent nothing is right.
    """
    frames = min(len(result.cents), len(content.cents))
    asked = content.confident[:frames]
    if not asked.any():
        return 0.0, 0.0
    away = (result.cents[:frames] - content.cents[:frames])[asked]
    heard = result.confidence[:frames][asked] > 0
    within_octave = (away + 600) % 1200 - 600
    near, near_in_octave = (np.abs(distance) <= NEAR_CENTS for distance in (away, within_octave))
    return float((near & heard).mean()), float((near_in_octave & heard).mean())


def _reason(content: Pitch) -> str:
    if not content.is_voiced:
        return f"no melody to keep: {UNVOICED}"
    if content.is_one_note:
        return "no melody to keep: the content's pitch stays on one note"
    return ""
