"""The recordings of the gallery, all of them synthesised by `gramophone.demo`."""

from collections.abc import Callable, Mapping

import numpy as np

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, flute, melody, rain, rhythm, water

RATE_HZ = 44100
DURATION_S = 5.0
SEED = 0


def _with_silence() -> Sound:
    """Rain that stops half way; the noise floor of a recorder goes on."""
    samples = rain(RATE_HZ, DURATION_S, SEED)
    half = samples.shape[1] // 2
    floor = 1e-4 * np.random.default_rng(SEED).standard_normal(samples.shape[1] - half)
    return Sound(np.concatenate([samples[:, :half], floor[None].astype(np.float32)], axis=1), RATE_HZ)


def _click() -> Sound:
    """One click of two milliseconds in an otherwise quiet second."""
    rng = np.random.default_rng(SEED)
    time_s = np.arange(RATE_HZ) / RATE_HZ
    samples = 1e-4 * rng.standard_normal(RATE_HZ)
    after = time_s >= 0.25
    samples[after] += rng.standard_normal(int(after.sum())) * np.exp(-(time_s[after] - 0.25) / 0.002)
    return Sound((0.5 * samples / np.abs(samples).max()).astype(np.float32)[None], RATE_HZ)


MAKERS: Mapping[str, Callable[[], Sound]] = {
    "rain": lambda: Sound(rain(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "fire": lambda: Sound(fire(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "water": lambda: Sound(water(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "phrase": lambda: Sound(spoken_phrase(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "melody": lambda: Sound(melody(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "flute": lambda: Sound(flute(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "rhythm": lambda: Sound(rhythm(RATE_HZ, DURATION_S, SEED), RATE_HZ),
    "half-rain": _with_silence,
    "click": _click,
}
"""By name: functions that synthesise a recording of one channel at 44.1 kHz."""
