"""A voice: a formant synthesiser that says a short phrase.

Source and filter follow Klatt, "Software for a cascade/parallel formant synthesizer", J. Acoust. Soc. Am. 67
(1980); the glottal pulse is the polynomial one of Klatt and Klatt, J. Acoust. Soc. Am. 87 (1990).
"""

from itertools import cycle
from math import gcd, log

import numpy as np
from jaxtyping import Float32
from scipy import signal

from gramophone.demo.phonemes import PHONES, WORDS, Spoken
from gramophone.demo.synthesis import at_peak, fade_edges, sample_count
from gramophone.demo.voice import VOICE_RATE_HZ, say


def timeline(duration_s: float) -> tuple[Spoken, ...]:
    """Lays the phrase out in time: as many words as fit at a natural pace, stretched to fill the duration.

    The pace stays within 0.6 and 1.6 of the natural one, so a very short sound is cut and never gabbled.
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


def spoken_phrase(rate_hz: int, duration_s: float, seed: int) -> Float32[np.ndarray, "1 sample"]:
    """Says "we are the sound of rain - hello gramophone - listen to the fire", as far as the duration allows.

    Args:
        rate_hz: sample rate, at least 8000.
        duration_s: length in seconds.
        seed: same seed, same samples; another seed is another pitch, another melody and other noise.

    Returns:
        Samples with peak 0.7.

    Raises:
        UsageError: if the rate or the duration is too small.
    """
    count = sample_count(rate_hz, duration_s)
    rng = np.random.default_rng(seed)
    voice = say(rng, timeline(duration_s), duration_s)
    common = gcd(rate_hz, VOICE_RATE_HZ)
    resampled = signal.resample_poly(voice, rate_hz // common, VOICE_RATE_HZ // common)
    return at_peak(fade_edges(resampled[:count], rate_hz))


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
