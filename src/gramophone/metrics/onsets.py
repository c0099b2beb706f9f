"""Onsets and strokes: whether a result's events come when the content's do, and from the same register.

Onsets by spectral flux with an adaptive threshold (Bello et al. 2005; Dixon 2006), matched one to one within 50 ms as
in the evaluation of onset detection. Dense onsets match by chance: the natural level says how often.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

from gramophone.metrics.log_mel import FRAME_S, log_mel, mel_energy
from gramophone.metrics.measure import (
    Course,
    Measure,
    Waveform,
    changing,
    check_longer,
    kept,
    padded,
    repeated,
    undefined,
)

ONSETS, STROKES = "onsets", "low and high strokes"
BANDS = 40
DEPTH_DB = 50.0
WITHIN_S = 0.05
APART_S = 0.06  # between two onsets
MEDIAN_S = 0.5
ABOVE_MEDIAN = 0.12  # of the strongest rise
LEAST_RISE = 0.2  # nepers a frame, mean over bands: those of steady noise stay below
FEWEST_ONSETS = 3
SHORTEST_S = 0.5
SHIFTS = 24
SHIFTED_FROM_S = 0.2
STROKE_S = 0.05
STROKES_DIFFER = 0.3  # share of the strokes' energy that low and high do not share


@dataclass(frozen=True)
class Onsets:
    """The content's onsets and strokes.

    Attributes:
        times_s: of the onsets.
        strokes: the contrast of low against high ones.
        rate_hz: of the recordings.
        natural: F-measure of the style alone.
        has_strokes: whether low and high strokes alternate at all.
    """

    times_s: Float64[np.ndarray, " onset"]
    strokes: Course
    rate_hz: int
    natural: float
    has_strokes: bool

    @classmethod
    def of(cls, content: Waveform, style: Waveform, rate_hz: int) -> "Onsets":
        """Prepares a content and a style.

        Raises:
            InputError: the content is shorter than half a second.
        """
        check_longer(content, rate_hz, SHORTEST_S, "content")
        times_s, strokes = onset_times(content, rate_hz), stroke_envelopes(content, rate_hz)
        contrast = _contrast(strokes)
        course = Course.of(lambda sound: _contrast(stroke_envelopes(sound, rate_hz)), contrast, style, len(content))
        natural = f_measure(onset_times(repeated(style, len(content)), rate_hz), times_s)
        differ = float(np.square(contrast).sum() / max(float(np.square(strokes).sum()), 1e-30))
        return cls(times_s, course, rate_hz, natural, differ > STROKES_DIFFER)

    def measure(self, result: Waveform) -> tuple[Measure, Measure]:
        """F-measure of the onsets, and correlation of low and high strokes."""
        if len(self.times_s) < FEWEST_ONSETS:
            reason = f"no rhythm to keep: the content has {len(self.times_s)} onset(s), fewer than {FEWEST_ONSETS}"
            return undefined(ONSETS, reason), undefined(STROKES, reason)
        return self._onsets(result), self._strokes(result)

    def _onsets(self, result: Waveform) -> Measure:
        samples = self.strokes.samples
        times_s = onset_times(padded(result, samples), self.rate_hz)
        value = f_measure(times_s, self.times_s)
        natural = max(self.natural, chance(times_s, self.times_s, samples / self.rate_hz))
        reading = f"{value:.0%} of the onsets agree within 50 ms (F-measure, {len(self.times_s)} in the content)"
        return kept(ONSETS, value, natural, reading)

    def _strokes(self, result: Waveform) -> Measure:
        if not self.has_strokes:
            return undefined(STROKES, "no strokes to keep: low and high do not alternate in the content")
        return self.strokes.measure(STROKES, result, "low and high strokes come when the content's do")


def onset_times(waveform: Waveform, rate_hz: int) -> Float64[np.ndarray, " onset"]:
    """Peaks of the mean rise of log mel energy, in seconds."""
    rise = np.maximum(np.diff(log_mel(waveform, rate_hz, BANDS, DEPTH_DB), n=1, axis=1), 0).mean(0)
    # A rise over two frames counts as one: an attack is seldom sharper than the hop.
    rise = rise + np.concatenate([[0.0], rise[:-1]])
    size = 2 * round(MEDIAN_S / FRAME_S / 2) + 1
    above = rise - np.median(_around(rise, size, "edge"), -1)
    threshold = max(LEAST_RISE, ABOVE_MEDIAN * float(above.max(initial=0.0)))
    apart = 2 * round(APART_S / FRAME_S) + 1
    peaks = (above >= _around(above, apart, "symmetric").max(-1)) & (above > threshold)
    places = np.flatnonzero(peaks)
    if len(places) > 1:
        places = places[np.concatenate([[True], np.diff(places) > 1])]
    return places * FRAME_S


def f_measure(result_s: Float64[np.ndarray, " _"], content_s: Float64[np.ndarray, " onset"]) -> float:
    """Harmonic mean of precision and recall; each onset matches one within 50 ms at most; 0 to 1."""
    if not len(result_s) or not len(content_s):
        return 0.0
    matched, ours, theirs = 0, 0, 0
    while ours < len(result_s) and theirs < len(content_s):
        away = result_s[ours] - content_s[theirs]
        if abs(away) <= WITHIN_S + 1e-9:
            matched, ours, theirs = matched + 1, ours + 1, theirs + 1
        elif away < 0:
            ours += 1
        else:
            theirs += 1
    return 2 * matched / (len(result_s) + len(content_s))


def chance(result_s: Float64[np.ndarray, " _"], content_s: Float64[np.ndarray, " onset"], duration_s: float) -> float:
    """Mean F-measure of the result's onsets shifted round the content's duration: what their density alone gives.

    Shifts that a steady beat survives are left out: the quarter of best ones does not count.
    """
    shifts = np.linspace(SHIFTED_FROM_S, max(SHIFTED_FROM_S, duration_s - SHIFTED_FROM_S), SHIFTS)
    scores = np.sort([f_measure(np.sort((result_s + shift) % duration_s), content_s) for shift in shifts])
    return float(scores[: 3 * SHIFTS // 4].mean())


def stroke_envelopes(waveform: Waveform, rate_hz: int) -> Float32[np.ndarray, "2 frame"]:
    """Onset strengths below and above the frequency that halves the energy of the sound's own rises.

    Each has a norm of 1. The frequency is the sound's own, as a mouth's low and high strokes lie elsewhere than a
    drum's.
    """
    magnitude = np.sqrt(mel_energy(waveform, rate_hz, BANDS))
    rise = np.maximum(np.diff(magnitude, axis=1, prepend=magnitude[:, :1]), 0)
    per_band = np.square(rise).sum(1)
    split = int(np.searchsorted(per_band.cumsum(), per_band.sum() / 2)) + 1
    split = min(max(split, 1), BANDS - 1)
    smooth = max(1, round(STROKE_S / FRAME_S))
    both = np.stack([rise[:split].sum(0), rise[split:].sum(0)])
    both = _around(both, smooth, "symmetric").mean(-1, dtype=np.float64)
    return (both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-20)).astype(np.float32)


def _around(values: np.ndarray, size: int, mode: Literal["edge", "symmetric"]) -> np.ndarray:
    """The window of so many frames around each frame, as a last axis; beyond the ends as `numpy.pad` has it."""
    before = size // 2
    padded = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(before, size - 1 - before)], mode)
    return np.lib.stride_tricks.sliding_window_view(padded, size, axis=-1)


def _contrast(strokes: Float32[np.ndarray, "2 frame"]) -> Float32[np.ndarray, " frame"]:
    return changing(strokes[0] - strokes[1])
