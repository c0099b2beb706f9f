"""A voice, a fire, and what can be made of them."""

import numpy as np
import pytest

from gramophone.audio import Sound
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire

RATE_HZ = 16_000


@pytest.fixture(scope="session")
def burning():
    """Four seconds of fire."""
    return Sound(fire(RATE_HZ, 4.0, 0), RATE_HZ)


@pytest.fixture(scope="session")
def voice():
    """Four seconds of a voice."""
    return Sound(spoken_phrase(RATE_HZ, 4.0, 0), RATE_HZ)


@pytest.fixture(scope="session")
def mix(burning, voice):
    """Both at once."""
    return Sound(burning.samples + voice.samples[:, : burning.samples.shape[1]], RATE_HZ)


@pytest.fixture
def silence():
    """Four seconds of nothing."""
    return Sound(np.zeros((1, 4 * RATE_HZ), np.float32), RATE_HZ)
