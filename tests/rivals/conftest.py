"""Sounds of known pitch, a pitch measure of the tests' own, and recordings where they are at hand."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
import torch


@pytest.fixture
def noise():
    def made(channels, samples, seed=0, level=0.1):
        return level * torch.randn(channels, samples, generator=torch.Generator().manual_seed(seed))

    return made


@pytest.fixture
def tones():
    """Harmonic tones one after the other: `(pitches_hz, seconds each, rate_hz, partials)`."""

    def made(pitches_hz, each_s, rate_hz, partials=8):
        time = torch.arange(round(each_s * rate_hz)) / rate_hz
        fade = torch.minimum(time, each_s - time).clamp(0, 0.02) / 0.02
        parts = []
        for hz in pitches_hz:
            numbers = [n for n in range(1, partials + 1) if n * hz < 0.45 * rate_hz]
            parts.append(fade * sum(torch.sin(2 * torch.pi * n * hz * time) / n for n in numbers))
        return 0.1 * torch.cat(parts)[None]

    return made


@pytest.fixture
def pitch_share():
    """Share of the times at which a result has the given pitch, by the autocorrelation of 60 ms."""

    def measured(result, pitches_hz, each_s, rate_hz):
        right, length = 0, round(0.06 * rate_hz)
        lags = torch.arange(int(rate_hz / 1000), int(rate_hz / 120))
        for place, hz in enumerate(pitches_hz):
            middle = round((place + 0.5) * each_s * rate_hz)
            piece = result[0, middle - length // 2 : middle + length]
            own = torch.stack(
                [torch.dot(piece[: length // 2], piece[int(lag) : int(lag) + length // 2]) for lag in lags]
            )
            own /= torch.stack([piece[int(lag) : int(lag) + length // 2].norm() for lag in lags]) + 1e-9
            # The first of the lags that are nearly as good as the best is the period, not its multiple.
            best = int(lags[(own > 0.95 * own.max()).nonzero()[0, 0]])
            window = own[(lags - best).abs() <= 2]
            period = int(lags[(lags - best).abs() <= 2][window.argmax()])
            right += abs(12 * np.log2(rate_hz / period / hz)) < 0.6
        return right / len(pitches_hz)

    return measured


@pytest.fixture(scope="session")
def data():
    folder = os.environ.get("GRAMOPHONE_DATA")
    if not folder or not (Path(folder) / "clips").is_dir():
        pytest.skip("GRAMOPHONE_DATA names no folder with clips/ and instruments/")
    return Path(folder)


@pytest.fixture(scope="session")
def clip(data):
    def loaded(name, rate_hz, duration_s=5.0):
        samples, rate = soundfile.read(data / "clips" / f"{name}.flac", dtype="float32", always_2d=True)
        mono = soxr.resample(samples.mean(1), rate, rate_hz)[: round(duration_s * rate_hz)]
        return torch.from_numpy(mono.astype(np.float32))[None]

    return loaded


@pytest.fixture(scope="session")
def notes(data):
    """Notes of an instrument, ascending: `(instrument, source, rate_hz, lowest, highest)`."""

    def loaded(instrument, source, rate_hz, lowest, highest):
        found = []
        with (data / "instruments" / "notes.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = int(row["midi_pitch"])
                if row["instrument"] == instrument and row["source"].startswith(source) and lowest <= key <= highest:
                    path, start = data / "instruments" / row["file"], int(row["start"])
                    samples, rate = soundfile.read(path, start=start, frames=int(row["frames"]), dtype="float32")
                    found.append((key, soxr.resample(samples, rate, rate_hz).astype(np.float32)))
        return [samples for _, samples in sorted(found, key=lambda note: note[0])]

    return loaded
