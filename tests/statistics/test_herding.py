from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.statistics import herding
from gramophone.statistics.herding import Whole, herd, piece_gram, random_distance


def whole_of(points, weights=None, lengths=None):
    """Pieces that are points, with the plain inner product for a kernel."""
    points = torch.as_tensor(np.asarray(points), dtype=torch.float64)
    ones = torch.ones(len(points), dtype=torch.float64)
    take = lambda given: ones if given is None else torch.tensor(given, dtype=torch.float64)  # noqa: E731
    return Whole(points @ points.T, take(weights), take(lengths))


def cloud(pieces, seed=0, *, unequal=True):
    rng = np.random.default_rng((seed, pieces))
    weights, lengths = (rng.uniform(0.5, 1.5, pieces) if unequal else np.ones(pieces) for _ in range(2))
    return rng.random((pieces, 4)), weights, lengths


def patches(pieces, each, values, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).random((pieces, each, values)) ** 2)


class TestDistance:
    def test_the_distance_is_that_of_the_means(self):
        points, weights, lengths = cloud(7)
        chosen = (1, 4, 5)
        mean = np.average(points[list(chosen)], axis=0, weights=lengths[list(chosen)])
        target = np.average(points, axis=0, weights=weights)
        expected = ((mean - target) ** 2).sum() / (target**2).sum()
        assert whole_of(points, weights, lengths).distance(chosen) == pytest.approx(expected, rel=1e-10)

    def test_the_whole_is_at_0_and_nothing_at_1(self):
        points, weights, _ = cloud(6)
        whole = whole_of(points, weights, weights)
        assert whole.distance(range(6)) == pytest.approx(0, abs=1e-14)
        assert whole.distance(()) == pytest.approx(1)


class TestSelection:
    @settings(max_examples=40)
    @given(pieces=st.integers(1, 20), budget=st.floats(0.5, 6), seed=st.integers(0, 99))
    def test_within_the_budget_and_nothing_more_fits(self, pieces, budget, seed):
        whole = whole_of(*cloud(pieces, seed))
        chosen = herd(whole, budget)
        length = float(whole.lengths[list(chosen)].sum())
        assert length <= budget
        assert sorted(set(chosen)) == list(chosen)
        left = sorted(set(range(pieces)) - set(chosen))
        assert all(length + float(whole.lengths[place]) > budget for place in left)

    @pytest.mark.parametrize("seed", range(8))
    def test_near_the_best_of_all_choices(self, seed):
        whole = whole_of(*cloud(11, seed, unequal=False))
        fours = (whole.distance(chosen) for chosen in combinations(range(11), 4))
        ranked = sorted(fours)
        found = whole.distance(herd(whole, 4))
        assert found < ranked[len(ranked) // 20]
        assert herd(whole, 1) == (min(range(11), key=lambda place: whole.distance([place])),)

    def test_kinds_of_pieces_get_their_share(self):
        kinds = np.eye(3)[[0] * 12 + [1] * 6 + [2] * 6]
        noise = 0.05 * np.random.default_rng(0).standard_normal(kinds.shape)
        chosen = np.array(herd(whole_of(kinds + noise), 8))
        assert [((chosen >= a) & (chosen < b)).sum() for a, b in ((0, 12), (12, 18), (18, 24))] == [4, 2, 2]

    def test_weights_say_what_a_piece_stands_for(self):
        points = np.eye(2)[[0, 0, 0, 0, 1, 1, 1, 1]]
        chosen = herd(whole_of(points, [1, 1, 1, 1, 3, 3, 3, 3]), 4)
        assert [place < 4 for place in chosen].count(True) == 1

    def test_the_same_again_and_blind_to_scale(self):
        points, weights, lengths = cloud(40)
        chosen = herd(whole_of(points, weights, lengths), 9.0)
        assert herd(whole_of(points, weights, lengths), 9.0) == chosen
        assert herd(whole_of(1000 * points, 7 * weights, lengths), 9.0) == chosen

    def test_nothing_fits(self):
        assert herd(whole_of(np.eye(3), lengths=[2, 3, 4]), 1.9) == ()


class TestExchanges:
    @pytest.mark.parametrize("seed", range(5))
    def test_exchanges_end_where_none_helps(self, seed):
        whole = whole_of(*cloud(14, seed, unequal=False))
        chosen = herd(whole, 4)
        found = whole.distance(chosen)
        for out in chosen:
            for come in set(range(14)) - set(chosen):
                assert whole.distance([*(set(chosen) - {out}), come]) >= found - 1e-9

    def test_exchanges_bring_it_nearer(self):
        wholes = [whole_of(*cloud(30, seed)) for seed in range(6)]
        with_them = [whole.distance(herd(whole, 5)) for whole in wholes]
        without = [whole.distance(herd(whole, 5, exchanges=0)) for whole in wholes]
        assert all(a <= b + 1e-12 for a, b in zip(with_them, without, strict=True))
        assert np.mean(with_them) < 0.8 * np.mean(without)


class TestCost:
    @pytest.mark.parametrize("budget", [5.0, 60.0, 190.0])
    def test_work_grows_with_the_square_at_most(self, monkeypatch, budget):
        looked_at = []
        honest = herding._Choice._distances

        def counted(self, *given):
            found = honest(self, *given)
            looked_at.append(found.numel())
            return found

        monkeypatch.setattr(herding._Choice, "_distances", counted)
        herd(whole_of(np.random.default_rng(0).standard_normal((200, 300)) + 1), budget)
        assert sum(looked_at) <= (herding.EXCHANGES + 2) * 200**2


class TestRandomDistance:
    def test_better_than_chance(self):
        whole = whole_of(*cloud(60))
        by_chance = random_distance(whole, 8.0)
        assert whole.distance(herd(whole, 8.0)) < by_chance / 10
        assert random_distance(whole, 8.0) == by_chance != random_distance(whole, 8.0, seed=1)

    def test_chance_is_the_mean_over_all_choices(self):
        whole = whole_of(*cloud(6, unequal=False))
        expected = np.mean([whole.distance(chosen) for chosen in combinations(range(6), 2)])
        assert random_distance(whole, 2.0, draws=1000) == pytest.approx(expected, rel=0.1)


class TestPieceGram:
    @pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 4), (4, 1, 7), (3, 6, 2)])
    @pytest.mark.parametrize("strip", [1, 20, 10**6])
    @pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
    def test_the_gram_matrix_against_the_oracle(self, oracle, shape, strip, dtype, relative):
        given = patches(*shape)
        found = piece_gram(given.to(dtype), strip)
        assert found.dtype == torch.float64
        for i in range(len(given)):
            for j in range(len(given)):
                pairs = [(p.numpy(), q.numpy()) for p in given[i] for q in given[j]]
                expected = np.mean([oracle.arc_cosine(p, q) ** 2 for p, q in pairs])
                assert float(found[i, j]) == pytest.approx(expected, rel=relative)

    def test_silence_is_like_nothing(self):
        given = patches(3, 4, 5)
        given[1] = 0
        found = piece_gram(given)
        assert float(found[1].abs().max()) == float(found[:, 1].abs().max()) == 0
        assert float(found[0, 2]) > 0
