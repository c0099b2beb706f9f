import numpy as np
import pytest
import torch

from gramophone.statistics.conditional_distance import conditional_distance, conditional_target
from gramophone.statistics.low_rank import pivoted_cholesky
from gramophone.statistics.style_distance import style_distance, style_target

CASES = [
    # features, frames of x, frames of the styles, spans, rank
    (1, 3, (4,), (1,), 1),
    (6, 20, (27,), (4,), 3),
    (5, 24, (18,), (1, 3, 11), 2),
    (4, 15, (15,), (15,), 4),
    (4, 30, (22, 17, 5), (2, 8), 5),
]

SMALL_CASES = [
    (2, 8, (7,), (1, 4), 2),
    (3, 5, (8,), (5,), 3),
    (2, 7, (4, 5), (2, 3), 1),
]


def spectrogram(features, frames, seed=0, dtype=torch.float64, power=2):
    rng = np.random.default_rng((seed, features, frames))
    return torch.from_numpy(rng.random((features, frames)) ** power).to(dtype)


def case_of(features, frames, lengths, rank, dtype=torch.float64):
    styles = [spectrogram(features, n, 1 + i, dtype, power=1 + 2 * i) for i, n in enumerate(lengths)]
    asked = spectrogram(rank, frames, 7, dtype).T.contiguous()
    shares = spectrogram(sum(lengths), frames, 8, dtype, power=6).T
    shares = shares / shares.sum(1, keepdim=True)
    return 1.5 * spectrogram(features, frames, 0, dtype, power=4), styles, asked, shares


def target_of(styles, asked, shares, spans, workspace=None):
    return conditional_target(styles, asked, shares.T @ asked, shares.sum(0), spans, workspace)


def expected(oracle, x, styles, asked, shares, span):
    """The formula pair by pair, conditions and shares at the middle of each patch."""
    middle = span // 2
    own = [x.numpy()[:, t : t + span] for t in range(x.shape[1] - span + 1)]
    u = [asked[t + middle].numpy() for t in range(len(own))]
    theirs, v, mass, offset = [], [], 0.0, 0
    for style in styles:
        for s in range(style.shape[1] - span + 1):
            column = shares[:, offset + s + middle].numpy()
            theirs.append(style.numpy()[:, s : s + span])
            v.append(column @ asked.numpy())
            mass += column.sum()
        offset += style.shape[1]

    def energy(a, c, b, d):
        return sum(
            np.dot(e, f) * oracle.arc_cosine(p, q) ** 2
            for p, e in zip(a, c, strict=True)
            for q, f in zip(b, d, strict=True)
        )

    n = len(own)
    last = energy(theirs, v, theirs, v) / mass**2
    return (energy(own, u, own, u) / n**2 - 2 * energy(own, u, theirs, v) / (n * mass) + last) / last


class TestConditionalDistance:
    @pytest.mark.parametrize(("dtype", "relative"), [(torch.float32, 2e-5), (torch.float64, 1e-10)])
    @pytest.mark.parametrize("case", CASES)
    def test_value_against_the_oracle(self, oracle, workspace, case, dtype, relative):
        features, frames, lengths, spans, rank = case
        x, styles, asked, shares = case_of(features, frames, lengths, rank, dtype)
        found = conditional_distance(x, target_of(styles, asked, shares, spans, workspace))
        values = [expected(oracle, x, styles, asked, shares, span) for span in spans]
        assert found.dtype == dtype
        assert np.mean(values) > 0.02
        assert float(found) == pytest.approx(np.mean(values), rel=relative)

    def test_one_condition_for_all_is_the_plain_distance(self):
        x, styles, _, _ = case_of(5, 24, (21,), 1)
        asked, shares = torch.ones(24, 1).double(), torch.full((24, 21), 1 / 21).double()
        spans = (1, 4, 7)
        plain = float(style_distance(x, style_target(styles, [1.0], spans)))
        assert float(conditional_distance(x, target_of(styles, asked, shares, spans))) == pytest.approx(
            plain, rel=1e-10
        )

    def test_moments_of_one_kind_may_change_places_and_others_may_not(self):
        x, _, _, _ = case_of(6, 16, (16,), 1)
        asked = torch.zeros(16, 2).double()
        asked[:8, 0] = asked[8:, 1] = 1
        target = target_of([x], asked, torch.eye(16).double(), [1])
        within = torch.cat([x[:, :8].flip(1), x[:, 8:]], 1)
        across = x.flip(1)
        assert abs(float(conditional_distance(x, target))) < 1e-12
        assert abs(float(conditional_distance(within, target))) < 1e-12
        assert float(conditional_distance(across, target)) > 0.01


class TestGradients:
    @pytest.mark.parametrize("case", SMALL_CASES)
    def test_gradient(self, workspace, case):
        features, frames, lengths, spans, rank = case
        x, styles, asked, shares = case_of(features, frames, lengths, rank)
        target = target_of(styles, asked, shares, spans, workspace)
        assert torch.autograd.gradcheck(lambda x: conditional_distance(x, target), (x.requires_grad_(),))

    def test_silence_is_one_away_with_a_finite_gradient(self):
        _, styles, asked, shares = case_of(5, 20, (18,), 3, torch.float32)
        x = torch.zeros(5, 20, requires_grad=True)
        value = conditional_distance(x, target_of(styles, asked, shares, (1, 4)))
        value.backward()
        assert value.item() == 1
        assert torch.isfinite(x.grad).all()


class TestPivotedCholesky:
    @pytest.mark.parametrize("rank", [1, 4, 9, 30])
    def test_pivoted_cholesky_is_exact_at_full_rank_and_never_above_the_matrix(self, rank):
        rng = np.random.default_rng(3)
        root = torch.from_numpy(rng.standard_normal((25, 9)))
        matrix = root @ root.T
        factors = pivoted_cholesky(lambda place: matrix[:, place], matrix.diagonal(), rank, tolerance=1e-12)
        remainder = matrix - factors @ factors.T
        assert factors.shape[1] == min(rank, 9)
        assert float(torch.linalg.eigvalsh(remainder).min()) > -1e-9
        if rank >= 9:
            assert float(remainder.abs().max()) < 1e-9
        else:
            best = float(torch.linalg.eigvalsh(matrix)[:-rank].sum())
            assert best <= float(remainder.trace()) < 0.5 * (1 + best / float(matrix.trace())) * float(matrix.trace())


class TestRefusals:
    def test_what_does_not_fit_is_refused(self):
        x, styles, asked, shares = case_of(4, 12, (14,), 2)
        with pytest.raises(ValueError, match="14 style frames need as many conditions, not 13 and 13"):
            conditional_target(styles, asked, (shares.T @ asked)[:13], shares.sum(0)[:13], [1])
        with pytest.raises(ValueError, match="12 frames are fewer than the longest span of 13"):
            target_of(styles, asked, shares, [13])
        with pytest.raises(ValueError, match="silent"):
            target_of([torch.zeros(4, 14).double()], asked, shares, [2])
        with pytest.raises(ValueError, match="whole span of 8 frames"):
            target_of([style[:, :7] for style in (styles[0], styles[0][:, 7:])], asked, shares, [8])
        with pytest.raises(ValueError, match="the condition has 12 frames, the result 11"):
            conditional_distance(x[:, :11], target_of(styles, asked, shares, [2]))
