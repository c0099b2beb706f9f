import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.statistics.addition_chain import (
    add_box_sums_adjoint,
    addition_chain,
    box_sums,
    patch_energies,
    spread_to_frames,
)
from gramophone.statistics.workspace import Workspace

SPANS = st.lists(st.integers(1, 24), min_size=1, max_size=5)
SOME = settings(max_examples=50)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_box_sum(frames, span):
    rows, columns = frames.shape[0] - span + 1, frames.shape[1] - span + 1
    sums = torch.zeros(rows, columns, dtype=frames.dtype)
    for t in range(rows):
        for s in range(columns):
            sums[t, s] = frames[t : t + span, s : s + span].trace()
    return sums


class TestAdditionChain:
    @given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
    def test_the_ladder_builds_every_span_from_what_is_there(self, spans):
        built = {1}
        for step in addition_chain(spans):
            assert step.span == step.lower + step.upper
            assert {step.lower, step.upper} <= built
            assert step.span not in built
            built.add(step.span)
        assert set(spans) <= built

    def test_powers_of_two_cost_one_addition_each(self):
        assert [step.span for step in addition_chain([16, 4, 8, 2, 8])] == [2, 4, 8, 16]
        assert addition_chain([1]) == ()

    @given(st.integers(2, 1000))
    def test_a_long_span_costs_few_additions(self, span):
        assert len(addition_chain([span])) <= 2 * span.bit_length() - 2


class TestBoxSums:
    @pytest.mark.parametrize(("rows", "columns"), [(215, 207), (200, 230)])
    def test_box_sums_of_short_and_long_spans(self, rows, columns):
        frames = random(rows, columns)
        sums = box_sums(frames, addition_chain([1, 11, 200]), Workspace())
        assert sums[1] is frames
        for span in (11, 200):
            torch.testing.assert_close(sums[span], slow_box_sum(frames, span), rtol=1e-12, atol=1e-11)

    @SOME
    @given(spans=SPANS, rows=st.integers(24, 40), columns=st.integers(24, 40), seed=st.integers(0, 99))
    def test_box_sums_of_any_spans(self, spans, rows, columns, seed):
        frames = random(rows, columns, seed=seed)
        sums = box_sums(frames, addition_chain(spans), Workspace())
        for span in spans:
            torch.testing.assert_close(sums[span], slow_box_sum(frames, span), rtol=1e-12, atol=1e-12)

    def test_spans_longer_than_the_frames_give_nothing(self):
        sums = box_sums(random(5, 9), addition_chain([4, 7, 12]), Workspace())
        assert [sums[span].shape for span in (4, 7, 12)] == [(2, 6), (0, 3), (0, 0)]

    @SOME
    @given(spans=SPANS, rows=st.integers(1, 40), columns=st.integers(1, 40), seed=st.integers(0, 99))
    def test_the_adjoint_is_the_transpose(self, spans, rows, columns, seed):
        chain = addition_chain(spans)
        frames = random(rows, columns, seed=seed)
        sums = box_sums(frames, chain, Workspace())
        given = {span: random(*values.shape, seed=seed + span) for span, values in sums.items()}
        there = sum(float((sums[span] * given[span]).sum()) for span in sums)
        back = {span: values.clone() for span, values in given.items()}
        add_box_sums_adjoint(back, chain)
        assert float((frames * back[1]).sum()) == pytest.approx(there, rel=1e-10, abs=1e-9)


class TestPatchEnergies:
    @given(frames=st.integers(1, 40), data=st.data())
    def test_patch_energies_and_their_transpose(self, frames, data):
        span = data.draw(st.integers(1, frames))
        energies = random(frames, seed=frames).square()
        patches = patch_energies(energies, span)
        expected = torch.stack([energies[start : start + span].sum() for start in range(frames - span + 1)])
        torch.testing.assert_close(patches, expected, rtol=1e-12, atol=1e-12)
        values = random(len(patches), seed=span)
        spread = spread_to_frames(values, span)
        assert spread.shape == energies.shape
        assert float(values @ patches) == pytest.approx(float(spread @ energies), rel=1e-9, abs=1e-9)

    def test_energies_after_something_loud_keep_their_digits(self):
        energies = torch.cat([torch.full((50,), 1e6), torch.full((50,), 1e-3)])
        torch.testing.assert_close(patch_energies(energies, 10)[-1], torch.tensor(1e-2), rtol=1e-5, atol=0)
        assert patch_energies(energies, 10).dtype == torch.float32


class TestRefusals:
    @pytest.mark.parametrize("span", [0, -3])
    def test_a_span_without_frames_is_refused(self, span):
        with pytest.raises(ValueError, match=f"not {span}"):
            addition_chain([4, span])
