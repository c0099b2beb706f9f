"""Short signals whose spectrograms are known, and how far a phase or a result is from them."""

import numpy as np
import pytest
import torch

from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import fire, rain
from gramophone.phase import spectral_convergence_db

RATE_HZ = 22050


def tone():
    return np.sin(2 * np.pi * 0.1 * np.arange(RATE_HZ // 2))


def chirp():
    place = np.arange(RATE_HZ // 2)
    return np.sin(2 * np.pi * (0.02 * place + 1.5e-5 * place**2))


def impulses():
    signal = np.zeros(RATE_HZ // 2)
    signal[1000::3000] = 1
    return signal


MADE = {
    "tone": tone,
    "chirp": chirp,
    "impulses": impulses,
    "speech": lambda: spoken_phrase(RATE_HZ, 1.0, 0)[0],
    "fire": lambda: fire(RATE_HZ, 1.0, 0)[0],
    "rain": lambda: rain(RATE_HZ, 1.0, 0)[0],
}


@pytest.fixture(scope="session")
def waveform():
    """A signal by its name, in the precision asked."""

    def make(name, dtype=torch.float32):
        return torch.from_numpy(np.asarray(MADE[name](), np.float64)).to(dtype)

    return make


@pytest.fixture(scope="session")
def convergence_db():
    """Of a phase, by the least-squares inverse."""

    def judge(magnitude, phase, stft):
        samples = (magnitude.shape[-1] - 1) * stft.hop_samples
        return spectral_convergence_db(stft.inverse(torch.polar(magnitude, phase), samples), magnitude, stft)

    return judge
