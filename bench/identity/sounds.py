"""The sounds of the pairs, made or read from their names, one channel of five seconds.

`NAME` or `NAME@SECONDS`: a recording, from that time on. `phrase:SEED`, `melody:SEED`, `rhythm:SEED`: the project's
own sounds. `tune:NUMBER:INSTRUMENT`: a tune of single notes of an instrument. `notes:INSTRUMENT`: its notes one after
another, in no musical order. `drums:INSTRUMENT:...`: strokes of several instruments in turn.
"""

import csv
import os
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from jaxtyping import Float32

from bench.recordings import BESIDE, clip
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody, rhythm

RATE_HZ = 22_050
DURATION_S = 5.0
NOTES_HZ = 16_000
FONT = "FluidR3_GM"
FADE_S = 0.02
MADE = {"phrase": spoken_phrase, "melody": melody, "rhythm": rhythm}
TUNES = (
    # (key, beats); a beat is 0.3 s. A hymn, a round and two scales with leaps: none is under copyright.
    (
        (64, 1),
        (64, 1),
        (65, 1),
        (67, 1),
        (67, 1),
        (65, 1),
        (64, 1),
        (62, 1),
        (60, 1),
        (60, 1),
        (62, 1),
        (64, 2),
        (62, 2),
    ),
    (
        (60, 1),
        (62, 1),
        (64, 1),
        (60, 1),
        (60, 1),
        (62, 1),
        (64, 1),
        (60, 1),
        (64, 1),
        (65, 1),
        (67, 2),
        (64, 1),
        (65, 1),
    ),
    ((57, 1), (60, 1), (64, 2), (62, 1), (59, 1), (55, 1), (57, 1), (65, 2), (64, 1), (60, 1), (62, 2), (57, 1)),
    ((67, 2), (72, 1), (71, 1), (69, 1), (67, 1), (74, 2), (72, 1), (69, 1), (65, 1), (67, 1), (64, 1), (72, 2)),
)
BEAT_S = 0.32
STYLE_KEYS = (62, 69, 57, 74, 60, 67, 64, 71)


def sound(name: str) -> Sound:
    """The sound of that name.

    Raises:
        KeyError: an instrument that the data do not have.
    """
    what, *rest = name.split(":")
    if what in MADE:
        return Sound(MADE[what](RATE_HZ, DURATION_S, int(rest[0])), RATE_HZ)
    if what == "tune":
        return _played([(rest[1], key, beats * BEAT_S) for key, beats in TUNES[int(rest[0])]])
    if what == "notes":
        each_s = DURATION_S / len(STYLE_KEYS)
        return _played([(rest[0], key, each_s) for key in STYLE_KEYS])
    if what == "drums":
        strokes = [(rest[place % len(rest)], 60 + 3 * (place % 4), 0.25) for place in range(20)]
        return _played(strokes)
    stem, _, start_s = name.partition("@")
    whole = clip(stem)
    first = round(float(start_s or 0) * RATE_HZ)
    return Sound(whole.samples[:, first : first + round(DURATION_S * RATE_HZ)], RATE_HZ)


def _played(score: list[tuple[str, int, float]]) -> Sound:
    """Notes one after the other: instrument, key, seconds."""
    samples = round(DURATION_S * NOTES_HZ)
    line, start = np.zeros(samples, np.float32), 0
    for instrument, key, lasts_s in score:
        note = _note(instrument, key)[: round(lasts_s * NOTES_HZ)].copy()
        fade = min(len(note), round(FADE_S * NOTES_HZ))
        note[len(note) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        end = min(samples, start + len(note))
        line[start:end] += note[: max(0, end - start)]
        start += round(lasts_s * NOTES_HZ)
        if start >= samples:
            break
    return Sound(0.5 * line[None], NOTES_HZ).resampled(RATE_HZ)


def _note(instrument: str, key: int) -> Float32[np.ndarray, " sample"]:
    """The instrument's note that is nearest to the key, tuned to it by resampling."""
    folder, rows = _notes()
    path, start, frames, pitch = min(rows[instrument], key=lambda row: abs(row[3] - key))
    samples, rate_hz = soundfile.read(folder / path, dtype="float32", start=start, frames=frames)
    return soxr.resample(samples, rate_hz * 2 ** ((key - pitch) / 12), NOTES_HZ).astype(np.float32)


@cache
def _notes() -> tuple[Path, dict[str, list[tuple[str, int, int, int]]]]:
    folder = Path(os.environ.get("GRAMOPHONE_DATA", BESIDE)) / "instruments"
    found: dict[str, list[tuple[str, int, int, int]]] = {}
    with (folder / "notes.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if row["source"] == FONT:
                place = (row["file"], int(row["start"]), int(row["frames"]), int(row["midi_pitch"]))
                found.setdefault(row["instrument"], []).append(place)
    return folder, found
