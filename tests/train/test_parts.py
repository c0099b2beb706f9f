"""Recipes, batches, variations, targets, measuring."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.datasets import Features
from gramophone.errors import InputError, UsageError
from gramophone.plotting.confusion_matrix import confusion_png
from gramophone.train.batches import Batches, World, crop, mask, mixup, shift
from gramophone.train.evaluate import evaluate, segments
from gramophone.train.problem import balanced_edges, centroid_classes, centroids, problem, standardisation
from gramophone.train.recipes import RECIPES, Recipe
from gramophone.train.result import learning_curve_png


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class TestRecipes:
    @given(st.integers(1, 500), st.floats(0, 0.5))
    def test_the_learning_rate_rises_and_falls(self, steps, warmup):
        rates = [Recipe(warmup=warmup, learning_rate=2.0).rate_at(step, steps) for step in range(steps)]
        top = rates.index(max(rates))
        assert max(rates) == pytest.approx(2.0)
        assert rates[: top + 1] == sorted(rates[: top + 1])
        assert rates[top:] == sorted(rates[top:], reverse=True)
        assert all(rate > 0 for rate in rates)

    def test_recipes_fit_their_networks(self):
        assert {"wyse2017", "huzaifah2019", "verma2018", "piczak2015"} <= set(RECIPES)
        assert RECIPES["wyse2017"].centroid_classes == 16

    def test_changed_recipes_keep_the_rest(self):
        changed = dataclasses.replace(RECIPES["wyse2017"], epochs=2)
        assert changed.as_dict() == {**RECIPES["wyse2017"].as_dict(), "epochs": 2}

    @pytest.mark.parametrize(
        "wrong", [{"epochs": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"learning_rate": math.nan}]
    )
    def test_recipes_that_train_nothing(self, wrong):
        with pytest.raises(UsageError):
            Recipe(**wrong)


class TestVariations:
    @given(st.integers(1, 9), st.integers(1, 20), st.integers(0, 1000))
    def test_a_shift_is_circular(self, clips, frames, seed):
        x = torch.arange(float(clips * 3 * frames)).reshape(clips, 3, frames)
        found = shift(x, frames, generator(seed))
        for before, after in zip(x, found, strict=True):
            start = int(torch.nonzero(before[0] == after[0, 0]))
            assert torch.equal(after, torch.roll(before, -start, 1))

    @given(st.integers(2, 20), st.integers(0, 1000))
    def test_a_piece_is_a_piece(self, frames, seed):
        x = torch.arange(4.0 * 20).reshape(4, 1, 20)
        found = crop(x, frames, generator(seed))
        assert found.shape == (4, 1, frames)
        for before, after in zip(x, found, strict=True):
            start = int(after[0, 0] - before[0, 0])
            assert torch.equal(after, before[:, start : start + frames])

    @given(st.sampled_from([1, 2]), st.integers(1, 30), st.integers(0, 1000))
    def test_a_mask_hides_one_band_or_time_at_most_that_wide(self, axis, widest, seed):
        x = torch.rand(6, 12, 9, generator=generator(seed + 1))
        found = x.clone()
        mask(found, axis, widest, generator(seed))
        for before, after in zip(x, found, strict=True):
            changed = (before != after).any(2 - axis if axis == 1 else 0)
            hidden = torch.nonzero(changed).flatten().tolist()
            assert len(hidden) <= min(widest, x.shape[axis])
            assert hidden == list(range(hidden[0], hidden[0] + len(hidden))) if hidden else True
            assert torch.allclose(after[before != after], before.mean())


class TestMixup:
    @given(st.floats(0.05, 5), st.integers(0, 1000))
    def test_mixtures_keep_the_larger_share_of_the_clip_itself(self, alpha, seed):
        x = torch.rand(5, 3, 4, generator=generator(seed))
        found = mixup(x, alpha, generator(seed))
        assert 0.5 <= found.weight <= 1
        expected = found.weight * x + (1 - found.weight) * x[found.partner]
        torch.testing.assert_close(found.values, expected)
        assert sorted(found.partner.tolist()) == list(range(5))

    def test_no_mixture(self):
        x = torch.rand(2, 3, 4)
        assert mixup(x, 0.0, generator()).weight == 1
        assert mixup(x, 0.0, generator()).values is x

    def test_shares_follow_the_beta_distribution(self):
        shares = [mixup(torch.zeros(1, 1, 1), 0.4, generator(seed)).weight for seed in range(2000)]
        # E max(b, 1 - b) = 1/2 + E|b - 1/2| for b of Beta(0.4, 0.4), by numerical integration.
        grid = (np.arange(200_000) + 0.5) / 200_000
        density = (grid * (1 - grid)) ** -0.6
        expected = 0.5 + np.average(np.abs(grid - 0.5), weights=density)
        assert np.mean(shares) == pytest.approx(expected, abs=0.02)


class TestCentroidClasses:
    def test_the_centroid_of_a_line_and_balanced_classes(self):
        values = np.zeros((5, 11, 3), dtype=np.float32)
        for place, row in enumerate((0, 2, 5, 7, 10)):
            values[place, row] = 1
        assert centroids(values) == pytest.approx([0, 0.2, 0.5, 0.7, 1])

    @given(st.integers(2, 16), st.integers(40, 300), st.integers(0, 100))
    def test_centroid_classes_hold_equally_many(self, classes, clips, seed):
        found = np.random.default_rng(seed).normal(0.5, 0.2, clips)
        numbers = centroid_classes(found, balanced_edges(found, classes))
        counts = np.bincount(numbers, minlength=classes)
        assert len(counts) == classes
        assert counts.max() - counts.min() <= 2


class TestStandardisation:
    def test_standardisation_agrees_with_numpy(self):
        values = np.random.default_rng(0).normal(3, 2, (150, 4, 30)).astype(np.float16)
        places = [*range(0, 140, 2)]
        mean, spread = standardisation(values, places)
        np.testing.assert_allclose(mean, values[places].astype(np.float64).mean((0, 2)), rtol=1e-4)
        np.testing.assert_allclose(spread, values[places].astype(np.float64).std((0, 2)), rtol=1e-3)
        assert standardisation(np.zeros((3, 2, 4), dtype=np.float16), [0, 1])[1] == pytest.approx([0.05, 0.05])


class TestBatches:
    def test_every_clip_once_an_epoch_and_never_one_of_the_test(self, small):
        recipe = Recipe(epochs=3, batch=6, shift=False)
        batches = Batches(small(), recipe, 1, World())
        assert (len(batches), batches.per_epoch) == (18, 6)
        epochs = [batches._order_of(epoch) for epoch in range(3)]
        assert all(sorted(order) == list(range(36)) for order in epochs)
        assert epochs[0] != epochs[1]

    def test_processes_share_every_batch(self, small):
        recipe = Recipe(epochs=1, batch=6, shift=False)
        alone = Batches(small(), recipe, 1, World())
        pair = [Batches(small(), recipe, 1, World(rank, 2)) for rank in range(2)]
        assert [len(batches) for batches in pair] == [6, 6]
        for step in range(6):
            together = sorted(n for one in pair for n in one._order_of(0)[3 * step : 3 * step + 3])
            assert together == sorted(alone._order_of(0)[6 * step : 6 * step + 6])

    def test_a_batch_depends_on_seed_and_step_alone(self, small):
        recipe = Recipe(epochs=2, batch=6, mixup=0.3, masked_bins=3, masked_frames=3)
        one, other = (Batches(small(), recipe, 5, World()) for _ in range(2))
        _ = [one[step] for step in range(9)]
        first, second = one[9], other[9]
        assert torch.equal(first[0], second[0])
        assert first[3] == second[3]
        assert not torch.equal(first[0], Batches(small(), recipe, 6, World())[9][0])

    def test_workers_make_the_same_batches(self, small):
        batches = Batches(small(), Recipe(epochs=1, batch=12), 0, World())
        ahead = [values for values, *_ in batches.loader(1, 1)]
        assert len(ahead) == 2
        assert torch.equal(ahead[0], batches[1][0])


class TestEvaluation:
    @given(st.integers(1, 50), st.integers(0, 400))
    def test_segments_cover_a_clip(self, length, more):
        starts = segments(length + more, length)
        assert (starts[0], starts[-1]) == (0, more)
        assert all(b - a <= max(1, length // 2) for a, b in pairwise(starts))

    def test_measuring_a_network_that_knows(self, small):
        """A network whose head reads the right bins: everything on the diagonal."""
        made = small()
        network = made.classifier(0)
        found = evaluate(network, made, torch.device("cpu"))
        assert found.confusion.sum() == len(made.split.test)
        assert found.accuracy["class"] == pytest.approx(np.trace(found.confusion) / found.confusion.sum())
        chance = torch.nn.functional.cross_entropy(torch.zeros(1, 3), torch.zeros(1).long())
        assert 0 < found.loss < 5 * float(chance)
        assert network.training


class TestPictures:
    def test_pictures_are_pictures_and_the_same_every_time(self):
        epochs = [
            {"epoch": n, "loss": 3 / n, "accuracy": 0.1 * n, "test_loss": 3.1 / n, "test_accuracy": 0.09 * n}
            for n in (1, 2, 3)
        ]
        pictures = [
            learning_curve_png(epochs, "title"),
            confusion_png(np.eye(3, dtype=np.int64), ["a", "b", "\N{SNOWMAN}"], "t"),
        ]
        assert all(picture.startswith(b"\x89PNG") for picture in pictures)
        assert learning_curve_png(epochs, "title") == pictures[0]
        assert learning_curve_png(epochs[:1], "title") != pictures[0]


class TestUnusableClips:
    def test_damaged_clips_are_in_no_split(self, small):
        features = Features(small.values, (0, 40))
        made = problem(small.collection, features, small.split, small.design)
        assert 0 not in made.split.train
        assert 40 not in made.split.test
        with pytest.raises(InputError, match="leaves no clip"):
            problem(small.collection, Features(small.values, tuple(range(36))), small.split, small.design)

    def test_clips_that_are_too_short(self, small):
        with pytest.raises(InputError, match=r"clips have 10 frames, but .* takes 16"):
            problem(small.collection, Features(small.values[:, :, :10], ()), small.split, small.design)
