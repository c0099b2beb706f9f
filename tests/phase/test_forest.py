"""Spanning forests against scipy's, and many spectrograms in one forest against each alone."""

import importlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from gramophone.phase import pghi
from gramophone.phase.forest import spanning_forest
from gramophone.spectral import Stft


@st.composite
def graphs(draw):
    """Nodes, ends of edges (several between the same nodes among them) and different strengths."""
    nodes = draw(st.integers(1, 30))
    ends = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda pair: pair[0] != pair[1])
    pairs = draw(st.lists(ends, max_size=80)) if nodes > 1 else []
    strengths = draw(st.permutations(range(len(pairs))))
    one, other = (torch.tensor([pair[end] for pair in pairs], dtype=torch.int64) for end in (0, 1))
    return nodes, one, other, torch.tensor(strengths, dtype=torch.float64) - len(pairs) / 2


def spectrograms(device="cpu"):
    generator = torch.Generator().manual_seed(5)
    stft = Stft(128, 16)
    signals = torch.randn(3, 2000, generator=generator, dtype=torch.float64)
    signals[1, 600:1400] = 0  # two components at least
    signals[2] = 0
    return stft, stft.magnitude(signals).to(device)


class TestSpanningForest:
    @given(graphs())
    def test_the_edges_are_those_of_scipy(self, graph):
        nodes, one, other, strength = graph
        advance = torch.rand(len(one), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        found = spanning_forest(one, other, strength, advance, nodes)
        strongest = {}
        for place, (a, b) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
            pair = min(a, b), max(a, b)
            strongest[pair] = max(strongest.get(pair, place), place, key=lambda place: strength[place])
        chosen = sorted(strongest.values())
        # Weights above 0 and the smaller the stronger.
        weights = len(one) + 1 - strength[chosen].numpy()
        graph = csr_array(coo_array((weights, (one[chosen], other[chosen])), shape=(nodes, nodes)))
        assert sorted(strength[found.chosen].tolist()) == pytest.approx(
            sorted(len(one) + 1 - minimum_spanning_tree(graph).data)
        )
        _, labels = connected_components(graph, directed=False)
        assert len(set(zip(labels, found.components.tolist(), strict=True))) == labels.max() + 1
        a, b = one[found.chosen], other[found.chosen]
        torch.testing.assert_close(found.offsets[b] - found.offsets[a], advance[found.chosen])
        assert (found.offsets[found.components] == 0).all()

    def test_of_equal_edges_the_later_counts(self):
        ends = torch.zeros(3, dtype=torch.int64), torch.ones(3, dtype=torch.int64)
        found = spanning_forest(*ends, torch.tensor([1.0, -1.0, 1.0]), torch.arange(3.0), 2)
        assert found.chosen.tolist() == [2]
        assert float(found.offsets[1] - found.offsets[0]) == 2.0


class TestBatchedPghi:
    @pytest.mark.parametrize("island_tolerance", [1.0, 0.1])
    def test_in_one_forest_each_is_what_it_is_alone(self, island_tolerance):
        """As on a GPU; on a CPU spectrograms are taken one after another."""
        stft, magnitudes = spectrograms()
        seeds = [3, 4, 5]
        draws = [np.random.default_rng(seed) for seed in seeds]
        together = importlib.import_module("gramophone.phase.pghi")._phases(
            magnitudes, stft, draws, 1e-6, island_tolerance
        )
        one_by_one = pghi(magnitudes, stft, seed=seeds, island_tolerance=island_tolerance)
        assert torch.equal(together, one_by_one)
        for magnitude, phase, seed in zip(magnitudes, together, seeds, strict=True):
            assert torch.equal(pghi(magnitude, stft, seed=seed, island_tolerance=island_tolerance), phase)
        same = pghi(magnitudes[:1].expand(2, -1, -1), stft, seed=[3, 4], island_tolerance=island_tolerance)
        assert not torch.equal(*same)

    @pytest.mark.gpu
    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and there is none")
    def test_a_gpu_finds_the_same_tree(self):
        stft, magnitudes = spectrograms()
        here, there = (pghi(part, stft, seed=[3, 4, 5]).cpu() for part in (magnitudes, magnitudes.cuda()))
        apart = torch.polar(torch.ones_like(here), here - there) - 1
        assert float((apart.abs() > 1e-6).double().mean()) < 1e-3


class TestSeeds:
    def test_the_phase_of_a_component_is_drawn(self):
        stft, magnitudes = spectrograms()
        phases = np.array([pghi(magnitudes[0], stft, seed=seed)[10, 10] for seed in range(40)])
        assert np.ptp(phases) > np.pi

    def test_seeds_that_do_not_fit(self):
        stft, magnitudes = spectrograms()
        with pytest.raises(ValueError, match="2 seeds do not fit 3 spectrograms"):
            pghi(magnitudes, stft, seed=[1, 2])
