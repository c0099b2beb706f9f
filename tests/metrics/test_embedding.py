"""Distances of sets against slow forms and closed ones."""

import numpy as np
import pytest
import torch
from scipy import linalg

from gramophone.demo.textures import fire, rain
from gramophone.errors import InputError
from gramophone.metrics.embedding import auditory_embedding, frechet_distance, kernel_distance


def rows(count, features, seed, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, features, generator=generator, dtype=torch.float64) + shift


class TestFrechetDistance:
    @pytest.mark.parametrize("count", [40, 5])  # more rows than features, and fewer
    def test_frechet_distance_is_that_of_the_matrix_root(self, count):
        one, other = rows(count, 8, 1), 2 * rows(count + 3, 8, 2, shift=0.5)
        covariances = [np.cov(x.numpy(), rowvar=False) for x in (one, other)]
        root = linalg.sqrtm(covariances[0] @ covariances[1]).real
        slow = (one.mean(0) - other.mean(0)).square().sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
        assert frechet_distance(one, other) == pytest.approx(float(slow), rel=1e-4)

    def test_frechet_distance_of_shifted_sets_is_the_squared_shift(self):
        one = rows(30, 4, 1)
        assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)
        assert frechet_distance(one + 3, one) == pytest.approx(4 * 9)


class TestKernelDistance:
    def test_kernel_distance_is_the_double_sum(self):
        one, other = rows(6, 3, 1), rows(7, 3, 2, shift=0.4)
        width = np.median([np.linalg.norm(a - b) for i, a in enumerate(other) for b in other[:i]])

        def kernel(a, b):
            return np.exp(-(np.linalg.norm(a - b) ** 2) / (2 * width**2))

        def within(x):
            pairs = [kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j]
            return np.mean(pairs)

        slow = within(one.numpy()) + within(other.numpy())
        slow -= 2 * np.mean([kernel(a, b) for a in one.numpy() for b in other.numpy()])
        assert kernel_distance(one, other) == pytest.approx(slow, rel=0.05)

    def test_kernel_distance_is_unbiased_and_grows_with_the_shift(self):
        same = [kernel_distance(rows(20, 4, seed), rows(20, 4, 100 + seed)) for seed in range(30)]
        assert abs(np.mean(same)) < 0.01
        assert min(same) < 0
        assert kernel_distance(rows(20, 4, 1, shift=2), rows(20, 4, 2)) > 0.3


class TestAuditoryEmbedding:
    def test_the_embedding_tells_fire_from_rain(self):
        parts = {name: torch.from_numpy(make(16000, 6.0, 0)[0]) for name, make in (("fire", fire), ("rain", rain))}
        embedded = {name: auditory_embedding(sound, 16000) for name, sound in parts.items()}
        more = auditory_embedding(torch.from_numpy(rain(16000, 6.0, 1)[0]), 16000)
        assert embedded["rain"].shape == (11, 84)
        for distance in (frechet_distance, kernel_distance):
            assert distance(more, embedded["rain"]) < distance(embedded["fire"], embedded["rain"]) / 2

    def test_pieces_of_silence_are_embedded(self):
        sound = torch.cat([torch.zeros(32000), torch.from_numpy(rain(16000, 2.0, 0)[0])])
        assert bool(auditory_embedding(sound, 16000).isfinite().all())


class TestRefusals:
    def test_too_little_is_refused(self):
        with pytest.raises(InputError, match="too short to embed"):
            auditory_embedding(torch.zeros(16000), 16000)
        with pytest.raises(InputError, match="at least two embeddings"):
            kernel_distance(rows(1, 4, 1), rows(5, 4, 2))
