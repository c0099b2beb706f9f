"""What a transfer kept and what it is made of, by measures that nothing in it optimises."""

import librosa
import numpy as np
import torch

from bench.transfer_pairs import RATE_HZ, Pair
from gramophone.metrics.copying import copy_score, natural_copy_score


def measures(result: np.ndarray, pair: Pair) -> dict[str, float]:
    n = min(len(result), len(pair.content))
    result, content = result[:n], pair.content[:n]
    found = {"timbre": timbre(result, pair.style), "copy": copied(result, pair.style), "leak": leak(result, content)}
    if pair.kind in {"melody", "unpitched"}:
        found["pitch"], found["octave_free"] = pitch(result, content)
    if pair.kind in {"melody", "poly", "unpitched"}:
        found["harmony"] = harmony(result, content)
    if pair.kind == "speech":
        found["estoi"] = estoi(result, content)
    found["onsets"] = onsets(result, content)
    if pair.kind == "drums":
        found["low_high"] = low_high(result, content)
    return found


def pitch(result: np.ndarray, content: np.ndarray) -> tuple[float, float]:
    """Share of the content's confident frames within 50 cents, and the same modulo octaves (swift-f0)."""
    from swift_f0 import SwiftF0

    detector = SwiftF0(threads=1)
    asked, got = detector.detect(content, RATE_HZ), detector.detect(result, RATE_HZ)
    sure = np.asarray(asked.confidence) > 0.9
    n = min(len(sure), len(got.pitch_hz))
    cents = 1200 * np.log2(np.maximum(got.pitch_hz[:n], 1) / np.maximum(asked.pitch_hz[:n], 1))[sure[:n]]
    folded = (cents + 600) % 1200 - 600
    return float((np.abs(cents) < 50).mean()), float((np.abs(folded) < 50).mean())


def harmony(result: np.ndarray, content: np.ndarray) -> float:
    """Correlation over 36 pitch classes of a constant-Q, each clip's mean removed."""
    classes = [
        librosa.feature.chroma_cqt(y=y, sr=RATE_HZ, n_chroma=36, bins_per_octave=36, norm=None)
        for y in (result, content)
    ]
    ours, theirs = ((c / (c.sum(0) + 1e-9)) - (c / (c.sum(0) + 1e-9)).mean(1, keepdims=True) for c in classes)
    return float((ours * theirs).sum() / np.sqrt((ours**2).sum() * (theirs**2).sum() + 1e-20))


def timbre(result: np.ndarray, style: np.ndarray) -> float:
    """Sliced Wasserstein distance of MFCC 1 to 9 of audible frames."""
    clouds = []
    for y in (result, style):
        mfcc = librosa.feature.mfcc(y=y / (np.std(y) + 1e-9) * 0.1, sr=RATE_HZ, n_mfcc=10, n_fft=1024, hop_length=512)
        loud = librosa.feature.rms(y=y, frame_length=1024, hop_length=512)[0]
        clouds.append(mfcc[1:, loud > 0.03 * loud.max()])
    directions = np.random.default_rng(0).standard_normal((64, 9))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    at = np.linspace(0.01, 0.99, 99)
    a, b = (np.quantile(directions @ cloud, at, axis=1) for cloud in clouds)
    return float(np.abs(a - b).mean() * 3)


def copied(result: np.ndarray, style: np.ndarray) -> float:
    """Copy score above the natural level."""
    ours = copy_score(torch.from_numpy(result), torch.from_numpy(style), RATE_HZ).mean
    return ours - natural_copy_score(torch.from_numpy(style), RATE_HZ).mean


def leak(result: np.ndarray, content: np.ndarray) -> float:
    """Mean squared coherence with the content in cells of 4 bins by 8 frames, less what chance gives."""

    def coherent(shift: int) -> float:
        x, c = (librosa.stft(y, n_fft=1024, hop_length=256) for y in (result, np.roll(content, shift)))
        f, t = x.shape[0] // 4 * 4, x.shape[1] // 8 * 8

        def cells(z: np.ndarray) -> np.ndarray:
            return z[:f, :t].reshape(f // 4, 4, t // 8, 8).sum((1, 3))

        power, own = cells(np.abs(x) ** 2), cells(np.abs(c) ** 2)
        value = np.abs(cells(x * c.conj())) ** 2 / (power * own + 1e-9 * power.max() * own.max())
        weight = np.sqrt(own)
        return float((value * weight).sum() / weight.sum())

    return coherent(0) - float(np.mean([coherent(s) for s in (-17000, 13000, 29000)]))


def estoi(result: np.ndarray, content: np.ndarray) -> float:
    from pystoi import stoi

    return float(stoi(content, result, RATE_HZ, extended=True))


def onsets(result: np.ndarray, content: np.ndarray) -> float:
    """F-measure of onsets within 50 ms."""
    ours, theirs = (
        librosa.onset.onset_detect(y=y, sr=RATE_HZ, hop_length=256, units="time") for y in (result, content)
    )
    if not len(ours) or not len(theirs):
        return 0.0
    hits, free = 0, list(ours)
    for time in theirs:
        near = [t for t in free if abs(t - time) <= 0.05]
        if near:
            free.remove(min(near, key=lambda t: abs(t - time)))
            hits += 1
    return 2 * hits / (len(ours) + len(theirs))


def low_high(result: np.ndarray, content: np.ndarray) -> float:
    """Correlation of the level difference of two bands (of equal energy in each clip) at the content's onsets."""
    differences = []
    for y in (result, content):
        power = np.abs(librosa.stft(y, n_fft=1024, hop_length=256)) ** 2
        total = np.cumsum(power.sum(1))
        split = int(np.searchsorted(total, total[-1] / 2))
        low, high = power[: split + 1].sum(0), power[split + 1 :].sum(0)
        floor = 1e-4 * power.sum(0).max()
        differences.append(np.log((high + floor) / (low + floor)))
    frames = librosa.onset.onset_detect(y=content, sr=RATE_HZ, hop_length=256)
    n = min(len(d) for d in differences)
    at = [np.mean([d[min(f + k, n - 1)] for k in range(1, 8)]) for d in differences for f in frames]
    a, b = np.array(at[: len(frames)]), np.array(at[len(frames) :])
    return float(np.corrcoef(a, b)[0, 1])
