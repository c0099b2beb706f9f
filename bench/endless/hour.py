"""An hour of texture by the command line: speed, memory, drift, seams."""

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import torch
from jaxtyping import Float
from scipy.stats import mannwhitneyu

from gramophone.audio import Sound, load
from gramophone.metrics.auditory import average_db, statistics_snr_db
from gramophone.synthesis.stream import BLOCK_S, FIRST_BLOCK_S

RATE_HZ = 22_050  # of the statistics
WINDOW_S = 0.5


def make(style: Path, out: Path, duration_s: float) -> dict[str, float]:
    """Runs the command and watches its memory; what was made already is not made again.

    Ended by SIGINT, the command keeps what there is, and so does this.
    """
    notes = out.with_suffix(".watched.json")
    if out.exists() and notes.exists():
        return dict(json.loads(notes.read_text()))
    command = [sys.executable, "-m", "gramophone", "texture", str(style), "-o", str(out)]
    command += ["--duration", f"{duration_s:g}", "--overwrite", "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen(command)
    resident: list[tuple[float, float]] = []
    while process.poll() is None:
        resident.append((time.perf_counter() - began, _resident_mb(process.pid)))
        time.sleep(1)
    if process.returncode not in (0, 130):
        raise RuntimeError(f"the command ended with {process.returncode}")
    seconds = time.perf_counter() - began
    sizes = np.array(resident)
    # The first minute of sound, not of time.
    early = sizes[: max(1, round(len(sizes) * 60 / length_s(out))), 1].max()
    found = {
        "duration_s": length_s(out),
        "seconds": seconds,
        "load": os.getloadavg()[0],
        "peak_mb": float(sizes[:, 1].max()),
        "first_minute_mb": float(early),
        "growth": float(sizes[:, 1].max() / early - 1),
    }
    notes.write_text(json.dumps(found))
    return found


def length_s(out: Path) -> float:
    """What has been made of it."""
    return float(soundfile.info(out).duration)


def drift(style: Path, out: Path, duration_s: float) -> list[str]:
    """Rows: the last minute against the first and both against the style, beside those of all other minutes."""
    reference = torch.from_numpy(load(style).mono().resampled(RATE_HZ).samples[0])
    count = int(duration_s // 60)
    minutes = [_minute(out, place) for place in range(count)]
    steps = [_snr_db(minutes[place], minutes[place + 1]) for place in range(count - 1)]
    to_style = [_snr_db(minute, reference) for minute in minutes]
    ends = _snr_db(minutes[0], minutes[-1])
    return [
        f"| minute 1 against minute {count} | {ends:.1f} dB | neighbouring minutes: {min(steps):.1f} to "
        f"{max(steps):.1f}, median {np.median(steps):.1f} dB |",
        f"| minute 1 against the style | {to_style[0]:.1f} dB | all minutes: {min(to_style):.1f} to "
        f"{max(to_style):.1f}, median {np.median(to_style):.1f} dB |",
        f"| minute {count} against the style | {to_style[-1]:.1f} dB | the same |",
    ]


def seams(out: Path, duration_s: float) -> list[str]:
    """Rows: windows on block borders against windows in the middle of blocks."""
    borders_s = np.arange(FIRST_BLOCK_S, duration_s - BLOCK_S, BLOCK_S)
    return compared(out, borders_s, borders_s + BLOCK_S / 2)


def compared(
    out: Path, borders_s: Float[np.ndarray, " border"], elsewhere_s: Float[np.ndarray, " place"]
) -> list[str]:
    """Rows: windows of a file on borders against windows elsewhere (Mann-Whitney, two-sided)."""
    on = np.array([_figures(out, border_s) for border_s in borders_s])
    off = np.array([_figures(out, place_s) for place_s in elsewhere_s])
    rows = []
    for place, name in enumerate(FIGURES):
        test = mannwhitneyu(on[:, place], off[:, place])
        probability = min(1.0, float(test.pvalue) * len(FIGURES))
        higher = float(test.statistic) / (len(on) * len(off))
        rows.append(
            f"| {name} | {np.median(on[:, place]):.4g} | {np.median(off[:, place]):.4g} "
            f"| {higher:.3f} | {probability:.2g} |"
        )
    return [
        f"| {len(borders_s)} windows of {WINDOW_S:g} s each | on borders | elsewhere "
        "| share of pairs in which the border is higher | p, all tests corrected |",
        "|---|---|---|---|---|",
        *rows,
    ]


FIGURES = (
    "level (dB)",
    "spectral flux at the centre",
    "level step at the centre (dB)",
    "distance of band levels from their means",
    "kurtosis of the waveform",
    "spread of the envelope",
)
_means: dict[Path, Float[np.ndarray, " band"]] = {}


def _figures(out: Path, centre_s: float) -> list[float]:
    wave, rate_hz = _read(out, centre_s - WINDOW_S / 2, WINDOW_S)
    half = len(wave) // 2
    before, after = _levels(wave[half - 1024 : half], rate_hz), _levels(wave[half : half + 1024], rate_hz)
    if out not in _means:
        _means[out] = _levels(_read(out, 60.0, 60.0)[0], rate_hz)
    envelope = np.abs(wave[: len(wave) // 256 * 256]).reshape(-1, 256).mean(1)
    power = np.mean(wave**2)
    return [
        10 * np.log10(power),
        np.clip(after - before, 0, None).mean(),
        10 * np.log10(np.mean(wave[half : half + 2048] ** 2) / np.mean(wave[half - 2048 : half] ** 2)),
        np.abs(_levels(wave, rate_hz) - _means[out]).mean(),
        np.mean(wave**4) / power**2,
        envelope.std() / envelope.mean(),
    ]


def _levels(wave: Float[np.ndarray, " sample"], rate_hz: int) -> Float[np.ndarray, " band"]:
    """Levels in dB of third-octave bands."""
    energy = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2 / len(wave)
    edges_hz = 125 * 2 ** (np.arange(22) / 3)
    edges_hz = edges_hz[edges_hz < rate_hz / 2]
    places = np.round(edges_hz * len(wave) / rate_hz).astype(int)
    bands = [energy[low : max(high, low + 1)].mean() for low, high in pairwise(places)]
    return 10 * np.log10(np.array(bands) + 1e-12)


def _minute(out: Path, place: int) -> Float[torch.Tensor, " sample"]:
    wave, rate_hz = _read(out, 60.0 * place, 60.0)
    return torch.from_numpy(Sound(wave[None], rate_hz).resampled(RATE_HZ).samples[0])


def _read(out: Path, start_s: float, length_s: float) -> tuple[Float[np.ndarray, " sample"], int]:
    with soundfile.SoundFile(out) as file:
        rate_hz = int(file.samplerate)
        file.seek(round(start_s * rate_hz))
        return file.read(round(length_s * rate_hz), dtype="float32", always_2d=True).mean(1), rate_hz


def _snr_db(one: torch.Tensor, other: torch.Tensor) -> float:
    return average_db(statistics_snr_db(one, other, RATE_HZ))


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return float(sizes[0]) / 1e3 if sizes else 0.0
