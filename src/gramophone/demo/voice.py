"""The voice itself: glottal pulses and noise through a vocal tract whose formants move.

Source and filter follow Klatt, "Software for a cascade/parallel formant synthesizer", J. Acoust. Soc. Am. 67
(1980); the glottal pulse is the polynomial one of Klatt and Klatt, J. Acoust. Soc. Am. 87 (1990).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float64
from scipy import signal

from gramophone.demo.phonemes import Phone, Spoken

# The voice is made at one rate and resampled, so that every rate hears the same voice.
VOICE_RATE_HZ = 22050
BLOCK = 44
WIDTHS_HZ = (70.0, 100.0, 160.0)
HIGHER_HZ = (3500.0, 4500.0, 5500.0, 6600.0, 7700.0, 8800.0)
HIGHER_WIDTHS_HZ = (200.0, 280.0, 400.0, 600.0, 800.0, 1000.0)
NOSE_HZ = 270.0
NOSE_OPEN_HZ = 450.0
OPEN_QUOTIENT = 0.6


@dataclass(frozen=True)
class Tracks:
    """The targets of all blocks, smoothed; levels are amplitudes."""

    formants_hz: Float64[np.ndarray, "block 3"]
    nasal: Float64[np.ndarray, " block"]
    voice: Float64[np.ndarray, " block"]
    breath: Float64[np.ndarray, " block"]
    noise: Float64[np.ndarray, " block"]
    noise_hz: Float64[np.ndarray, " block"]
    noise_width_hz: Float64[np.ndarray, " block"]


def say(rng: np.random.Generator, spoken: tuple[Spoken, ...], duration_s: float) -> Float64[np.ndarray, " sample"]:
    """Speaks a timeline at `VOICE_RATE_HZ`; the result is at least as long as the duration."""
    blocks = int(np.ceil(duration_s * VOICE_RATE_HZ / BLOCK)) + 1
    count = blocks * BLOCK
    tracks = _tracks(spoken, blocks)
    pulses, opening = _glottis(rng, _pitch_hz(rng, spoken, count))
    breath = rng.standard_normal(count) * (0.4 + opening)
    source = pulses * _per_sample(tracks.voice) + 2.5 * breath * _per_sample(tracks.breath)
    hiss = 20.0 * rng.standard_normal(count) * _per_sample(tracks.noise)
    mouth = signal.sosfilt(_poles(np.array(HIGHER_HZ), np.array(HIGHER_WIDTHS_HZ)), source)
    return np.asarray(_through(mouth, _tract(tracks)) + _through(hiss, _constriction(tracks)))


def _per_sample(track: Float64[np.ndarray, " block"]) -> Float64[np.ndarray, " sample"]:
    centres = (np.arange(len(track)) + 0.5) * BLOCK
    return np.asarray(np.interp(np.arange(len(track) * BLOCK), centres, track))


def _pitch_hz(rng: np.random.Generator, spoken: tuple[Spoken, ...], count: int) -> Float64[np.ndarray, " sample"]:
    """Draws the melody of the voice: falling over each phrase, raised by accents, never quite steady."""
    time_s = np.arange(count) / VOICE_RATE_HZ
    edges_s = [spoken[0].end_s, *(one.end_s for one in spoken if one.name == "pause"), spoken[-1].end_s]
    corners_s = [moment for start, end in pairwise(edges_s) for moment in (start, end)]
    top, bottom = rng.uniform(1.5, 3.0), rng.uniform(-4.5, -3.0)
    semitones = np.interp(time_s, corners_s, [top, bottom] * (len(edges_s) - 1))
    for one in spoken:
        if one.accent:
            middle_s = 0.5 * (one.start_s + one.end_s)
            semitones += rng.uniform(2.0, 4.5) * np.exp(-0.5 * ((time_s - middle_s) / 0.075) ** 2)
    knots = int(count / VOICE_RATE_HZ * 100) + 2
    jitter = np.interp(time_s, np.arange(knots) / 100, rng.normal(0.0, 0.1, knots))
    return np.asarray(rng.uniform(104.0, 118.0) * 2 ** ((semitones + jitter) / 12))


def _glottis(
    rng: np.random.Generator, pitch_hz: Float64[np.ndarray, " sample"]
) -> tuple[Float64[np.ndarray, " sample"], Float64[np.ndarray, " sample"]]:
    """Makes the derivative of the glottal flow, and the flow itself."""
    cycles = np.cumsum(pitch_hz) / VOICE_RATE_HZ
    numbers = np.floor(cycles).astype(np.int64)
    opening = np.minimum((cycles - numbers) / OPEN_QUOTIENT, 1.0)
    flow = 6.75 * (opening**2 - opening**3)
    shimmer = rng.normal(1.0, 0.04, int(numbers[-1]) + 1)[numbers]
    # A difference of the continuous flow aliases far less than samples of its jumping derivative.
    return np.diff(flow * shimmer, prepend=0.0) * VOICE_RATE_HZ / pitch_hz, flow


def _poles(
    frequencies_hz: Float64[np.ndarray, "*any"], widths_hz: Float64[np.ndarray, "*any"]
) -> Float64[np.ndarray, "*any 6"]:
    """Makes resonators with gain 1 at 0 Hz, as second-order sections."""
    radius = np.exp(-np.pi * widths_hz / VOICE_RATE_HZ)
    first = -2 * radius * np.cos(2 * np.pi * frequencies_hz / VOICE_RATE_HZ)
    second = radius**2
    nought, one = np.zeros_like(first), np.ones_like(first)
    return np.stack([1 + first + second, nought, nought, one, first, second], axis=-1)


def _tract(tracks: Tracks) -> Float64[np.ndarray, "block section 6"]:
    widths_hz = np.array(WIDTHS_HZ) * (1 + 1.2 * tracks.nasal[:, None])
    mouth = _poles(tracks.formants_hz, widths_hz)
    # The nose is a pole and a zero that cancel each other as long as it is closed.
    pole = _poles(np.full_like(tracks.nasal, NOSE_HZ), np.full_like(tracks.nasal, 100.0))
    zero_hz = NOSE_HZ + (NOSE_OPEN_HZ - NOSE_HZ) * tracks.nasal
    zero = _poles(zero_hz, np.full_like(zero_hz, 100.0))
    nose = np.concatenate([zero[:, 3:] * (pole[:, :1] / zero[:, :1]), pole[:, 3:]], axis=1)
    return np.concatenate([nose[:, None], mouth], axis=1)


def _constriction(tracks: Tracks) -> Float64[np.ndarray, "block section 6"]:
    poles = _poles(tracks.noise_hz, tracks.noise_width_hz)
    gain = 0.5 * (1 - poles[:, 5])
    band = np.stack([gain, 0 * gain, -gain, *poles[:, 3:].T], axis=1)
    return np.stack([band, band], axis=1)


def _through(
    sound: Float64[np.ndarray, " sample"], sections: Float64[np.ndarray, "block section 6"]
) -> Float64[np.ndarray, " sample"]:
    """Filters with sections that change every `BLOCK` samples; the state runs on from block to block."""
    state = np.zeros((sections.shape[1], 2))
    out = np.empty_like(sound)
    for block, section in enumerate(sections):
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        out[part], state = signal.sosfilt(section, sound[part], zi=state)
    return out


def _tracks(spoken: tuple[Spoken, ...], blocks: int) -> Tracks:
    starts_s = np.array([one.start_s for one in spoken])
    now_s = (np.arange(blocks) + 0.5) * BLOCK / VOICE_RATE_HZ
    which = np.searchsorted(starts_s, now_s, side="right") - 1
    phones = [one.phone for one in spoken]

    def level(levels_db: list[float], span_ms: float) -> Float64[np.ndarray, " block"]:
        return _smooth(10 ** (np.array(levels_db)[which] / 20), span_ms)

    formants_hz = np.array(_formants(phones))[which]
    return Tracks(
        formants_hz=np.stack([_smooth(formants_hz[:, i], 70.0) for i in range(3)], axis=1),
        nasal=_smooth(np.array([float(one.nasal) for one in phones])[which], 24.0),
        voice=level([one.voice_db for one in phones], 34.0),
        breath=level([one.breath_db for one in phones], 24.0),
        noise=level([one.noise_db for one in phones], 14.0),
        noise_hz=np.array([one.noise_hz for one in phones])[which],
        noise_width_hz=np.array([one.noise_width_hz for one in phones])[which],
    )


def _formants(phones: list[Phone]) -> list[tuple[float, float, float]]:
    targets: list[tuple[float, float, float]] = []
    following = (500.0, 1500.0, 2500.0)
    for phone in reversed(phones):
        following = phone.formants_hz or following
        targets.append(following)
    return targets[::-1]


def _smooth(track: Float64[np.ndarray, " block"], span_ms: float) -> Float64[np.ndarray, " block"]:
    half = max(1, round(span_ms * 1e-3 * VOICE_RATE_HZ / BLOCK / 2))
    window = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(track, half, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"))
