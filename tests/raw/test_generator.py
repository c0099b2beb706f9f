"""Generation from what is remembered is the plain one, and no block or neighbour changes it."""

import numpy as np
import pytest
import torch

from gramophone.errors import UsageError
from gramophone.raw import LruConfig, WaveNetConfig
from gramophone.raw.generator import Generator, drawn_plainly
from gramophone.raw.mulaw import SILENT
from gramophone.statistics import diagonal_bands

TABLE = np.random.default_rng(5).uniform(-1, 1, (2000, 3)).astype(np.float32)


def table(numbers):
    return TABLE[numbers]


def other(numbers):
    return -TABLE[numbers]


def uniform(seed, samples):
    """What a generator of this seed draws from."""
    return np.random.default_rng(seed).random(samples)


class TestSamples:
    def test_each_is_chosen_as_the_model_of_all_samples_says(self, small, lively):
        model, count = lively(small), 640
        codes = Generator(model, [3], [table]).draw(count)[0]
        inputs = torch.from_numpy(np.concatenate([[SILENT], codes[:-1]]).astype(np.int64))[None]
        given = torch.from_numpy(TABLE[np.arange(count) // 64])[None]
        likely = model.double()(inputs, given.double())[0].softmax(-1).cumsum(-1).numpy()
        wanted = np.array([np.searchsorted(c, u, "right") for c, u in zip(likely, uniform(3, count), strict=True)])
        margin = np.abs(likely - uniform(3, count)[:, None]).min(1)
        assert len(set(codes.tolist())) > 60
        assert ((wanted == codes) | (margin < 1e-4)).all()
        assert (wanted == codes).mean() > 0.98

    def test_they_are_those_drawn_without_a_memory(self, small, lively):
        model = lively(small)
        codes = Generator(model, [7], [table]).draw(100)[0]
        assert (drawn_plainly(model, uniform(7, 100), TABLE) == codes).mean() > 0.9

    @pytest.mark.parametrize("config", [WaveNetConfig(channels=4, layers=3), LruConfig(channels=4)])
    def test_a_model_without_conditions_needs_none(self, config, lively):
        model = lively(config)
        codes = Generator(model, [1]).draw(200)[0]
        assert (drawn_plainly(model, uniform(1, 200)) == codes).mean() > 0.9

    def test_blocks_and_neighbours_do_not_matter(self, small, lively):
        model = lively(small)
        whole = Generator(model, [3], [table]).draw(900)[0]
        parts = Generator(model, [4, 3, 5], [other, table, other])
        pieces = np.concatenate([parts.draw(count) for count in (1, 99, 500, 300)], 1)
        assert pieces[1].tobytes() == whole.tobytes()
        assert pieces[0].tobytes() != whole.tobytes()

    def test_seeds_decide(self, small, lively):
        codes = Generator(lively(small), [1, 1, 2], [table] * 3).draw(128)
        assert codes[0].tobytes() == codes[1].tobytes() != codes[2].tobytes()


class TestRefusals:
    def test_conditions_must_be_those_of_the_model(self, small, lively):
        with pytest.raises(UsageError, match="trained with the conditions texture, amount"):
            Generator(lively(small), [1])
        with pytest.raises(UsageError, match="1 conditions do not fit 2 streams"):
            Generator(lively(small), [1, 2], [table])
        with pytest.raises(UsageError, match="conditions none"):
            Generator(lively(WaveNetConfig(channels=4, layers=2)), [1], [table])

    def test_without_the_compiler_it_says_what_to_install(self, lively, monkeypatch):
        monkeypatch.setattr(diagonal_bands, "is_available", lambda: False)
        with pytest.raises(UsageError, match="pip install numba"):
            Generator(lively(WaveNetConfig(channels=4, layers=2)), [1])

    @pytest.mark.parametrize("seeds", [[], range(257), [-1]])
    def test_streams_and_seeds_have_bounds(self, seeds, lively):
        with pytest.raises(UsageError, match=r"streams must be|seed must be"):
            Generator(lively(WaveNetConfig(channels=4, layers=2)), list(seeds))
