import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.networks import RandomConv1d
from gramophone.statistics.style_distance import style_distance, style_target
from gramophone.statistics.workspace import Workspace

CASES = [
    # features, frames of x, frames of the styles, their weights, spans
    (1, 1, (1,), (1.0,), (1,)),
    (6, 20, (27,), (1.0,), (4,)),
    (5, 24, (18,), (2.0,), (1, 3, 11)),
    (8, 15, (15,), (1.0,), (15,)),
    (4, 30, (22, 17), (1.0, 1.0), (2, 8)),
    (3, 14, (12, 25, 9), (0.2, 3.0, 1.0), (1, 5, 9)),
    (5, 16, (12, 14), (1.0, 0.0), (3,)),
]

SMALL_CASES = [
    (2, 8, (7,), (1.0,), (1, 4)),
    (1, 9, (7, 5), (1.0, 3.0), (2, 5)),
    (3, 5, (8,), (1.0,), (5,)),
    (2, 4, (4, 3), (1.0, 0.0), (3,)),
]


def spectrogram(features, frames, seed=0, dtype=torch.float64, power=2):
    rng = np.random.default_rng((seed, features, frames))
    return torch.from_numpy(rng.random((features, frames)) ** power).to(dtype)


def case_of(features, frames, lengths, seed=0, dtype=torch.float64):
    styles = [spectrogram(features, n, seed + 1 + i, dtype, power=1 + 2 * i) for i, n in enumerate(lengths)]
    return spectrogram(features, frames, seed, dtype, power=4), styles


def gradient_of(x, target):
    x = x.clone().requires_grad_()
    value = style_distance(x, target)
    value.backward()
    return value.detach(), x.grad


class TestAgainstOracle:
    @pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
    @pytest.mark.parametrize("case", CASES)
    def test_value_against_the_oracle(self, oracle, workspace, case, dtype, relative):
        features, frames, lengths, weights, spans = case
        x, styles = case_of(features, frames, lengths, dtype=dtype)
        found = style_distance(x, style_target(styles, weights, spans, workspace=workspace))
        assert found.dtype == dtype
        numbers = [style.numpy() for style in styles]
        expected = np.mean([oracle.style_distance(x.numpy(), numbers, weights, span) for span in spans])
        assert expected > 0.02
        assert float(found) == pytest.approx(expected, rel=relative)

    def test_value_of_spans_with_weights(self, oracle):
        x, styles = case_of(4, 13, (17, 11))
        target = style_target(styles, (3, 1), (5, 2), span_weights=(3.0, 1.0))
        numbers = [style.numpy() for style in styles]
        two, five = (oracle.style_distance(x.numpy(), numbers, (3, 1), span) for span in (2, 5))
        assert float(style_distance(x, target)) == pytest.approx(0.75 * two + 0.25 * five, rel=1e-10)


class TestInvariants:
    def test_nothing_separates_a_sound_from_itself(self):
        x, (other,) = case_of(8, 40, (50,))
        target = style_target([x], [1.0], (1, 4, 11))
        value, gradient = gradient_of(x, target)
        _, elsewhere = gradient_of(other, target)
        assert abs(float(value)) < 1e-10
        assert float(gradient.norm()) < 1e-7 * float(elsewhere.norm())
        halves = style_target([x, x], [0.3, 0.7], (1, 4, 11))
        assert abs(float(style_distance(x, halves))) < 1e-10

    @given(
        features=st.integers(1, 6),
        frames=st.integers(6, 20),
        lengths=st.lists(st.integers(6, 20), min_size=1, max_size=3),
        span=st.integers(1, 6),
        seed=st.integers(0, 99),
    )
    def test_never_below_zero_and_blind_to_the_order_of_features(self, features, frames, lengths, span, seed):
        x, styles = case_of(features, frames, lengths, seed)
        weights = [1.0 + i for i in range(len(styles))]
        value = float(style_distance(x, style_target(styles, weights, [span])))
        assert value >= -1e-12
        order = torch.randperm(features, generator=torch.Generator().manual_seed(seed))
        mixed = style_target([style[order] for style in styles], weights, [span])
        assert float(style_distance(x[order], mixed)) == pytest.approx(value, rel=1e-9, abs=1e-12)

    def test_the_order_of_patches_does_not_matter(self):
        x, styles = case_of(5, 12, (15,))
        target = style_target(styles, [1.0], [1])
        backwards = float(style_distance(x.flip(1), target))
        assert backwards == pytest.approx(float(style_distance(x, target)), rel=1e-11)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_silence_is_one_away(self, workspace, dtype):
        _, styles = case_of(5, 1, (20, 16), dtype=dtype)
        target = style_target(styles, (1, 2), (1, 4), workspace=workspace)
        value, gradient = gradient_of(torch.zeros(5, 18, dtype=dtype), target)
        assert float(value) == 1
        assert torch.isfinite(gradient).all()


class TestMixtures:
    def test_a_mixture_is_the_mean_of_statistics(self):
        x, (one, other) = case_of(5, 20, (20, 20))
        both = torch.cat([one, other], 1)
        # Single frames: the mixture's Gram matrix is that of the two recordings one after the other.
        mixed = float(style_distance(x, style_target([one, other], [1, 1], [1])))
        assert mixed == pytest.approx(float(style_distance(x, style_target([both], [1.0], [1]))), rel=1e-10)
        unequal = float(style_distance(x, style_target([one, other], [9, 1], [1])))
        assert abs(unequal - mixed) > 0.01 * mixed
        scaled = float(style_distance(x, style_target([one, other], [18, 2], [1])))
        assert scaled == pytest.approx(unequal, rel=1e-12)


class TestFiniteNetworks:
    def test_finite_networks_come_nearer_with_more_filters(self):
        x, (style,) = case_of(6, 24, (30,), dtype=torch.float32)
        limit = float(style_distance(x, style_target([style], [1.0], [4])))
        errors = []
        for filters, seeds in ((32, 24), (512, 12), (4096, 4)):
            found = []
            for seed in range(seeds):
                network = RandomConv1d(6, filters, 4, seed=seed)
                (features,) = network.features(style[None], 1)
                energy = (features.T @ features).square().mean()
                found.append(float(network.style_term([style[None]], [1.0])(x[None]) / energy))
            errors.append(np.sqrt(np.mean((np.array(found) - limit) ** 2)) / limit)
        assert errors[0] > 2 * errors[1]
        assert errors[1] > 1.5 * errors[2]
        assert errors[2] < 0.03


class TestGradients:
    @pytest.mark.parametrize("case", SMALL_CASES)
    def test_gradient(self, workspace, case):
        features, frames, lengths, weights, spans = case
        x, styles = case_of(features, frames, lengths)
        target = style_target(styles, weights, spans, workspace=workspace)
        assert torch.autograd.gradcheck(lambda x: style_distance(x, target), (x.requires_grad_(),))

    def test_the_gradient_is_scaled_by_what_follows(self):
        x, styles = case_of(4, 12, (15,))
        target = style_target(styles, [1.0], [3])
        _, once = gradient_of(x, target)
        x.requires_grad_()
        (5 * style_distance(x, target)).backward()
        torch.testing.assert_close(x.grad, 5 * once)

    def test_silent_frames_have_a_finite_gradient(self):
        x, styles = case_of(5, 20, (20,), dtype=torch.float32)
        x[:, 6:13] = 0
        styles[0][:, 3:9] = 0
        value, gradient = gradient_of(x, style_target(styles, [1.0], (1, 4)))
        assert torch.isfinite(value)
        assert torch.isfinite(gradient).all()


class TestWorkingMemory:
    def test_working_arrays_leave_no_trace(self):
        styles = case_of(4, 1, (15, 11))[1]
        target = style_target(styles, [1, 1], [1, 3])
        cases = [spectrogram(4, frames, seed=7) for frames in (30, 5, 17)]
        expected = [gradient_of(x, style_target(styles, [1, 1], [1, 3])) for x in cases]
        kept = [gradient_of(x, target) for x in cases]
        for (value, gradient), (alone, gradient_alone) in zip(kept, expected, strict=True):
            torch.testing.assert_close(value, alone, rtol=1e-13, atol=0)
            torch.testing.assert_close(gradient, gradient_alone, rtol=1e-12, atol=1e-15)

    def test_two_values_before_their_gradients(self):
        x, styles = case_of(4, 12, (15,))
        target = style_target(styles, [1.0], [3])
        one, other = x.clone().requires_grad_(), spectrogram(4, 9, seed=5).requires_grad_()
        first, second = style_distance(one, target), style_distance(other, target)
        (first + second).backward()
        torch.testing.assert_close(one.grad, gradient_of(one.detach(), target)[1])
        torch.testing.assert_close(other.grad, gradient_of(other.detach(), target)[1])

    @pytest.mark.parametrize("tile", [2, 7, 16])
    def test_tiles_change_nothing(self, tile):
        x, styles = case_of(6, 33, (29, 40))
        target = style_target(styles, (1, 2), (1, 4, 13))
        whole_value, whole_gradient = gradient_of(x, target)
        again = style_target(styles, (1, 2), (1, 4, 13), workspace=Workspace(tile, 10))
        assert again.energies == pytest.approx(target.energies, rel=1e-12)
        value, gradient = gradient_of(x, again)
        assert float(value) == pytest.approx(float(whole_value), rel=1e-11)
        torch.testing.assert_close(gradient, whole_gradient, rtol=1e-9, atol=1e-13)


class TestRefusals:
    def test_what_cannot_be_compared_is_refused(self):
        x, (style,) = case_of(4, 10, (12,))
        with pytest.raises(ValueError, match="12 frames, fewer than the longest span of 13"):
            style_target([style], [1.0], (2, 13))
        with pytest.raises(ValueError, match="10 frames are fewer than the longest span of 11"):
            style_distance(x, style_target([style], [1.0], (2, 11)))
        with pytest.raises(ValueError, match="silent"):
            style_target([torch.zeros(4, 12)], [1.0], [2])
        with pytest.raises(ValueError, match="at least 1 frame"):
            style_target([style], [1.0], [0, 2])

    @pytest.mark.parametrize(("weights", "span_weights"), [([1.0], None), ([1.0] * 3, None), ([1.0] * 2, [1.0] * 3)])
    def test_there_is_a_weight_for_each_style_and_span(self, weights, span_weights):
        x, styles = case_of(4, 10, (12, 12))
        with pytest.raises(ValueError, match=r"zip\(\) argument"):
            style_distance(x, style_target(styles, weights, (2, 3), span_weights))

    @pytest.mark.parametrize("weights", [(0.0, 0.0), (-1.0, 2.0), (float("nan"), 1.0)])
    def test_wrong_weights_are_refused(self, weights):
        _, styles = case_of(4, 10, (12, 12))
        with pytest.raises(ValueError, match="weights"):
            style_target(styles, weights, [2])
