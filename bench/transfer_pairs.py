"""Pairs of contents and styles on which the core of transfers is measured."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE_HZ = 22050
DURATION_S = 5.0
TUNES = {
    "rising": ([0, 4, 7, 12, 11, 7, 5, 4, 2, 0], [0.4, 0.4, 0.4, 0.8, 0.4, 0.4, 0.4, 0.4, 0.6, 0.8]),
    "steps": ([0, 2, 4, 5, 7, 5, 4, 2, 0, -5, 0], [0.5, 0.25, 0.25, 0.5, 0.75, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5]),
    "leaps": ([0, 7, 3, 10, 5, 12, 8, 3], [0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.7, 0.7]),
    "slow": ([0, -2, 3, 5, 3, -4], [0.8, 0.8, 0.8, 1.0, 0.8, 0.8]),
}


@dataclass(frozen=True)
class Pair:
    """Two waveforms at 22.05 kHz of five seconds."""

    name: str
    kind: str
    content: np.ndarray
    style: np.ndarray


def pairs(data: Path, kinds: Sequence[str]) -> list[Pair]:
    makers = {"melody": _melodies, "poly": _chords, "speech": _speech, "drums": _drums, "unpitched": _unpitched}
    return [pair for kind in kinds for pair in makers[kind](data)]


def _melodies(data: Path) -> list[Pair]:
    rows = [
        ("trumpet", "rising", 65, "violin", 55),
        ("oboe", "steps", 67, "flute", 62),
        ("clarinet", "leaps", 60, "cello", 43),
        ("violin", "slow", 69, "choir_aahs", 55),
    ]
    notes = _Notes(data)
    return [
        Pair(f"{one} in {other}", "melody", notes.tune(one, tune, low), notes.scattered(other, start))
        for one, tune, low, other, start in rows
    ]


def _chords(data: Path) -> list[Pair]:
    notes = _Notes(data)
    return [
        Pair("guitar in strings", "poly", clip(data, "guitar_em9"), notes.scattered("string_ensemble_1", 48)),
        Pair("piano in flute", "poly", clip(data, "piano_bach"), notes.scattered("flute", 60)),
    ]


def _speech(data: Path) -> list[Pair]:
    return [
        Pair("female in rain", "speech", clip(data, "speech_female"), clip(data, "rain")),
        Pair("jfk in fire", "speech", clip(data, "speech_jfk"), clip(data, "fire")),
    ]


def _unpitched(data: Path) -> list[Pair]:
    notes = _Notes(data)
    return [
        Pair("trumpet in rain", "unpitched", notes.tune("trumpet", "rising", 65), clip(data, "rain")),
        Pair("guitar in applause", "unpitched", clip(data, "guitar_em9"), clip(data, "applause")),
    ]


def _drums(data: Path) -> list[Pair]:
    notes = _Notes(data)
    own = notes.strokes([("taiko_drum", 40), ("woodblock", 76), ("melodic_tom", 50), ("agogo", 72)], seed=3)
    other = notes.strokes([("synth_drum", 45), ("steel_drums", 72), ("taiko_drum", 50), ("tinkle_bell", 84)], seed=4)
    return [
        Pair("electronic beat in drums", "drums", clip(data, "electronic_beat"), own),
        Pair("drums in synth drums", "drums", own, other),
    ]


def clip(data: Path, name: str) -> np.ndarray:
    samples, rate_hz = soundfile.read(data / "clips" / f"{name}.flac", dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(1), rate_hz, RATE_HZ)[: round(DURATION_S * RATE_HZ)]
    return mono / np.abs(mono).max()


class _Notes:
    def __init__(self, data: Path) -> None:
        self._folder = data / "instruments"
        with (self._folder / "notes.csv").open(encoding="utf-8") as file:
            self._rows = list(csv.DictReader(file))

    def note(self, instrument: str, key: int, font: str) -> np.ndarray:
        rows = [row for row in self._rows if row["instrument"] == instrument and font in row["file"]]
        row = min(rows, key=lambda row: abs(int(row["midi_pitch"]) - key))
        start, frames = int(row["start"]), int(row["frames"])
        samples, rate_hz = soundfile.read(self._folder / row["file"], start=start, frames=frames, dtype="float32")
        off = (key - int(row["midi_pitch"])) / 12
        return soxr.resample(samples, rate_hz * 2**off, RATE_HZ)

    def tune(self, instrument: str, tune: str, lowest: int) -> np.ndarray:
        keys, seconds = TUNES[tune]
        return self._joined(
            [(self.note(instrument, lowest + k, "fluidr3"), s) for k, s in zip(keys, seconds, strict=True)]
        )

    def scattered(self, instrument: str, lowest: int, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        keys = lowest + rng.permutation(20)[:8]
        return self._joined([(self.note(instrument, int(key), "generaluser"), 0.625) for key in keys])

    def strokes(self, kinds: Sequence[tuple[str, int]], seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        order = rng.integers(len(kinds), size=16)
        return self._joined(
            [(self.note(kinds[n][0], kinds[n][1], "generaluser"), rng.choice([0.25, 0.375, 0.5])) for n in order]
        )

    def _joined(self, notes: Sequence[tuple[np.ndarray, float]]) -> np.ndarray:
        samples = round(DURATION_S * RATE_HZ)
        line, at = np.zeros(samples + 4 * RATE_HZ, np.float32), 0
        for note, seconds in notes:
            length = round(seconds * RATE_HZ)
            piece = note[:length].copy()
            fade = min(len(piece), round(0.02 * RATE_HZ))
            piece[len(piece) - fade :] *= np.linspace(1, 0, fade)
            line[at : at + len(piece)] += piece
            at += length
        return line[:samples] / np.abs(line[:samples]).max()
