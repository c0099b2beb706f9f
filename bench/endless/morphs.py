"""Is a morph monotone? Auditory statistics of its windows, in units of what they vary by within one style."""

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import isotonic_regression
from scipy.stats import spearmanr

from gramophone import presets
from gramophone.audio import Sound
from gramophone.presets.style_mix import Mix, MixKind
from gramophone.presets.weight_schedule import Morph
from gramophone.statistics.auditory import auditory_statistics
from gramophone.synthesis import Stream

RATE_HZ = 22_050  # of the statistics
LENGTH_S = 24.0
SEEDS = range(4)
WINDOW_S = 3.0

Windows = Float[np.ndarray, "window statistic"]


def row(name: str, styles: list[Sound], kind: MixKind) -> str:
    """For either style the rank correlation of distance and time, and the largest deviation from a monotone course.

    Of the mean over the seeds (in brackets the lowest and highest of single morphs); the deviation as a share of the
    whole way. At last where both distances are equal.
    """
    runs = [_measured(_morphed(styles, kind, seed), styles) for seed in SEEDS]
    times_s, distances = runs[0][0], np.mean([one for _, one in runs], 0)
    cells = []
    for place, rising in ((0, True), (1, False)):
        values = distances[:, place]
        against = np.abs(values - isotonic_regression(values, increasing=rising).x).max() / np.ptp(values)
        single = [_by_time(times_s, one[:, place]) for _, one in runs]
        cells.append(f"{_by_time(times_s, values):.2f} ({min(single):.2f} to {max(single):.2f})")
        cells.append(f"{100 * against:.0f} %")
    difference = isotonic_regression(distances[:, 0] - distances[:, 1]).x
    equal = float(np.interp(0.0, difference + 1e-9 * np.arange(len(difference)), times_s)) / LENGTH_S
    return f"| {name}, {kind} | {' | '.join(cells)} | {100 * equal:.0f} % |"


def _by_time(times_s: Float[np.ndarray, " window"], values: Float[np.ndarray, " window"]) -> float:
    return float(spearmanr(times_s, values).statistic)


def _morphed(styles: list[Sound], kind: MixKind, seed: int) -> Sound:
    morph = Morph.of([(0.0, (1.0, 0.0)), (LENGTH_S, (0.0, 1.0))], 2)
    stream = Stream(styles, presets.preset("infinite", "stream"), morph=morph, mix=Mix(kind), seed=seed, device="cpu")
    blocks: list[Sound] = []
    while sum(block.duration_s for block in blocks) < LENGTH_S:
        blocks.append(next(stream))
    return Sound(np.concatenate([block.samples for block in blocks], 1), blocks[0].rate_hz)


def _measured(
    morphed: Sound, styles: list[Sound]
) -> tuple[Float[np.ndarray, " window"], Float[np.ndarray, "window style"]]:
    """Middles of the windows in seconds, and their distances to the styles.

    A statistic counts by how well it tells the two styles apart: the square of the difference of its means over the
    variance of its windows within a style. Both come from the recordings alone.
    """
    own = [_statistics(style, WINDOW_S / 12) for style in styles]
    means = [windows.mean(0) for windows in own]
    variance = np.mean([windows.var(0) for windows in own], 0) + 1e-12
    counts = (means[0] - means[1]) ** 2 / variance
    heard = _statistics(morphed, WINDOW_S / 2)
    times_s = WINDOW_S / 2 * (1 + np.arange(len(heard)))
    squares = [((heard - mean) ** 2 / variance) @ counts / counts.sum() for mean in means]
    return times_s, np.sqrt(np.stack(squares, 1))


def _statistics(sound: Sound, step_s: float) -> Windows:
    wave = torch.from_numpy(sound.mono().resampled(RATE_HZ).samples[0])
    length, step = round(WINDOW_S * RATE_HZ), round(step_s * RATE_HZ)
    windows = wave.unfold(0, length, step)
    measured = (auditory_statistics(window, RATE_HZ).classes().values() for window in windows)
    return np.stack([torch.cat([part.flatten() for part in parts]).double().numpy() for parts in measured])
