"""A formant synthesiser that speaks a short phrase.

Source, filter and consonant formants follow Klatt, "Software for a cascade/parallel formant synthesizer", J. Acoust.
Soc. Am. 67 (1980), table II; the glottal pulse is the polynomial one of Klatt and Klatt, J. Acoust. Soc. Am. 87
(1990). Vowel formants are the averages over men of Peterson and Barney, "Control methods used in a study of the
vowels", J. Acoust. Soc. Am. 24 (1952), table II; "ax" is a neutral tube. Durations and levels are our own.
"""

from dataclasses import dataclass
from itertools import cycle, pairwise
from math import gcd, log

import numpy as np
from jaxtyping import Float64
from scipy import signal

from gramophone.demo.synthesis import DemoSound, fade_edges

OFF_DB = -90.0


@dataclass(frozen=True)
class Phone:
    """A segment of speech with constant targets.

    Attributes:
        duration_ms: natural duration in ms.
        formants_hz: targets of the first three formants; None for those of the next phone.
        voice_db: level of the glottal pulses.
        breath_db: level of the noise at the glottis, which the formants filter.
        noise_db: level of the noise at the constriction, which they do not.
        noise_hz: centre frequency of the constriction noise.
        noise_width_hz: bandwidth of the constriction noise.
        nasal: whether the velum is open.
        vowel: whether the phone is a vowel.
    """

    duration_ms: float
    formants_hz: tuple[float, float, float] | None
    voice_db: float = OFF_DB
    breath_db: float = OFF_DB
    noise_db: float = OFF_DB
    noise_hz: float = 3000.0
    noise_width_hz: float = 2000.0
    nasal: bool = False
    vowel: bool = False


def _vowel(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=0.0, breath_db=-42.0, vowel=True)


def _glide(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=-3.0, breath_db=-36.0)


def _nasal(duration_ms: float, first_hz: float, second_hz: float, third_hz: float) -> Phone:
    return Phone(duration_ms, (first_hz, second_hz, third_hz), voice_db=-5.0, nasal=True)


# Stops are two phones: the closure, named with 0, and the burst, named with 1.
PHONES: dict[str, Phone] = {
    "iy": _vowel(150, 270, 2290, 3010),
    "ih": _vowel(85, 390, 1990, 2550),
    "eh": _vowel(95, 530, 1840, 2480),
    "ae": _vowel(140, 660, 1720, 2410),
    "aa": _vowel(135, 730, 1090, 2440),
    "ao": _vowel(110, 570, 840, 2410),
    "uh": _vowel(80, 440, 1020, 2240),
    "uw": _vowel(110, 300, 870, 2240),
    "ah": _vowel(85, 640, 1190, 2390),
    "er": _vowel(130, 490, 1350, 1690),
    "ax": _vowel(60, 500, 1500, 2500),
    "w": _glide(75, 290, 610, 2150),
    "r": _glide(75, 310, 1060, 1380),
    "l": _glide(75, 310, 1050, 2880),
    "m": _nasal(80, 480, 1270, 2130),
    "n": _nasal(85, 480, 1340, 2470),
    "hh": Phone(70, None, breath_db=-9.0),
    "f": Phone(105, (340, 1100, 2080), noise_db=-25.0, noise_hz=6500, noise_width_hz=6000),
    "v": Phone(65, (220, 1100, 2080), voice_db=-9.0, noise_db=-36.0, noise_hz=6500, noise_width_hz=6000),
    "dh": Phone(50, (270, 1290, 2540), voice_db=-9.0, noise_db=-36.0, noise_hz=5500, noise_width_hz=6000),
    "s": Phone(120, (320, 1390, 2530), noise_db=-8.0, noise_hz=6400, noise_width_hz=1900),
    "t0": Phone(65, (400, 1600, 2600)),
    "t1": Phone(42, None, breath_db=-15.0, noise_db=-10.0, noise_hz=4600, noise_width_hz=2200),
    "d0": Phone(50, (200, 1600, 2600), voice_db=-16.0),
    "d1": Phone(16, (300, 1600, 2600), voice_db=-14.0, noise_db=-17.0, noise_hz=4300, noise_width_hz=2200),
    "g0": Phone(60, (200, 1700, 2400), voice_db=-16.0),
    "g1": Phone(22, (300, 1700, 2400), voice_db=-14.0, noise_db=-13.0, noise_hz=1900, noise_width_hz=700),
    "pause": Phone(240, None),
    "rest": Phone(60, None),
}

# Each entry is a word and its phones; an apostrophe marks the accent, an empty word is a pause.
WORDS: tuple[tuple[str, str], ...] = (
    ("we", "w iy'"),
    ("are", "aa r"),
    ("the", "dh ax"),
    ("sound", "s aa' uh n d0 d1"),
    ("of", "ah v"),
    ("rain", "r eh' ih n"),
    ("", "pause"),
    ("hello", "hh eh l ao' uw"),
    ("gramophone", "g0 g1 r ae' m ax f ao uh n"),
    ("", "pause"),
    ("listen", "l ih' s ax n"),
    ("to", "t0 t1 uw"),
    ("the", "dh ax"),
    ("fire", "f aa' ih er"),
    ("", "pause"),
)


@dataclass(frozen=True)
class Spoken:
    """A phone in time.

    Attributes:
        name: phone name, a key of `PHONES`.
        word: word that the phone belongs to; empty for a rest.
        accent: whether the phone is accented.
        start_s: start in seconds.
        end_s: end in seconds.
    """

    name: str
    word: str
    accent: bool
    start_s: float
    end_s: float

    @property
    def phone(self) -> Phone:
        """Targets of this phone."""
        return PHONES[self.name]


# The voice is synthesised at one rate and resampled, so it is the same at every rate.
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
    """Smoothed targets of all blocks; levels are amplitudes."""

    formants_hz: Float64[np.ndarray, "block 3"]
    nasal: Float64[np.ndarray, " block"]
    voice: Float64[np.ndarray, " block"]
    breath: Float64[np.ndarray, " block"]
    noise: Float64[np.ndarray, " block"]
    noise_hz: Float64[np.ndarray, " block"]
    noise_width_hz: Float64[np.ndarray, " block"]


def synthesise(
    rng: np.random.Generator, spoken: tuple[Spoken, ...], duration_s: float
) -> Float64[np.ndarray, " sample"]:
    """Synthesises a timeline at `VOICE_RATE_HZ`, at least as long as the duration."""
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
    """Draws the intonation: falling over each phrase, raised by accents, with jitter."""
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
    """Synthesises the derivative of the glottal flow, and the flow."""
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
    """Designs resonators with gain 1 at 0 Hz, as second-order sections."""
    radius = np.exp(-np.pi * widths_hz / VOICE_RATE_HZ)
    first = -2 * radius * np.cos(2 * np.pi * frequencies_hz / VOICE_RATE_HZ)
    second = radius**2
    nought, one = np.zeros_like(first), np.ones_like(first)
    return np.stack([1 + first + second, nought, nought, one, first, second], axis=-1)


def _tract(tracks: Tracks) -> Float64[np.ndarray, "block section 6"]:
    widths_hz = np.array(WIDTHS_HZ) * (1 + 1.2 * tracks.nasal[:, None])
    mouth = _poles(tracks.formants_hz, widths_hz)
    # The nasal tract is a pole and a zero that cancel while the velum is closed.
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
    """Filters with sections that change every `BLOCK` samples; the state carries over between blocks."""
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


def timeline(duration_s: float) -> tuple[Spoken, ...]:
    """Places the phrase in time: as many words as fit at a natural pace, stretched to fill the duration.

    The pace stays within 0.6 and 1.6 of the natural one, so a very short sound is truncated and not sped up.
    """
    lead_s = min(0.06, duration_s / 20)
    goal_s = duration_s - 2 * lead_s
    words = _fitting_words(goal_s)
    natural_s = sum(_natural_s(phones) for _, phones in words)
    pace = min(max(goal_s / natural_s, 0.6), 1.6)
    spoken = [Spoken("rest", "", False, 0.0, lead_s)]
    for word, phones in words:
        for marked in phones.split():
            name, accent = marked.rstrip("'"), marked.endswith("'")
            start_s = spoken[-1].end_s
            length_s = PHONES[name].duration_ms * 1e-3 * pace * (1.2 if accent else 1.0)
            spoken.append(Spoken(name, word, accent, start_s, start_s + length_s))
    return (*spoken, Spoken("rest", "", False, spoken[-1].end_s, max(duration_s, spoken[-1].end_s)))


@DemoSound
def spoken_phrase(
    rng: np.random.Generator, rate_hz: int, count: int, duration_s: float
) -> Float64[np.ndarray, " sample"]:
    """Speaks "we are the sound of rain - hello gramophone - listen to the fire", as far as the duration allows.

    The seed varies pitch, intonation and noise.
    """
    voice = synthesise(rng, timeline(duration_s), duration_s)
    common = gcd(rate_hz, VOICE_RATE_HZ)
    resampled = signal.resample_poly(voice, rate_hz // common, VOICE_RATE_HZ // common)
    return fade_edges(resampled[:count], rate_hz)


def _natural_s(phones: str) -> float:
    return sum(PHONES[name.rstrip("'")].duration_ms * (1.2 if "'" in name else 1) for name in phones.split()) * 1e-3


def _fitting_words(goal_s: float) -> list[tuple[str, str]]:
    words: list[tuple[str, str]] = []
    best: list[tuple[str, str]] = []
    natural_s, fit = 0.0, float("inf")
    for word in cycle(WORDS):
        words.append(word)
        natural_s += _natural_s(word[1])
        # A phrase that ends with a word ends better than one that ends with a pause.
        if word[0] and abs(log(goal_s / natural_s)) < fit:
            fit, best = abs(log(goal_s / natural_s)), list(words)
        if natural_s > goal_s:
            return best or words
    return best
