"""Short sounds, and presets that are finished in a moment."""

import dataclasses

import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.presets import preset

RATE_HZ = 22050
MADE = {"rain": rain, "fire": fire, "voice": spoken_phrase}


@pytest.fixture
def sound():
    """A sound by its name."""

    def make(name, duration_s=1.0, rate_hz=RATE_HZ, seed=0):
        return Sound(MADE[name](rate_hz, duration_s, seed), rate_hz)

    return make


@pytest.fixture
def stereo():
    """The sound in two channels, the second one softer and turned round."""

    def widen(sound):
        return Sound(np.concatenate([sound.samples, 0.5 * sound.samples[:, ::-1]]), sound.rate_hz)

    return widen


@pytest.fixture
def quick():
    """A preset with few iterations everywhere, and with changes of its network."""

    def shorten(job, iterations=4, waveform=2, phase=2, name="infinite", filters=48, **network):
        settings = preset(name, job)
        last = settings.waveform
        return dataclasses.replace(
            settings,
            optimiser=dataclasses.replace(settings.optimiser, iterations=iterations),
            network=dataclasses.replace(settings.network, filters=filters, **network),
            phase=dataclasses.replace(settings.phase, iterations=phase),
            waveform=dataclasses.replace(last, optimiser=dataclasses.replace(last.optimiser, iterations=waveform)),
        )

    return shorten
