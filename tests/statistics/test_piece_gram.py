import numpy as np
import pytest
import torch

from gramophone.statistics.herding import piece_gram


def patches(pieces, each, values, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((pieces, each, values)) ** 2)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 4), (4, 1, 7), (3, 6, 2)])
@pytest.mark.parametrize("strip", [1, 20, 10**6])
@pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_against_the_oracle(oracle, shape, strip, dtype, relative):
    given = patches(*shape)
    found = piece_gram(given.to(dtype), strip)
    assert found.dtype == torch.float64
    for i in range(len(given)):
        for j in range(len(given)):
            pairs = [(p.numpy(), q.numpy()) for p in given[i] for q in given[j]]
            expected = np.mean([oracle.arc_cosine(p, q) ** 2 for p, q in pairs])
            assert float(found[i, j]) == pytest.approx(expected, rel=relative)


def test_silence_is_like_nothing():
    given = patches(3, 4, 5)
    given[1] = 0
    found = piece_gram(given)
    assert float(found[1].abs().max()) == float(found[:, 1].abs().max()) == 0
    assert float(found[0, 2]) > 0
