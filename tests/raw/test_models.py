"""The causal models: what a probability depends on, and their recurrences against plain formulas."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import ModelError
from gramophone.raw import LruConfig, WaveNetConfig
from gramophone.raw.configs import config_from, config_of
from gramophone.raw.models import model_of
from gramophone.raw.recurrence import doubled, recurrence


def codes_of(steps, seed=0):
    return torch.randint(256, (1, steps), generator=torch.Generator().manual_seed(seed))


GIVEN = torch.tensor([[[1.0, 0.0, 0.3]]])


class TestCausality:
    @pytest.mark.parametrize("place", [0, 15, 33, 47])
    def test_a_sample_changes_nothing_before_it(self, small, lively, place):
        model, codes = lively(small), codes_of(64)
        other = codes.clone()
        other[0, place] = (other[0, place] + 128) % 256
        before, after = model(codes, GIVEN)[0], model(other, GIVEN)[0]
        torch.testing.assert_close(before[:place], after[:place])
        assert (before[place] - after[place]).abs().max() > 1e-3

    def test_a_wavenet_hears_its_receptive_field_and_no_more(self, lively):
        config = WaveNetConfig(channels=6, skip=10, layers=3, cycles=2)
        assert config.context_samples == 2 + 2 * 7
        model, codes = lively(config), codes_of(40)
        reach = []
        for back in range(20):
            other = codes.clone()
            other[0, 39 - back] = (other[0, 39 - back] + 128) % 256
            reach.append(float((model(other)[0, 39] - model(codes)[0, 39]).abs().max()) > 0)
        assert sum(reach) == config.context_samples
        assert reach == [True] * sum(reach) + [False] * (20 - sum(reach))

    def test_the_published_dilations(self):
        assert WaveNetConfig(layers=10, cycles=3).dilations[:10] == (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
        assert (
            WaveNetConfig(layers=10, cycles=3).context_samples == 3071
        )  # of two taps in each layer, and of the first

    def test_conditions_change_what_is_likely(self, small, lively):
        model, codes = lively(small), codes_of(32)
        assert (model(codes, GIVEN) - model(codes, -GIVEN)).abs().max() > 1e-3

    def test_a_model_begins_with_the_histogram(self, small):
        model = model_of(small)
        counts = np.zeros(256)
        counts[100] = 9744
        model.start_from(counts)
        with torch.no_grad():
            model.get_parameter("head_1_weight").zero_()
            likely = model(codes_of(16), GIVEN).softmax(-1)
        assert likely[0, :, 100].numpy() == pytest.approx(0.9745, abs=1e-4)


class TestRecurrence:
    @given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 1000))
    def test_compiled_and_doubled_are_the_formula_with_its_gradients(self, steps, states, seed):
        generator = torch.Generator().manual_seed(seed)
        drive = torch.randn(2, steps, states, generator=generator)
        size, angle = torch.rand(states, generator=generator), 3 * torch.rand(states, generator=generator)
        real, imaginary = size * torch.cos(angle), size * torch.sin(angle)
        weight = torch.randn(2, steps, 2 * states, generator=generator)
        found = []
        for function, kind in ((recurrence, torch.float32), (doubled, torch.float64), (plain, torch.float64)):
            given_to = [value.to(kind).clone().requires_grad_() for value in (drive, real, imaginary)]
            states_of = function(*given_to)
            (states_of * weight.to(kind)).sum().backward()
            found.append([states_of.detach(), *(value.grad for value in given_to)])
        for one in found[:2]:
            for value, wanted in zip(one, found[2], strict=True):
                torch.testing.assert_close(value.double(), wanted, rtol=2e-4, atol=2e-4)


def plain(drive, real, imaginary):
    state, found = torch.zeros_like(drive[:, 0], dtype=torch.complex128), []
    for step in range(drive.shape[1]):
        state = torch.complex(real, imaginary) * state + drive[:, step]
        found.append(torch.cat([state.real, state.imag], -1))
    return torch.stack(found, 1)


class TestConfigs:
    def test_they_survive_their_file(self, small):
        assert config_from(small.as_dict()) == small

    def test_equal_sizes_have_about_as_many_parameters(self):
        sizes = [sum(v.numel() for v in model_of(config_of(kind)).parameters()) for kind in ("wavenet", "lru")]
        assert 0.8 < sizes[0] / sizes[1] < 1.25

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "gru"},
            {"channels": 0},
            {"channels": True},
            {"layers": 17},
            {"unknown": 1},
            {"conditions": [{"name": "a", "classes": [], "low": 2.0, "high": 1.0}]},
            {"conditions": [{"name": 3, "classes": [], "low": 0.0, "high": 1.0}]},
            {"conditions": None},
        ],
    )
    def test_damaged_descriptions_are_refused(self, change):
        with pytest.raises(ModelError, match="description of the network cannot be read"):
            config_from(WaveNetConfig().as_dict() | change)

    def test_time_scales_are_pooled_and_blocks_in_their_order(self):
        config = LruConfig()
        assert config.step_samples == 16
        assert [block.level for block in config.blocks] == [0, 0, 1, 2, 2, 2, 1, 0, 0]
        assert config.widths == (32, 48, 64)
