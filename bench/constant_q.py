"""The invertible constant-Q transform: round trip and time beside librosa's, on ten seconds."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import librosa
import torch
from jaxtyping import Float
from torch import Tensor

from bench.recordings import RATE_HZ, made
from gramophone.metrics.constant_q import ConstantQ

DURATION_S = 10.0
LOWEST_HZ = 32.703
REPEATS = 7


def report() -> str:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    signal = torch.from_numpy(made("rain", DURATION_S).samples[0]) + torch.from_numpy(
        made("phrase", DURATION_S).samples[0]
    )
    rows = [row for bins in (12, 24, 48) for row in (*_own(signal, bins), _librosa(signal, bins))]
    torch.set_num_threads(threads)
    return f"""## Constant-Q transform

{DURATION_S:g} s at {RATE_HZ} Hz, processor seconds of one thread, median of {REPEATS}. Asked: a round trip over
100 dB, under 0.05 s each way. Redundancy counts real numbers.

| transform | bins an octave | forward | inverse | round trip | redundancy |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def _own(signal: Float[Tensor, " sample"], bins_per_octave: int) -> list[str]:
    transform, rows, samples = ConstantQ(RATE_HZ, LOWEST_HZ, None, bins_per_octave), [], len(signal)
    for name, x in (("float32", signal), ("float64", signal.double())):
        matrix = transform.forward(x)
        times = _cpu_s(partial(transform.forward, x)), _cpu_s(partial(transform.inverse, matrix, samples))
        back = transform.inverse(matrix, samples)
        rows.append(_row(f"`ConstantQ`, matrix, {name}", bins_per_octave, times, _snr_db(back, x), matrix.numel()))
    bands = transform.split(signal)
    times = _cpu_s(partial(transform.split, signal)), _cpu_s(partial(transform.join, bands, samples))
    ratio_db = _snr_db(transform.join(bands, samples), signal)
    rows.append(_row("`ConstantQ`, ragged, float32", bins_per_octave, times, ratio_db, sum(map(len, bands))))
    return rows


def _librosa(signal: Float[Tensor, " sample"], bins_per_octave: int) -> str:
    # Eight octaves: nearer to half the rate its inverse becomes unstable.
    x, bins, hop = signal.numpy(), 8 * bins_per_octave, 128
    options: dict[str, Any] = {
        "sr": RATE_HZ,
        "hop_length": hop,
        "fmin": LOWEST_HZ,
        "bins_per_octave": bins_per_octave,
    }
    spectrum = librosa.cqt(x, n_bins=bins, **options)
    times = (
        _cpu_s(lambda: librosa.cqt(x, n_bins=bins, **options), 3),
        _cpu_s(lambda: librosa.icqt(spectrum, length=len(x), **options), 3),
    )
    back = torch.from_numpy(librosa.icqt(spectrum, length=len(x), **options))
    return _row(f"librosa, hop {hop}", bins_per_octave, times, _snr_db(back, signal), spectrum.size)


def _row(name: str, bins: int, times: tuple[float, float], ratio_db: float, numbers: int) -> str:
    redundancy = 2 * numbers / (DURATION_S * RATE_HZ)
    return f"| {name} | {bins} | {times[0]:.3f} s | {times[1]:.3f} s | {ratio_db:.0f} dB | {redundancy:.1f} |"


def _snr_db(found: Float[Tensor, " sample"], wanted: Float[Tensor, " sample"]) -> float:
    error = (found.double() - wanted.double()).square().sum()
    return float(10 * torch.log10(wanted.double().square().sum() / error))


def _cpu_s(work: Callable[[], object], repeats: int = REPEATS) -> float:
    work()
    times = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return median(times)
