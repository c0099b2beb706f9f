"""Autocorrelation, nearness to copies, energy envelopes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics.diversity import copy_nearness
from gramophone.statistics.envelopes import autocorrelation, over_frequency, over_time, stretched
from gramophone.statistics.mixture import relative_distance


def random(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestAutocorrelation:
    @given(st.integers(8, 40), st.integers(0, 99))
    def test_autocorrelation_is_the_sum_it_stands_for(self, frames, seed):
        x = random(3, frames, seed=seed)
        lags = range(1, frames // 2)
        centred = x.numpy() - x.numpy().mean(1, keepdims=True)
        plain = [[np.mean(row[: frames - lag] * row[lag:]) / np.mean(row**2) for lag in lags] for row in centred]
        np.testing.assert_allclose(autocorrelation(x, lags).numpy(), plain, rtol=1e-8, atol=1e-10)

    def test_a_beat_stands_at_its_lag(self):
        beat = torch.zeros(1, 400, dtype=torch.float64)
        beat[:, ::25] = 1
        found = autocorrelation(beat, range(10, 60))[0]
        assert int(found.argmax()) + 10 in (25, 50)
        assert float(found[15]) > 0.9
        slower = torch.zeros_like(beat)
        slower[:, ::31] = 1
        target = autocorrelation(beat, range(10, 60))
        assert float(relative_distance(target, target)) == 0
        assert float(relative_distance(autocorrelation(slower, range(10, 60)), target)) > 1

    def test_lags_that_do_not_fit_are_refused_and_constants_have_a_gradient(self):
        with pytest.raises(ValueError, match="lags of 1 to 8 frames do not fit 8 frames"):
            autocorrelation(random(1, 8), range(1, 9))
        x = torch.ones(2, 30, requires_grad=True)
        autocorrelation(x, range(1, 5)).sum().backward()
        assert bool(torch.isfinite(x.grad).all())


class TestCopyNearness:
    @given(st.integers(-6, 6), st.integers(0, 50))
    def test_the_nearest_shift_is_the_sum_it_stands_for(self, shift, seed):
        x, style = random(4, 12, seed=seed), random(4, 15, seed=seed + 100)
        start, stop = max(0, -shift), min(12, 15 - shift)
        part = style[:, start + shift : stop + shift]
        expected = float(part.square().sum() / (x[:, start:stop] - part).square().sum())
        assert float(copy_nearness(x, style, torch.tensor([shift]))) == pytest.approx(expected, rel=1e-9)

    def test_a_shifted_copy_is_found_and_left(self):
        style = random(6, 60)
        shifts = torch.arange(-10, 40)
        x = style[:, 17:40].clone().requires_grad_()
        near = copy_nearness(x, style, shifts)
        assert float(near.detach()) == pytest.approx(1000)
        stranger = random(6, 23, seed=5)
        assert float(copy_nearness(stranger, style, shifts)) < 5
        with torch.no_grad():
            x += 0.05 * random(6, 23, seed=6)
        near = copy_nearness(x, style, shifts)
        near.backward()
        away = (x - 0.01 * x.grad / x.grad.norm()).detach()
        assert float(copy_nearness(away, style, shifts)) < float(near.detach())
        with pytest.raises(ValueError, match="a shift of 60 frames leaves none"):
            copy_nearness(stranger, style, torch.tensor([60]))


class TestEnergyEnvelopes:
    def test_envelopes_of_a_known_sound(self):
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
        assert over_time(x).tolist() == [5.0, 10.0]
        assert over_frequency(x).tolist() == [2.5, 12.5]
        assert stretched(torch.tensor([[0.0, 1.0, 0.0]]), 5).tolist() == [[0.0, 0.5, 1.0, 0.5, 0.0]]
        assert float(relative_distance(over_time(x), 2 * over_time(x))) == pytest.approx(0.25)
        assert math.isfinite(float(relative_distance(torch.ones(2), torch.zeros(2))))
