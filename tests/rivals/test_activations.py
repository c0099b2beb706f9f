"""Updates and restrictions against slow loops, and against problems whose solution is known."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.rivals.activations import (
    continued,
    kl_divergence,
    kl_update,
    with_polyphony,
    without_repetition,
)


def drawn(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def updated(activations, content, templates, times):
    for _ in range(times):
        activations = kl_update(activations, content, templates, templates.sum(1))
    return activations


class TestKlUpdate:
    def test_an_update_never_raises_the_divergence(self):
        templates, content, activations = drawn(9, 40, seed=1), drawn(12, 40, seed=2), drawn(12, 9, seed=3)
        found = [kl_divergence(content, activations @ templates)]
        for _ in range(30):
            activations = kl_update(activations, content, templates, templates.sum(1))
            found.append(kl_divergence(content, activations @ templates))
        assert all(after <= before for before, after in itertools.pairwise(found))
        assert found[-1] < 0.8 * found[0]

    def test_an_update_is_the_formula(self):
        templates, content, activations = drawn(3, 5, seed=1), drawn(2, 5, seed=2), drawn(2, 3, seed=3)
        new = kl_update(activations, content, templates, templates.sum(1))
        for t in range(2):
            model = [float(activations[t] @ templates[:, f]) for f in range(5)]
            for k in range(3):
                above = sum(float(templates[k, f] * content[t, f]) / model[f] for f in range(5))
                assert float(new[t, k]) == pytest.approx(
                    float(activations[t, k]) * above / float(templates[k].sum()), 1e-5
                )

    def test_what_is_made_of_templates_has_exactly_their_activations(self):
        templates = torch.eye(6, 20) + torch.eye(6, 20).roll(7, 1) + 0.1 * drawn(6, 20, seed=1)
        truth = drawn(8, 6, seed=2) * (drawn(8, 6, seed=3) > 0.5)
        found = updated(drawn(8, 6, seed=4) + 0.1, truth @ templates, templates, 400)
        torch.testing.assert_close(found, truth, atol=2e-3, rtol=0)

    def test_an_update_keeps_the_sum_of_every_frame(self):
        templates, content = drawn(9, 40, seed=1), drawn(12, 40, seed=2)
        model = updated(drawn(12, 9, seed=3), content, templates, 1) @ templates
        torch.testing.assert_close(model.sum(1), content.sum(1))

    def test_silence_and_empty_templates_give_no_activation(self):
        templates, content = drawn(4, 10), drawn(3, 10, seed=1)
        templates[1], content[2] = 0, 0
        found = updated(drawn(3, 4, seed=2), content, templates, 5)
        assert torch.isfinite(found).all()
        assert (found[:, 1] == 0).all()
        assert (found[2] == 0).all()


class TestRestrictions:
    @settings(max_examples=30, deadline=None)
    @given(frames=st.integers(1, 12), templates=st.integers(1, 9), reach=st.integers(0, 14), seed=st.integers(0, 99))
    def test_only_the_largest_nearby_is_left_of_a_template(self, frames, templates, reach, seed):
        activations = drawn(frames, templates, seed=seed)
        found = without_repetition(activations, reach, 0.25)
        for t in range(frames):
            for k in range(templates):
                near = activations[max(0, t - reach) : t + reach + 1, k]
                kept = 1.0 if activations[t, k] == near.max() else 0.25
                assert float(found[t, k]) == pytest.approx(kept * float(activations[t, k]))

    @settings(max_examples=30, deadline=None)
    @given(frames=st.integers(1, 6), templates=st.integers(1, 9), most=st.integers(1, 12), seed=st.integers(0, 99))
    def test_only_the_largest_of_a_frame_are_left(self, frames, templates, most, seed):
        activations = drawn(frames, templates, seed=seed)
        found = with_polyphony(activations, most, 0.0)
        assert ((found > 0).sum(1) == min(most, templates)).all()
        assert ((found == activations) | (found == 0)).all()
        assert (found.amax(1) == activations.amax(1)).all()

    @settings(max_examples=30, deadline=None)
    @given(frames=st.integers(1, 12), templates=st.integers(1, 12), reach=st.integers(0, 9), seed=st.integers(0, 99))
    def test_diagonals_are_summed(self, frames, templates, reach, seed):
        activations = drawn(frames, templates, seed=seed)
        found = continued(activations, reach)
        for t in range(frames):
            for k in range(templates):
                steps = range(-reach, reach + 1)
                inside = [i for i in steps if 0 <= t + i < frames and 0 <= k + i < templates]
                assert float(found[t, k]) == pytest.approx(
                    sum(float(activations[t + i, k + i]) for i in inside), rel=1e-5
                )
