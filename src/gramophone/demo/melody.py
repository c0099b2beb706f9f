"""A short tune of our own on plucked strings."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

from gramophone.demo.synthesis import add_at, at_peak, coloured_noise, fade_edges, modes, sample_count

EIGHTH_S = 0.26
# Pitch names with lengths in eighths, in D dorian; "-" rests. Both parts last 32 eighths, then start again.
TUNE = (
    "D4 2, F4 1, A4 1, C5 2, B4 1, A4 1, G4 2, A4 1, F4 1, E4 3, - 1, "
    "F4 1, G4 1, A4 2, D5 2, C5 1, A4 1, B4 1, G4 1, E4 2, D4 3, - 1"
)
BASS = "D3 4, A2 4, C3 4, A2 4, D3 4, F3 4, G2 4, D3 4"
SEMITONES = {"C": -9, "D": -7, "E": -5, "F": -4, "G": -2, "A": 0, "B": 2}


@dataclass(frozen=True)
class Note:
    """A note of the score: when it is plucked, for how long it is held, its pitch, and how loud."""

    start_s: float
    length_s: float
    pitch_hz: float
    level: float


def score(duration_s: float) -> tuple[Note, ...]:
    """Writes out the notes plucked within a duration, sorted by start.

    Pitches are equal-tempered with A4 = 440 Hz. No note starts so late that it would be a mere click.
    """
    notes = [*_part(TUNE, 1.0, duration_s), *_part(BASS, 0.4, duration_s)]
    return tuple(sorted(notes, key=lambda note: (note.start_s, note.pitch_hz)))


def melody(rate_hz: int, duration_s: float, seed: int) -> Float32[np.ndarray, "1 sample"]:
    """Plays the tune on plucked strings.

    A string is a sum of its modes (Fletcher and Rossing, "The Physics of Musical Instruments", 2nd ed.,
    section 2.7): the place of the pluck sets their levels, higher modes die sooner and are slightly sharp.

    Args:
        rate_hz: sample rate, at least 8000.
        duration_s: length in seconds.
        seed: same seed, same samples; another seed plucks elsewhere, harder, a little earlier or later.

    Returns:
        Samples with peak 0.7.

    Raises:
        UsageError: if the rate or the duration is too small.
    """
    count = sample_count(rate_hz, duration_s)
    rng = np.random.default_rng(seed)
    sound = np.zeros(count)
    for note in score(duration_s):
        late_s = abs(rng.normal(0.0, 0.004))
        pluck = note.level * rng.uniform(0.8, 1.1) * _pluck(rng, rate_hz, note)
        add_at(sound, pluck, round((note.start_s + late_s) * rate_hz))
    return at_peak(fade_edges(sound, rate_hz, min(40.0, 100.0 * duration_s)))


def _part(text: str, level: float, duration_s: float) -> list[Note]:
    bars = [word.split() for word in text.split(", ")]
    notes: list[Note] = []
    eighth = 0
    last_s = max(duration_s - EIGHTH_S / 2, EIGHTH_S / 2)
    while eighth * EIGHTH_S < last_s:
        for pitch, length in bars:
            start_s = eighth * EIGHTH_S
            if pitch != "-" and start_s < last_s:
                notes.append(Note(start_s, int(length) * EIGHTH_S, _pitch_hz(pitch), level))
            eighth += int(length)
    return notes


def _pitch_hz(name: str) -> float:
    return float(440.0 * 2 ** (SEMITONES[name[0]] / 12 + int(name[1]) - 4))


def _pluck(rng: np.random.Generator, rate_hz: int, note: Note) -> Float64[np.ndarray, " sample"]:
    released = round(note.length_s * rate_hz)
    count = released + round(0.12 * rate_hz)
    numbers = np.arange(1.0, 41.0)
    place = rng.uniform(0.13, 0.19)
    levels = np.sin(np.pi * numbers * place) / numbers**1.1
    partials_hz = numbers * note.pitch_hz * np.sqrt((1 + 1.2e-4 * numbers**2) / (1 + 1.2e-4))
    decays_s = 1 / (0.9 + 0.35 * numbers + (partials_hz / 1400) ** 2)
    string = modes(rate_hz, count, partials_hz, decays_s, levels)
    # The finger: a short scratch at the pluck, and a damping hand at the end of the note.
    scratch = coloured_noise(rng, rate_hz, count, ((150.0, -20.0), (1200.0, 0.0), (6000.0, -18.0)))
    string += 0.25 * scratch * np.exp(-np.arange(count) / (0.005 * rate_hz))
    string[released:] *= np.exp(-np.arange(count - released) / (0.025 * rate_hz))
    return fade_edges(string, rate_hz, 1.5)
