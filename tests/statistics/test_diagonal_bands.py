"""The compiled pass against the passes in torch's operations, in double precision."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics import compiled_maps, diagonal_bands
from gramophone.statistics.addition_chain import patch_energies
from gramophone.statistics.diagonal_bands import Levels
from gramophone.statistics.patch_distance import (
    Patches,
    compiled_gradient,
    gradient_in_passes,
    value_and_gradient,
)
from gramophone.statistics.style_distance import style_target
from gramophone.statistics.workspace import Workspace


def patches_of(frames, spans, weights, conditions=None, count=None):
    energies = frames.square().sum(1)
    norms = {span: patch_energies(energies, span).sqrt()[:count] for span in spans}
    return Patches(frames, norms, {span: weights[span][: len(norms[span])] for span in spans}, conditions)


def doubled(patches):
    def each(values):
        return {span: value.double() for span, value in values.items()}

    conditions = None if patches.conditions is None else patches.conditions.double()
    return Patches(patches.frames_first.double(), each(patches.norms), each(patches.weights), conditions)


def difference(x, others, workspace):
    found = compiled_gradient(x, others, workspace)
    exact = doubled(x)
    expected = gradient_in_passes(exact, exact if x is others else doubled(others), Workspace())
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def drawn(rng, *shape):
    return torch.from_numpy(rng.random(shape) ** 2).float()


class TestAgainstPasses:
    @given(
        seed=st.integers(0, 1000),
        rows=st.integers(12, 60),
        columns=st.integers(12, 60),
        spans=st.sets(st.integers(1, 12), min_size=1, max_size=4),
        tile=st.integers(3, 80),
        conditioned=st.booleans(),
    )
    def test_of_two_sounds(self, seed, rows, columns, spans, tile, conditioned):
        rng = np.random.default_rng(seed)
        weights = {span: drawn(rng, max(rows, columns)) for span in spans}
        x, others = (
            patches_of(drawn(rng, frames, 5), spans, weights, drawn(rng, frames, 3) if conditioned else None)
            for frames in (rows, columns)
        )
        assert difference(x, others, Workspace(tile)) < 3e-6

    @given(
        seed=st.integers(0, 1000),
        frames=st.integers(12, 60),
        spans=st.sets(st.integers(1, 12), min_size=1, max_size=4),
        tile=st.integers(3, 80),
        uncounted=st.integers(0, 10),
        conditioned=st.booleans(),
    )
    def test_of_a_sound_with_itself(self, seed, frames, spans, tile, uncounted, conditioned):
        rng = np.random.default_rng(seed)
        count = frames - uncounted
        weights = {span: torch.full((frames,), 1 / span) for span in spans}
        conditions = drawn(rng, frames, 3) if conditioned else None
        x = patches_of(drawn(rng, frames, 5), spans, weights, conditions, count)
        assert difference(x, x, Workspace(tile)) < 3e-6

    @pytest.mark.parametrize("threads", [1, 2, 3])
    def test_of_more_diagonals_than_a_band_holds(self, rng, threads, monkeypatch):
        monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
        spans = (2, 8, 16, 32)
        weights = {span: torch.full((700,), 0.1) for span in spans}
        x, others = (patches_of(drawn(rng, frames, 9), spans, weights) for frames in (700, 300))
        workspace = Workspace()
        assert difference(x, x, workspace) < 3e-6
        assert difference(x, others, workspace) < 3e-6

    def test_silence_and_opposite_frames_have_finite_gradients(self):
        frames = torch.zeros(20, 3)
        frames[5], frames[6] = 1.0, -1.0
        x = patches_of(frames, (1, 4), {1: torch.ones(20), 4: torch.ones(20)})
        assert bool(torch.isfinite(compiled_gradient(x, x, Workspace())).all())
        assert difference(x, x, Workspace()) < 3e-6

    def test_what_is_not_a_number_is_passed_on(self, rng):
        frames = drawn(rng, 20, 3)
        frames[4, 1] = math.nan
        x = patches_of(frames, (1, 4), {1: torch.ones(20), 4: torch.ones(20)})
        assert bool(torch.isnan(compiled_gradient(x, x, Workspace())).any())


class TestArcCosine:
    def test_the_polynomial_is_as_close_as_stated(self):
        x = np.linspace(0, 1, 100_001)
        coefficients = [float(getattr(compiled_maps, f"A{power}")) for power in range(8)]
        found = np.sqrt(1 - x) * np.polynomial.polynomial.polyval(x, coefficients)
        assert np.abs(found - np.arccos(x)).max() < 1e-7


class TestLevels:
    def test_what_is_remembered_grows_with_the_longest_span_only(self):
        levels = Levels.of((2, 8, 16, 32))
        assert levels.spans.tolist() == [1, 2, 4, 8, 16, 32]
        assert levels.depths[:, 1].sum() + levels.depths[:, 3].sum() < 6 * 32


class TestWhereItApplies:
    def test_only_to_single_precision_on_a_processor(self):
        assert diagonal_bands.applies_to(torch.zeros(1))
        assert not diagonal_bands.applies_to(torch.zeros(1, dtype=torch.float64))
        assert not diagonal_bands.applies_to(torch.zeros(1, device="meta"))

    def test_not_where_few_steps_do_not_pay(self, rng):
        x, y = drawn(rng, 5, 40), drawn(rng, 5, 50)
        given = style_target([y], [1.0], (1, 4), workspace=Workspace(compiled=False))
        found = [
            value_and_gradient(x, given.patches, given.scales, workspace, offset=given.offset)
            for workspace in (Workspace(compiled=False), Workspace())
        ]
        assert not torch.equal(found[0][1], found[1][1])
        torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)

    def test_without_the_compiler_the_passes_take_over(self, monkeypatch):
        monkeypatch.setattr(diagonal_bands.importlib.util, "find_spec", lambda name: None)
        assert not diagonal_bands.applies_to(torch.zeros(1))

    def test_where_nothing_can_be_kept_it_is_compiled_each_time(self):
        code = (
            "from numba.core import caching; caching.CacheImpl._locator_classes = [];"
            "from gramophone.statistics import diagonal_bands as bands;"
            "before = bands.is_compiled(); bands.compile_now(); print(before, bands.is_compiled())"
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert ran.stdout.split() == ["False", "True"]
