"""Plays runs: style excerpts with phase-aligned cross-fades, no spectrogram inverted."""

from collections.abc import Sequence

import numpy as np
import soxr
from jaxtyping import Float
from scipy import ndimage

from gramophone.condition.analysis import HOP_S
from gramophone.mosaic.runs import Run

ALIGN_S = 0.01
MARGIN_SAMPLES = 64


def render(
    voices: Sequence[Sequence[Run]],
    styles: Sequence[Float[np.ndarray, "channel _"]],
    rate_hz: int,
    samples: int,
) -> Float[np.ndarray, "channel sample"]:
    """The sum of all voices.

    Args:
        voices: runs of each voice, in the order of time.
        styles: waveforms at `rate_hz`, all with the same number of channels.
        rate_hz: of the styles and of the result.
        samples: of the result.
    """
    hop = HOP_S * rate_hz
    total = np.zeros((len(styles[0]), samples), np.float32)
    for runs in voices:
        total += _voice(runs, styles, rate_hz, samples, hop)
    return total


def _voice(
    runs: Sequence[Run], styles: Sequence[np.ndarray], rate_hz: int, samples: int, hop: float
) -> Float[np.ndarray, "channel sample"]:
    fade = round(hop)
    before = 2 * fade
    line = np.zeros((len(styles[0]), samples + 4 * fade), np.float32)
    rising = 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)
    for run in runs:
        at = round((run.start - 0.5) * hop - fade / 2) + before
        length = round(run.frames * hop) + fade
        excerpt, reach = _excerpt(run, styles[run.style], rate_hz, length, hop)
        lag = _best_lag(line[:, at : at + fade], excerpt, reach) if reach else 0
        piece = _bent(excerpt, run, reach + lag, length, hop)
        envelope = np.interp(np.arange(length) - fade / 2 - hop / 2, np.arange(run.frames) * hop, run.gain)
        envelope[:fade] *= rising
        envelope[-fade:] *= rising[::-1]
        stop = min(at + length, line.shape[1])
        line[:, at:stop] += (piece * envelope)[:, : stop - at]
    return line[:, before : before + samples]


def _excerpt(
    run: Run, style: Float[np.ndarray, "channel _"], rate_hz: int, length: int, hop: float
) -> tuple[Float[np.ndarray, "channel _"], int]:
    """The transposed part of the style that a run needs, and the samples before its beginning."""
    speed = 2 ** (run.semitones / 12)
    reach = round(ALIGN_S * rate_hz)
    first = (run.style_frame - 0.5) * hop - round(hop) / 2 - reach
    wanted = length * 2 ** float(np.max(np.abs(run.detune_octaves), initial=0.0)) + 2 * reach + 8
    start, stop = round(first * speed) - MARGIN_SAMPLES, round((first + wanted) * speed) + MARGIN_SAMPLES
    inside = style[:, max(0, start) : max(0, stop)]
    part = np.pad(inside, ((0, 0), (max(0, -start), max(0, stop - start - max(0, -start) - inside.shape[1]))))
    if run.semitones:
        part = soxr.resample(np.ascontiguousarray(part.T, np.float32), speed, 1.0).T
    skip = round(MARGIN_SAMPLES / speed)
    return part[:, skip:], reach


def _best_lag(tail: Float[np.ndarray, "channel _"], excerpt: Float[np.ndarray, "channel _"], reach: int) -> int:
    """Where, within 10 ms, the excerpt's beginning is most like what is fading out."""
    fading, head = tail.mean(0), excerpt.mean(0)[: 2 * reach + tail.shape[1]]
    if np.abs(fading).max(initial=0.0) < 1e-6 or len(head) < 2 * reach + len(fading):
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(head, len(fading))
    likeness = windows @ fading / (np.linalg.norm(windows, axis=1) + 1e-6 * np.abs(head).max() + 1e-12)
    return int(likeness.argmax()) - reach


def _bent(
    excerpt: Float[np.ndarray, "channel _"], run: Run, start: int, length: int, hop: float
) -> Float[np.ndarray, "channel sample"]:
    """Read along the fine correction of pitch (cubic splines)."""
    if not np.any(np.abs(run.detune_octaves) > 1e-4):
        piece = excerpt[:, start : start + length]
        return np.pad(piece, ((0, 0), (0, length - piece.shape[1])))
    at_frame = np.interp(np.arange(length) - hop, np.arange(run.frames) * hop, run.detune_octaves)
    position = start + np.concatenate([[0.0], np.cumsum(2.0**at_frame)[:-1]])
    return np.stack([ndimage.map_coordinates(row, [position], order=3, mode="constant") for row in excerpt])
