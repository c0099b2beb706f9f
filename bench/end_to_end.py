"""From file to file with default settings: time and memory of the command, and how they grow with length."""

import os
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from bench.recordings import made
from bench.timing import command
from gramophone.audio import Sound, save

LENGTHS_S = (5, 10, 20, 40, 80)
FORMS = ((22050, 1), (44100, 1), (44100, 2))
KEPT = ("words", "melody", "rhythm")
APART_SAMPLES = 777  # between the channels


def report() -> str:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    with tempfile.TemporaryDirectory() as folder:
        help_s = min(command("gramophone", "--help")[0] for _ in range(3))
        rows = "\n".join(_row(Path(folder), length_s) for length_s in LENGTHS_S)
        forms = "\n".join(_form(Path(folder), *form) for form in FORMS)
        transfers = "\n".join(_transfer(Path(folder), keep) for keep in KEPT)
        evaluate_s = _evaluation_s(Path(folder))
    return f"""## The `texture` command, start to file (22.05 kHz mono, default settings, from 10 s of style)

| length | time | per second of sound | peak memory |
|---|---|---|---|
{rows}

10 s of texture from 10 s of style in other forms:

| rate | channels | time | peak memory |
|---|---|---|---|
{forms}

Transfers of 10 s of a phrase in 5 s of rain, 44.1 kHz stereo, start to file:

| kept | default | `--fast` | peak memory |
|---|---|---|---|
{transfers}

`gramophone --help` answers in {help_s:.2f} s; `gramophone evaluate` judges a transfer of 10 s in {evaluate_s:.1f} s.

The load was {load:.1f} when this section began.
"""


def _evaluation_s(folder: Path) -> float:
    """The least of three times, start to table, for style, result and content of 10 s each."""
    for name in ("rain", "fire", "phrase"):
        save(made(name, 10.0), folder / f"{name}.wav", overwrite=True)
    files = [str(folder / f"{name}.wav") for name in ("rain", "fire")]
    words = ["evaluate", *files, "--content", str(folder / "phrase.wav"), "--quiet"]
    return min(command("gramophone", *words)[0] for _ in range(3))


def _row(folder: Path, length_s: int) -> str:
    style, output = folder / "style.wav", folder / "out.wav"
    save(made("rain", 10.0), style, overwrite=True)
    words = ["texture", str(style), "-o", str(output), "--duration", str(length_s), "--overwrite", "--quiet"]
    seconds, peak_gb = command("gramophone", *words)
    return f"| {length_s} s | {seconds:.1f} s | {seconds / length_s:.2f} s | {peak_gb:.2f} GB |"


def _form(folder: Path, rate_hz: int, channels: int) -> str:
    style, output = folder / "form.wav", folder / "out.wav"
    save(_in_channels("rain", 10.0, rate_hz, channels), style, overwrite=True)
    words = ["texture", str(style), "-o", str(output), "--duration", "10", "--overwrite", "--quiet"]
    taken = [command("gramophone", *words) for _ in range(3)]
    seconds, peak_gb = (median(column) for column in zip(*taken, strict=True))
    return f"| {rate_hz} Hz | {channels} | {seconds:.1f} s | {peak_gb:.2f} GB |"


def _transfer(folder: Path, keep: str) -> str:
    content, style, output = (folder / name for name in ("phrase44.wav", "rain44.wav", "out.wav"))
    save(_in_channels("phrase", 10.0, 44100, 2), content, overwrite=True)
    save(_in_channels("rain", 5.0, 44100, 2), style, overwrite=True)
    words = ["transfer", str(content), str(style), "-o", str(output), "--keep", keep, "--overwrite", "--quiet"]
    taken = [[command("gramophone", *words, *more) for _ in range(3)] for more in ((), ("--fast",))]
    times = [median(seconds for seconds, _ in runs) for runs in taken]
    return f"| {keep} | {times[0]:.1f} s | {times[1]:.1f} s | {median(peak for _, peak in taken[0]):.2f} GB |"


def _in_channels(name: str, duration_s: float, rate_hz: int, channels: int) -> Sound:
    samples = made(name, duration_s).resampled(rate_hz).samples[0]
    return Sound(np.stack([np.roll(samples, n * APART_SAMPLES) for n in range(channels)]), rate_hz)
