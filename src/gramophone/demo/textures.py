"""Demonstration sounds: rain, fire, water and a rhythm from simple events, a plucked tune, and notes of a flute.

A texture differs from coloured noise in sparse band envelopes and correlated bands (McDermott and Simoncelli, "Sound
texture perception via statistics of the auditory periphery", Neuron 71, 2011).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from gramophone.demo.synthesis import (
    DemoSound,
    add_at,
    coloured_noise,
    decay,
    fade_edges,
    impulses,
    modes,
    poisson_times,
    resonate,
    slow_gain,
)

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
    """A note of the score.

    Attributes:
        start_s: time of the pluck in seconds.
        length_s: duration in seconds.
        pitch_hz: fundamental frequency in Hz.
        level: relative amplitude.
    """

    start_s: float
    length_s: float
    pitch_hz: float
    level: float


def score(duration_s: float) -> tuple[Note, ...]:
    """Lists the notes that start within a duration, sorted by start.

    Pitches are equal-tempered with A4 = 440 Hz. No note starts so late that only a click would remain.
    """
    notes = [*_part(TUNE, 1.0, duration_s), *_part(BASS, 0.4, duration_s)]
    return tuple(sorted(notes, key=lambda note: (note.start_s, note.pitch_hz)))


@DemoSound
def melody(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Plays the tune on plucked strings.

    A string is a sum of its modes (Fletcher and Rossing, "The Physics of Musical Instruments", 2nd ed.,
    section 2.7): the position of the pluck sets their levels; higher modes decay faster and are slightly sharp.

    The seed varies position, force and timing of the plucks.
    """
    sound = np.zeros(count)
    for note in score(duration_s):
        late_s = abs(rng.normal(0.0, 0.004))
        pluck = note.level * rng.uniform(0.8, 1.1) * _pluck(rng, rate_hz, note)
        add_at(sound, pluck, round((note.start_s + late_s) * rate_hz))
    return fade_edges(sound, rate_hz, min(40.0, 100.0 * duration_s))


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
    # The finger: a short scratch at the pluck, and damping at the end of the note.
    scratch = coloured_noise(rng, rate_hz, count, ((150.0, -20.0), (1200.0, 0.0), (6000.0, -18.0)))
    string += 0.25 * scratch * np.exp(-np.arange(count) / (0.005 * rate_hz))
    string[released:] *= np.exp(-np.arange(count - released) / (0.025 * rate_hz))
    return fade_edges(string, rate_hz, 1.5)


FLUTE_KEYS = (62, 74, 67, 79, 60, 71, 64, 76, 69, 72, 65, 77)  # MIDI, in no musical order
FLUTE_NOTE_S = 0.5
BREATH = ((300.0, -18.0), (1000.0, -6.0), (2500.0, 0.0), (8000.0, -12.0))


@DemoSound
def flute(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Plays notes of a flute one after another, for a melody to be made of.

    Harmonics fall by 9 dB an octave and swell with the breath; vibrato and breath noise vary with the seed.
    """
    sound = np.zeros(count)
    for place in range(int(np.ceil(duration_s / FLUTE_NOTE_S))):
        key = FLUTE_KEYS[place % len(FLUTE_KEYS)]
        note = _blown(rng, rate_hz, 440.0 * 2 ** ((key - 69) / 12), FLUTE_NOTE_S + 0.05)
        add_at(sound, note, round(place * FLUTE_NOTE_S * rate_hz))
    return fade_edges(sound, rate_hz)


def _blown(
    rng: np.random.Generator, rate_hz: int, pitch_hz: float, length_s: float
) -> Float64[np.ndarray, " sample"]:
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    cents = rng.normal(0, 3) + rng.uniform(5, 12) * np.sin(
        2 * np.pi * (rng.uniform(4.8, 5.6) * time_s + rng.uniform())
    )
    phase = 2 * np.pi * np.cumsum(pitch_hz * 2 ** (cents / 1200)) / rate_hz
    numbers = np.arange(1, 1 + min(10, int(0.45 * rate_hz / pitch_hz)))
    breath = (1 - np.exp(-time_s / 0.03)) * np.minimum(1, (length_s - time_s) / 0.05)
    # Higher harmonics come later and go earlier than the fundamental.
    tone = sum(breath ** (1 + 0.3 * n) * np.sin(n * phase) / n**1.5 for n in numbers)
    return np.asarray(tone + 0.03 * breath * coloured_noise(rng, rate_hz, len(time_s), BREATH))


WATER_BED = ((100.0, -24.0), (400.0, -6.0), (1200.0, 0.0), (5000.0, -12.0), (12000.0, -30.0))
DROPS_HZ = (420.0, 1900.0)


@DemoSound
def water(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Synthesises drops that fall into water: bubbles whose pitch rises as they near the surface, over a quiet bed.

    The frequency of a bubble is that of Minnaert ("On musical air-bubbles and the sounds of running water",
    Philosophical Magazine 16, 1933); it rises as in van den Doel ("Physically based models for liquid sounds", ACM
    Transactions on Applied Perception 2, 2005).
    """
    sound = 0.01 * coloured_noise(rng, rate_hz, count, WATER_BED)
    for start_s in poisson_times(rng, 5.0, duration_s):
        drop = min(rng.lognormal(0.0, 0.5), 3.0) * _drop(rng, rate_hz)
        add_at(sound, drop, round(start_s * rate_hz))
    return fade_edges(sound, rate_hz)


def _drop(rng: np.random.Generator, rate_hz: int) -> Float64[np.ndarray, " sample"]:
    low_hz, high_hz = DROPS_HZ
    pitch_hz = low_hz * (high_hz / low_hz) ** rng.uniform()
    time_s = np.arange(round(0.18 * rate_hz)) / rate_hz
    damping = 0.13 * pitch_hz + 0.0072 * pitch_hz**1.5 * 0.1
    rising_hz = pitch_hz * (1 + 0.12 * damping * time_s)
    bubble = np.sin(2 * np.pi * np.cumsum(np.minimum(rising_hz, 0.45 * rate_hz)) / rate_hz) * np.exp(
        -0.25 * damping * time_s
    )
    splash = 0.3 * rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.002)
    return np.asarray(bubble + splash)


RAIN_BED = ((60.0, -30.0), (250.0, -12.0), (900.0, -4.0), (3000.0, 0.0), (7000.0, -4.0), (16000.0, -14.0))
RAIN_SPLASH = ((300.0, -24.0), (1500.0, -6.0), (4000.0, 0.0), (16000.0, -4.0))
FIRE_RUMBLE = ((20.0, -12.0), (45.0, 0.0), (90.0, -2.0), (250.0, -18.0), (800.0, -40.0), (3000.0, -70.0))
FIRE_HISS = ((200.0, -30.0), (1500.0, -10.0), (5000.0, 0.0), (9000.0, -3.0), (16000.0, -12.0))
# Crackles: frequency in Hz of the brightest part, and the time constant in seconds.
CRACKLES = ((900.0, 0.010), (1800.0, 0.006), (3200.0, 0.0035), (5000.0, 0.002), (7000.0, 0.0012))

BEAT_S = 0.56
SHAKER = ((500.0, -50.0), (3000.0, -14.0), (6500.0, 0.0), (10000.0, -3.0), (16000.0, -14.0))
# Two bars of sixteen steps, four steps a beat; a digit is how hard the hand strikes, a dot is rest.
PATTERN = {
    "drum": "9.....4.7..5....9..3..4.7.5.3...",
    "slap": "....8.......7..3....8..4....8.35",
    "block": "..6...6..4....5...6..6.5....6...",
    "shaker": "63526353635263546352635363546354",
}


@DemoSound
def rain(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Synthesises rain: a bed of distant drops, thousands of near splashes, and the bubbles they excite.

    Drops are a Poisson process with log-normal levels. A splash is a millisecond of broadband noise,
    so it excites all bands at once; a bubble is a damped sine that follows its splash.
    """
    sound = 0.8 * coloured_noise(rng, rate_hz, count, RAIN_BED) * slow_gain(rng, rate_hz, count, 1.5, 1.2)
    for per_second, level, spread, splash_s in ((900.0, 0.7, 0.9, 0.0009), (90.0, 2.2, 0.7, 0.0025)):
        times_s = poisson_times(rng, per_second, duration_s)
        levels = level * np.minimum(rng.lognormal(0.0, spread, len(times_s)), 3.5)
        envelope = decay(impulses(times_s, levels, rate_hz, count), rate_hz, splash_s)
        sound += envelope * coloured_noise(rng, rate_hz, count, RAIN_SPLASH)
        sound += _bubbles(rng, rate_hz, count, times_s, levels)
    return fade_edges(sound, rate_hz)


def _bubbles(
    rng: np.random.Generator,
    rate_hz: int,
    count: int,
    times_s: Float64[np.ndarray, " event"],
    levels: Float64[np.ndarray, " event"],
) -> Float64[np.ndarray, " sample"]:
    pitches_hz = np.geomspace(500.0, min(8500.0, 0.42 * rate_hz), 32)
    kinds = rng.integers(0, len(pitches_hz), len(times_s))
    rung_s = times_s + rng.uniform(0.001, 0.012, len(times_s))
    rings = levels * rng.lognormal(-0.9, 0.5, len(times_s)) * (pitches_hz[kinds] / 3000.0) ** 0.5
    total = np.zeros(count)
    for kind, pitch_hz in enumerate(pitches_hz):
        chosen = kinds == kind
        decay_s = 9.0 / pitch_hz * rng.uniform(0.6, 1.6)
        total += resonate(impulses(rung_s[chosen], rings[chosen], rate_hz, count), rate_hz, pitch_hz, decay_s)
    return total


@DemoSound
def fire(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Synthesises fire: rumbling flames, hissing wood, and clusters of crackles.

    Crackle levels follow a Pareto law, so a few pops stand out among hundreds of small ticks; each is a burst
    of band-limited noise that decays within milliseconds.
    """
    sound = 1.1 * coloured_noise(rng, rate_hz, count, FIRE_RUMBLE) * slow_gain(rng, rate_hz, count, 5.0, 3.5)
    sound += 0.12 * coloured_noise(rng, rate_hz, count, FIRE_HISS) * slow_gain(rng, rate_hz, count, 2.5, 4.0)
    times_s = _crackle_times(rng, duration_s)
    levels = np.minimum(0.45 * (1 + rng.pareto(1.25, len(times_s))), 9.0)
    kinds = rng.integers(0, len(CRACKLES), len(times_s))
    for kind, (bright_hz, decay_s) in enumerate(CRACKLES):
        chosen = kinds == kind
        strikes = impulses(times_s[chosen], levels[chosen], rate_hz, count)
        colour = ((bright_hz / 8, -24.0), (bright_hz, 0.0), (4 * bright_hz, -9.0))
        sound += decay(strikes, rate_hz, decay_s) * coloured_noise(rng, rate_hz, count, colour)
        # The snap of the fibre, without which the pops are soft.
        sound += 1.5 * resonate(strikes, rate_hz, min(bright_hz, 0.4 * rate_hz), decay_s / 3)
    return fade_edges(sound, rate_hz)


def _crackle_times(rng: np.random.Generator, duration_s: float) -> Float64[np.ndarray, " event"]:
    lone_s = poisson_times(rng, 14.0, duration_s)
    parents_s = poisson_times(rng, 2.2, duration_s)
    children = rng.poisson(7.0, len(parents_s))
    clustered_s = np.repeat(parents_s, children) + rng.exponential(0.07, int(children.sum()))
    return np.concatenate([lone_s, clustered_s])


@DemoSound
def rhythm(rng: np.random.Generator, rate_hz: int, count: int, duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Synthesises a rhythmic texture: hand drum, slap, wood block and shaker in a pattern of two bars.

    A beat lasts `BEAT_S` seconds. Timing and force of the strokes vary at random.
    """
    sound = np.zeros(count)
    step_s = BEAT_S / 4
    for step in range(int(duration_s / step_s) + 1):
        for player, strokes in PATTERN.items():
            force = strokes[step % len(strokes)]
            if force != ".":
                late_s = 0.003 + rng.normal(0.0, 0.0035)
                gain = (int(force) / 9) ** 1.5 * rng.lognormal(0.0, 0.12)
                add_at(sound, gain * _stroke(rng, rate_hz, player), round((step * step_s + late_s) * rate_hz))
    return fade_edges(sound, rate_hz, 2.0)


def _stroke(rng: np.random.Generator, rate_hz: int, player: str) -> Float64[np.ndarray, " sample"]:
    tune = rng.normal(1.0, 0.008)
    if player == "shaker":
        return 0.9 * _grains(rng, rate_hz)
    if player == "block":
        partials = np.array([1040.0, 1610.0, 2870.0, 4300.0])
        return 1.4 * _struck(rng, rate_hz, partials * tune, np.array([0.035, 0.022, 0.010, 0.006]), 0.15)
    # Ratios of the ideal circular membrane: zeros of Bessel functions over the first zero.
    membrane = np.array([1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501])
    if player == "drum":
        return 1.3 * _struck(rng, rate_hz, 92.0 * tune * membrane, 0.16 / membrane**1.6, 0.08)
    return _struck(rng, rate_hz, 318.0 * tune * membrane, 0.060 / membrane**0.7, 0.5)


def _struck(
    rng: np.random.Generator,
    rate_hz: int,
    partials_hz: Float64[np.ndarray, " mode"],
    decays_s: Float64[np.ndarray, " mode"],
    noise: float,
) -> Float64[np.ndarray, " sample"]:
    count = round(5 * float(decays_s.max()) * rate_hz)
    levels = rng.uniform(0.5, 1.0, len(partials_hz)) / np.arange(1, len(partials_hz) + 1) ** 0.8
    impact = noise * rng.standard_normal(count) * np.exp(-np.arange(count) / (0.004 * rate_hz))
    return modes(rate_hz, count, partials_hz, decays_s, levels) + impact


def _grains(rng: np.random.Generator, rate_hz: int) -> Float64[np.ndarray, " sample"]:
    count = round(0.11 * rate_hz)
    time_s = np.arange(count) / rate_hz
    swing = (1 - np.exp(-time_s / 0.006)) * np.exp(-time_s / 0.022)
    grains = rng.standard_normal(count) * (rng.uniform(size=count) < 2500.0 / rate_hz)
    rattle = coloured_noise(rng, rate_hz, count, SHAKER) + resonate(grains, rate_hz, 3400.0, 0.0008)
    return np.asarray(swing * rattle)
