"""The join of a loop against the inside of the same sound, as ranks: 0.5 is the middle, 1 the most conspicuous."""

import numpy as np
from jaxtyping import Float

from gramophone import presets
from gramophone.audio import Sound
from gramophone.synthesis import texture

WINDOW = 512


def rows(name: str, style: Sound, seeds: range) -> list[str]:
    """One row a style: median and highest rank over the seeds, of a loop and of a texture that is no loop."""
    found = []
    for loop in (True, False):
        ranks = np.array([_ranks(_made(style, seed, loop=loop)) for seed in seeds])
        middle, highest = np.median(ranks, 0), ranks.max(0)
        kind = "loop" if loop else "no loop"
        cells = " | ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(middle, highest, strict=True))
        found.append(f"| {name}, {kind} | {cells} |")
    return found


def _made(style: Sound, seed: int, *, loop: bool) -> Sound:
    task = texture([style], presets.preset("infinite"), duration_s=4.0, loop=loop, seed=seed, device="cpu")
    for _ in task:
        pass
    return task.finish().sound


def _ranks(sound: Sound) -> list[float]:
    """Shares of the inside that are less conspicuous than the join: jump, derivative, spectral flux."""
    wave = sound.samples
    length = wave.shape[1]
    around = np.concatenate([wave, wave], 1)
    jumps = np.abs(np.diff(around)).max(0)
    bends = np.abs(np.diff(around, 2)).max(0)
    inside = np.arange(WINDOW, length - WINDOW, WINDOW // 2)
    flux = np.array([_flux(around, centre) for centre in inside])
    bend = max(bends[length - 2 : length])
    pairs = np.maximum(bends[WINDOW - 1 : length - WINDOW - 1], bends[WINDOW : length - WINDOW])
    return [
        float(np.mean(jumps[WINDOW : length - WINDOW] < jumps[length - 1])),
        float(np.mean(pairs < bend)),
        float(np.mean(flux < _flux(around, length))),
    ]


def _flux(wave: Float[np.ndarray, "channel sample"], centre: int) -> float:
    window = np.hanning(WINDOW)
    before, after = wave[:, centre - WINDOW : centre], wave[:, centre : centre + WINDOW]
    levels = [np.log(np.abs(np.fft.rfft(part * window)) + 1e-4) for part in (before, after)]
    return float(np.clip(levels[1] - levels[0], 0, None).sum())
