"""Gram cosine against its definition."""

import numpy as np
import pytest
import torch

from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError
from gramophone.metrics.style_distance import GRAM_FILTERS, GRAM_SEED, WIDTHS_FRAMES, gram_cosine
from gramophone.networks import RandomConv1d
from gramophone.spectral import LogScale, Stft

RATE_HZ = 8000


def made(make, seed):
    return torch.from_numpy(make(RATE_HZ, 3.0, seed)[0])


class TestGramCosine:
    def test_it_is_one_for_equal_sounds_and_falls_with_the_difference(self):
        recording = made(rain, 0)
        same, other = gram_cosine(made(rain, 1), recording, RATE_HZ), gram_cosine(made(fire, 0), recording, RATE_HZ)
        assert gram_cosine(recording, recording, RATE_HZ) == pytest.approx(1)
        assert other < same < 1

    def test_one_network_is_the_cosine_of_its_gram_matrices(self):
        one, other = made(rain, 0), made(fire, 0)
        found = gram_cosine(one, other, RATE_HZ, widths_frames=(2,))
        stft = Stft(256, 64)
        magnitudes = [stft.magnitude(sound) for sound in (one, other)]
        scale = LogScale.of(magnitudes[1][None])
        weights = RandomConv1d(129, GRAM_FILTERS, 2, seed=GRAM_SEED).weights[0].numpy()
        grams = []
        for magnitude in magnitudes:
            frames = scale.forward(magnitude).numpy()
            patches = np.stack([frames[:, :-1], frames[:, 1:]], -1)
            features = np.maximum(np.einsum("cfw,ftw->ct", weights, patches), 0)
            grams.append((features @ features.T).ravel())
        cosine = grams[0] @ grams[1] / np.linalg.norm(grams[0]) / np.linalg.norm(grams[1])
        assert found == pytest.approx(cosine, abs=1e-4)

    def test_sounds_shorter_than_the_widest_filters_are_refused(self):
        assert WIDTHS_FRAMES[-1] == 128
        with pytest.raises(InputError, match="too short for filters of 128 frames"):
            gram_cosine(torch.zeros(4000), made(rain, 0), RATE_HZ)
