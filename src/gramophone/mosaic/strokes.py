"""Strokes placed whole: each stroke of a rhythm is played by a stroke of the style, at its place and level."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int

from gramophone.condition.analysis import mixed_down
from gramophone.spectral import Stft
from gramophone.spectral.filterbanks import band_filters

N_FFT_S, HOP_S = 0.023, 0.0058
BANDS = 24
APART_S = 0.05
LONGEST_S = 1.5
ATTACK_S = 0.08
LEAD_S = 0.004
FADE_S = 0.02
CLEAR_DB = 6.0
THRESHOLD = 0.25
DAMP_S, UNDER_NEXT = 0.04, 0.2
HEIGHT_WEIGHT = 1.0


@dataclass(frozen=True)
class Stroke:
    """One stroke of a recording.

    Attributes:
        start: its onset in samples.
        stop: the next onset, the end of the recording, or 1.5 s later.
        energy: mean square over its first 80 ms.
        rise_db: level of its first 30 ms above the 30 ms before.
        shape: log energy in 24 ERB bands over its first 80 ms, less the mean.
    """

    start: int
    stop: int
    energy: float
    rise_db: float
    shape: Float[np.ndarray, " band"]


def strokes_of(waveform: Float[np.ndarray, "channel sample"], rate_hz: int) -> list[Stroke]:
    """Finds strokes by peaks of the spectral flux of log band energies (Boeck, Krebs & Schedl 2012)."""
    mono = mixed_down(torch.from_numpy(np.ascontiguousarray(waveform, np.float32)), rate_hz)
    hop = round(HOP_S * rate_hz)
    n_fft = 2 * round(N_FFT_S * rate_hz / 2)
    if len(mono) < 2 * n_fft or not float(mono.abs().max()) > 0:
        return []
    bands = band_filters("erb", rate_hz, n_fft, BANDS) @ Stft(n_fft, hop).magnitude(mono).square()
    power = bands.sum(0).numpy()
    onsets = _onsets(bands, hop, rate_hz)
    samples = len(mono)
    ends = [*onsets[1:], samples]
    attack, near = round(ATTACK_S * rate_hz), round(0.03 * rate_hz)
    found = []
    for start, end in zip(onsets, ends, strict=True):
        stop = min(end, start + round(LONGEST_S * rate_hz), samples)
        head = mono[start : min(start + attack, samples)]
        before, after = mono[max(0, start - near) : start], mono[start : start + near]
        frames = slice(start // hop, max(start // hop + 1, (start + attack) // hop))
        level = (bands[:, frames].mean(1) + 1e-6 * float(power.max()) / BANDS).log().numpy()
        rise_db = 10 * np.log10((_power(after) + 1e-12) / (_power(before) + 1e-4 * _power(head) + 1e-12))
        found.append(Stroke(int(start), int(stop), _power(head), float(rise_db), level - level.mean()))
    loudest = max((stroke.energy for stroke in found), default=0.0)
    return [stroke for stroke in found if stroke.energy > 1e-4 * loudest]


def is_percussive(strokes: Sequence[Stroke], duration_s: float) -> bool:
    """Whether a recording consists of strokes: at least three, one in two seconds, most of them clearly rising."""
    return len(strokes) >= max(3, 0.5 * duration_s) and median_rise_db(strokes) > CLEAR_DB


def median_rise_db(strokes: Sequence[Stroke]) -> float:
    """By how much the level rises at most strokes; 0 without any."""
    return float(np.median([stroke.rise_db for stroke in strokes])) if strokes else 0.0


def with_free_strokes(
    content: Sequence[Stroke], style: Sequence[Stroke], samples: int, held: float, seed: int = 0
) -> list[Stroke]:
    """Some of the content's strokes, and for the others strokes at the distances that the style has.

    Which ones stay is drawn so that those of a smaller share are among those of a larger one.

    Args:
        content: strokes that are asked for.
        style: whose distances, shapes and levels the others have.
        samples: of the result.
        held: share of the content's strokes that stays, 0 to 1.
        seed: of what is drawn.
    """
    rng = np.random.default_rng(seed)
    kept = [stroke for stroke, drawn in zip(content, rng.random(len(content)), strict=True) if drawn < held]
    if held >= 1 or not style:
        return kept
    apart = np.diff([stroke.start for stroke in style])
    level = float(np.mean([one.energy for one in content]) / np.mean([one.energy for one in style]))
    near = min(int(apart.min()), *(stroke.stop - stroke.start for stroke in content)) // 2 if len(apart) else 0
    at, own = int(rng.integers(max(1, style[0].start + 1))), []
    while at < samples:
        one = style[int(rng.integers(len(style)))]
        if rng.random() >= held and all(abs(at - stroke.start) > near for stroke in kept):
            own.append(replace(one, start=at, stop=samples, energy=one.energy * level))
        at += max(1, int(rng.choice(apart)) if len(apart) else one.stop - one.start)
    return sorted([*kept, *own], key=lambda stroke: stroke.start)


def play_strokes(
    content: Sequence[Stroke],
    style: Sequence[Stroke],
    waveform: Float[np.ndarray, "channel _"],
    rate_hz: int,
    samples: int,
) -> Float[np.ndarray, "channel sample"]:
    """Every stroke of the content as a whole one of the style, which rings until its own end.

    Args:
        content: at the same rate.
        style: strokes of `waveform`; at least one.
        waveform: of the style.
        rate_hz: of both.
        samples: of the result.
    """
    line = np.zeros((len(waveform), samples), np.float32)
    lead, fade = round(LEAD_S * rate_hz), round(FADE_S * rate_hz)
    nexts = [*(stroke.start for stroke in content[1:]), samples]
    for stroke, number, following in zip(content, assigned(content, style), nexts, strict=True):
        chosen = style[number]
        begin = max(0, chosen.start - lead)
        piece = waveform[:, begin : max(begin + 1, chosen.stop - lead)].copy()
        rise, fall = min(lead, piece.shape[1]), min(fade, piece.shape[1])
        if rise:
            piece[:, :rise] *= np.linspace(0, 1, rise, endpoint=False)
        piece[:, piece.shape[1] - fall :] *= np.linspace(1, 0, fall)
        at = stroke.start - (chosen.start - begin)
        piece *= _damping(piece.shape[1], following - at, round(DAMP_S * rate_hz))
        skip = max(0, -at)
        stop = min(samples, at + piece.shape[1])
        gain = np.sqrt(stroke.energy / max(chosen.energy, 1e-12))
        line[:, at + skip : stop] += gain * piece[:, skip : stop - at]
    return line


def assigned(content: Sequence[Stroke], style: Sequence[Stroke]) -> Int[np.ndarray, " stroke"]:
    """Which style stroke plays which: low ones low, high ones high, each as far as the set has them.

    Shapes are compared after each set is standardised band by band, so that the lowest stroke of one set answers the
    lowest of the other wherever both lie; among equals the least used comes next.
    """
    if not content or not style:
        return np.zeros(len(content), int)
    ours, theirs = _standardised(content), _standardised(style)
    distance = ((ours[:, None] - theirs[None]) ** 2).mean(-1)
    levels = [np.log([stroke.energy + 1e-12 for stroke in one]) for one in (content, style)]
    levels = [(level - level.mean()) / (level.std() + 0.5) for level in levels]
    distance += 0.1 * (levels[0][:, None] - levels[1][None]) ** 2
    distance -= 0.02 * np.array([stroke.rise_db for stroke in style]).clip(0, 20)[None]
    used = np.zeros(len(style))
    found = np.zeros(len(content), int)
    for place, row in enumerate(distance):
        found[place] = int((row + 0.1 * used).argmin())
        used *= 0.7
        used[found[place]] += 1
    return found


def _standardised(strokes: Sequence[Stroke]) -> Float[np.ndarray, "stroke feature"]:
    """Shapes of a set and, counting most, how high each stroke is within the set."""
    shapes = np.stack([stroke.shape for stroke in strokes])
    power = np.exp(shapes)
    power *= np.array([stroke.energy for stroke in strokes])[:, None] / power.sum(1, keepdims=True)
    # Low and high are told at the band that halves the energy of the whole set.
    running = power.sum(0).cumsum()
    split = int(np.searchsorted(running, running[-1] / 2)) + 1
    floor = 1e-3 * power.sum(1)
    height = np.log((power[:, split:].sum(1) + floor) / (power[:, :split].sum(1) + floor))
    features = np.concatenate([shapes, height[:, None]], 1)
    features = (features - features.mean(0)) / (features.std(0) + 0.3)
    features[:, -1] *= HEIGHT_WEIGHT * shapes.shape[1] ** 0.5
    return features


def _onsets(bands: torch.Tensor, hop: int, rate_hz: int) -> list[int]:
    level = (bands + 1e-4 * bands.amax() / len(bands)).log()
    rise = (level[:, 2:] - level[:, :-2]).clamp_min(0).mean(0)
    flux = torch.nn.functional.pad(rise, (2, 0)).numpy()
    reach = round(APART_S * rate_hz / hop)
    padded = np.pad(flux, (reach, reach), mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(1)
    wide = 4 * reach
    around = np.lib.stride_tricks.sliding_window_view(np.pad(flux, (wide, wide), mode="edge"), 2 * wide + 1).mean(1)
    threshold = np.maximum(1.5 * around, THRESHOLD * np.quantile(flux, 0.99))
    peaks = np.flatnonzero((flux == highest) & (flux > threshold) & (flux > 0.1))
    onsets: list[int] = []
    for peak in peaks:
        place = (int(peak) - 1) * hop
        if not onsets or place - onsets[-1] >= APART_S * rate_hz:
            onsets.append(place)
    return onsets


def _damping(samples: int, struck_again: int, fade: int) -> Float[np.ndarray, " sample"]:
    """A stroke rings on under the next one, quieter, so that soft strokes are heard after loud ones."""
    progress = np.clip((np.arange(samples) - struck_again) / fade, 0, 1)
    return (1 - (1 - UNDER_NEXT) * progress).astype(np.float32)


def _power(samples: torch.Tensor) -> float:
    return float(samples.square().mean()) if len(samples) else 0.0
