"""Is a morph monotone? Auditory statistics of its windows against those of both styles."""

import numpy as np
import torch
from scipy.stats import spearmanr

from gramophone import presets
from gramophone.audio import Sound
from gramophone.metrics.auditory import average_db, statistics_snr_db
from gramophone.mix import Mix, MixKind
from gramophone.morph import Morph
from gramophone.tasks import Stream

RATE_HZ = 22_050  # of the statistics
LENGTH_S = 36.0
WINDOW_S = 3.0


def row(name: str, styles: list[Sound], kind: MixKind) -> str:
    """Rank correlation of the nearness to either style with time, and where the two are equal."""
    morph = Morph.of([(0.0, (1.0, 0.0)), (LENGTH_S, (0.0, 1.0))], 2)
    stream = Stream(styles, presets.preset("infinite", "stream"), morph=morph, mix=Mix(kind), seed=0, device="cpu")
    blocks: list[Sound] = []
    while sum(block.duration_s for block in blocks) < LENGTH_S:
        blocks.append(next(stream))
    wave = Sound(np.concatenate([block.samples for block in blocks], 1), blocks[0].rate_hz)
    heard = torch.from_numpy(wave.mono().resampled(RATE_HZ).samples[0])
    references = [torch.from_numpy(style.mono().resampled(RATE_HZ).samples[0]) for style in styles]
    times_s = np.arange(0, LENGTH_S - WINDOW_S + 0.1, WINDOW_S / 2)
    near = np.array([[_snr_db(_window(heard, time), reference) for reference in references] for time in times_s])
    falls, rises = (float(spearmanr(times_s, near[:, place]).statistic) for place in (0, 1))
    equal_s = float(np.interp(0.0, _monotone(near[:, 1] - near[:, 0]), times_s + WINDOW_S / 2))
    return f"| {name}, {kind} | {falls:.2f} | {rises:.2f} | {equal_s:.0f} of {LENGTH_S:g} s |"


def _window(wave: torch.Tensor, start_s: float) -> torch.Tensor:
    start = round(start_s * RATE_HZ)
    return wave[start : start + round(WINDOW_S * RATE_HZ)]


def _snr_db(one: torch.Tensor, reference: torch.Tensor) -> float:
    return average_db(statistics_snr_db(one, reference, RATE_HZ))


def _monotone(values: np.ndarray) -> np.ndarray:
    """The nearest ascending sequence's simple stand-in: mean of the running maximum and minimum."""
    return np.asarray((np.maximum.accumulate(values) + np.minimum.accumulate(values[::-1])[::-1]) / 2)
