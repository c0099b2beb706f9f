"""Extended short-time objective intelligibility (ESTOI).

J. Jensen, C. H. Taal, "An algorithm for predicting the intelligibility of speech masked by modulated noise maskers",
IEEE/ACM Transactions on Audio, Speech, and Language Processing 24, 2016. Frames, bands and the removal of silence are
those of Taal et al., "An algorithm for intelligibility prediction of time-frequency weighted noisy speech", 2011.
"""

import numpy as np
from jaxtyping import Bool, Float64

from gramophone.metrics.measure import Waveform

RATE_HZ = 10_000
FRAME_SAMPLES, HOP_SAMPLES, N_FFT = 256, 128, 512
BANDS, LOWEST_HZ = 15, 150.0  # third octaves, by their centres
SEGMENT_FRAMES = 30
SILENT_DB = 40.0  # frames of the speech below the loudest by more are removed

Frames = Float64[np.ndarray, "frame 256"]


def intelligibility(result: Waveform, speech: Waveform) -> float:
    """Mean correlation of short segments of 15 bands, each normalised over time and then over bands; -1 to 1.

    Args:
        result: at 10 kHz, as long as the speech.
        speech: clean, at 10 kHz.

    Returns:
        1 for the speech itself; 0 where fewer than 30 frames of it are not silent.
    """
    ours, theirs = _windowed(result.astype(np.float64)), _windowed(speech.astype(np.float64))
    said = _audible(theirs)
    if said.sum() <= SEGMENT_FRAMES:
        return 0.0
    found, clean = (_segments(_joined(frames[said])) for frames in (ours, theirs))
    return float((found * clean).sum() / (SEGMENT_FRAMES * len(clean)))


def _windowed(signal: Float64[np.ndarray, " sample"]) -> Frames:
    starts = range(0, len(signal) - FRAME_SAMPLES, HOP_SAMPLES)
    taper = np.hanning(FRAME_SAMPLES + 2)[1:-1]
    if not starts:
        return np.zeros((0, FRAME_SAMPLES))
    return taper * np.lib.stride_tricks.sliding_window_view(signal, FRAME_SAMPLES)[starts]


def _audible(frames: Frames) -> Bool[np.ndarray, " frame"]:
    norms = np.linalg.norm(frames, axis=1)
    return norms > norms.max(initial=0.0) * 10 ** (-SILENT_DB / 20)


def _joined(frames: Frames) -> Float64[np.ndarray, " sample"]:
    """The frames overlapped by half and added."""
    total = np.zeros((len(frames) + 1, HOP_SAMPLES))
    total[:-1] += frames[:, :HOP_SAMPLES]
    total[1:] += frames[:, HOP_SAMPLES:]
    return total.ravel()


def _segments(signal: Float64[np.ndarray, " sample"]) -> Float64[np.ndarray, "segment 15 30"]:
    power = np.square(np.abs(np.fft.rfft(_windowed(signal), N_FFT)))
    bands = np.sqrt(_third_octaves() @ power.T)
    segments = np.lib.stride_tricks.sliding_window_view(bands, SEGMENT_FRAMES, axis=1).transpose(1, 0, 2)
    return _normalised(_normalised(segments, 2), 1)


def _normalised(segments: Float64[np.ndarray, "segment 15 30"], axis: int) -> Float64[np.ndarray, "segment 15 30"]:
    """Without their mean, and with a norm of 1; what does not vary is 0."""
    centred = segments - segments.mean(axis, keepdims=True)
    norms = np.linalg.norm(centred, axis=axis, keepdims=True)
    return centred / np.where(norms > np.finfo(np.float64).eps, norms, np.inf)


def _third_octaves() -> Float64[np.ndarray, "15 frequency"]:
    """1 in the bins of each band, whose edges are rounded to the nearest bins."""
    centres_hz = LOWEST_HZ * 2 ** (np.arange(BANDS) / 3)
    low, high = (np.rint(centres_hz * 2**side * N_FFT / RATE_HZ) for side in (-1 / 6, 1 / 6))
    place = np.arange(N_FFT // 2 + 1)
    return ((place >= low[:, None]) & (place < high[:, None])).astype(np.float64)
