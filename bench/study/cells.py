"""One result each: what decides it, how it is made, and how it is judged."""

import hashlib
import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from scipy.signal import butter, sosfiltfilt

from bench.quality.recordings import DURATION_S
from bench.recordings import RATE_HZ, clip, liveliest
from bench.study.budget import missing
from bench.study.judge import Judge
from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody
from gramophone.presets.ignored import draws
from gramophone.settings import DRAWN, Settings
from gramophone.synthesis import texture, transfer

EXCERPTS = "liveliest"
LOW_PASSED = ", low-passed"
"""Ends the name of a recording of which only what is below `LOW_PASS_HZ` is taken."""
LOW_PASS_HZ, LOW_PASS_ORDER = 2000.0, 8


def excerpt(name: str, duration_s: float) -> Sound:
    """The liveliest excerpt of a clip, or of a sound that this project makes itself."""
    made = {"phrase": spoken_phrase, "melody": melody}
    plain = name.removesuffix(LOW_PASSED)
    whole = Sound(made[plain](RATE_HZ, DURATION_S, 0), RATE_HZ) if plain in made else clip(plain)
    found = liveliest(whole, duration_s)
    return _low_passed(found) if name.endswith(LOW_PASSED) else found


def _low_passed(sound: Sound) -> Sound:
    sections = butter(LOW_PASS_ORDER, LOW_PASS_HZ, fs=sound.rate_hz, output="sos")
    return Sound(sosfiltfilt(sections, sound.samples).astype(np.float32), sound.rate_hz)


@dataclass(frozen=True)
class Cell:
    """A result to be made and judged.

    Attributes:
        system: what makes it, as the tables call it.
        settings: everything that decides it besides the following.
        content: what is said; the style itself for a texture.
        style: what it is made of.
        seed: of its random choices.
        strength: of a transfer; none for a texture.
        clip_s: length of the recordings.
        published: the settings before any budget.
    """

    system: str
    settings: Settings
    content: str
    style: str
    seed: int
    strength: float | None
    clip_s: float
    published: Settings

    @property
    def missing(self) -> tuple[str, ...]:
        """What the cell lacks of its published budget, in words; nothing if it lacks nothing."""
        return missing(self.settings, self.published)

    @property
    def draws(self) -> bool:
        """Whether another seed gives another result."""
        return self.strength is None or draws(self.settings)

    @property
    def key(self) -> str:
        """What decides the result, as a short text."""
        seed = self.seed if self.draws else 0
        decides = repr((EXCERPTS, _named(self.settings), self.content, self.style, seed, self.strength, self.clip_s))
        return hashlib.sha256(decides.encode()).hexdigest()[:20]

    def recordings(self) -> tuple[Sound, Sound]:
        """Excerpts of content and style."""
        return excerpt(self.content, self.clip_s), excerpt(self.style, self.clip_s)

    def judge(self, result: Sound) -> dict[str, float]:
        """Figures of a result."""
        return judge(self.content, self.style, self.clip_s).figures(result)

    def make(self) -> tuple[Sound, float]:
        """The result, made on one thread, and its processor time in seconds.

        Raises:
            GramophoneError: the system refuses the recordings.
        """
        torch.set_num_threads(1)
        content, style = self.recordings()
        began = time.process_time()
        if self.strength is None:
            task = texture([style], self.settings, seed=self.seed, device="cpu")
        else:
            task = transfer(content, [style], self.settings, strength=self.strength, seed=self.seed, device="cpu")
        for _ in task:
            pass
        return task.finish().sound, time.process_time() - began


def _named(settings: Settings) -> Settings:
    """Settings that name the weights of VGG-19 instead of their file, which lies elsewhere on every machine."""
    network = settings.network
    if network.kind != "vgg19" or network.weights == DRAWN:
        return settings
    return replace(settings, network=replace(network, weights="published"))


@lru_cache(2)
def judge(content: str, style: str, clip_s: float) -> Judge:
    """Measures on a pair of recordings; results of one pair follow one another."""
    return Judge(excerpt(content, clip_s), excerpt(style, clip_s))
