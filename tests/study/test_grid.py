"""What changes in a study, and what its figures say."""

import pytest

from gramophone.errors import UsageError
from gramophone.request import TransferRequest
from gramophone.study.claims import FEWEST_PAIRS, WYSE2017, Claim, EvaluatedCell, conclusions, means
from gramophone.study.grid import DEFAULT, PRESET, Cell, cells, parse_grid

BASE = TransferRequest(content="c", styles=["s"], preset=PRESET)


def evaluated(choices, **figures):
    usual = {"purity": 0.5, "structure": 0.5, "gain": 0.0, "style_distance": 0.1, "statistics_db": 5.0, "copy": 0.1}
    return EvaluatedCell(Cell(tuple(choices.items())), {**usual, **figures})


def grid(trained, noisy, drawn, drawn_noisy):
    keys = [("trained", "0"), ("trained", "0.5"), ("random", "0"), ("random", "0.5")]
    figures = (trained, noisy, drawn, drawn_noisy)
    return [evaluated({"weights": w, "noise": n}, **f) for (w, n), f in zip(keys, figures, strict=True)]


class TestGrid:
    def test_the_usual_grid_is_figure_1(self):
        found = cells(parse_grid(DEFAULT))
        assert len(found) == 8
        assert found[0].choices == (("weights", "trained"), ("noise", "0"))
        assert found[1].name == "weights-trained_noise-0.2"
        assert found[-1].request(BASE).command()[4:] == [
            "--noise",
            "0.7",
            "--preset",
            "wyse2017",
            "--weights",
            "random",
        ]
        assert len({cell.name for cell in found}) == 8

    def test_choices_come_to_settings(self):
        cell = cells(parse_grid(["preset=ulyanov2016", "filters=8", "seed=3", "strength=0.2", "iterations=4"]))[0]
        found = cell.request(BASE)
        assert found.settings().network.filters == 8
        assert found.settings().optimiser.iterations == 4
        assert (found.seed, found.strength) == (3, 0.2)
        base = TransferRequest(content="c", styles=["s"], preset=PRESET, iterations=2, strength=0.3)
        noisy = cells(parse_grid(["weights=random", "noise=0.5"]))[0].request(base, 1)
        assert noisy.settings().network.weights == "random"
        assert noisy.settings().transfer.noise == 0.5
        assert (noisy.seed, noisy.strength, noisy.settings().optimiser.iterations) == (1, 0.3, 2)
        certain = cells(parse_grid(["weights=trained", "noise=0"]))[0].request(base, 1)
        assert (certain.draws, certain.seed) == (False, 0)
        assert cells(parse_grid(["noise=0.5", "seed=4"]))[0].request(base, 1).seed == 4


class TestConclusions:
    def test_means_are_over_all_cells_of_a_value(self):
        axes = parse_grid(["weights=trained,random", "noise=0,0.5"])
        found = [
            evaluated({"weights": w, "noise": n}, purity=p)
            for w, n, p in [
                ("trained", "0", 0.8),
                ("trained", "0.5", 0.6),
                ("random", "0", 0.1),
                ("random", "0.5", 0.3),
            ]
        ]
        assert means(found, axes[0], "purity") == pytest.approx({"trained": 0.7, "random": 0.2})
        assert means(found, axes[1], "purity") == pytest.approx({"0": 0.45, "0.5": 0.45})
        assert means(found, axes[0], "chroma") == {}

    def test_claims_are_decided_by_the_figures_and_not_by_the_paper(self):
        axes = parse_grid(["weights=trained,random", "noise=0,0.5"])
        as_published = grid(
            {"purity": 0.9, "structure": 0.9, "style_distance": 0.0, "gain": 0.7},
            {"purity": 0.5, "structure": 0.4},
            {"purity": 0.3, "structure": 0.5, "style_distance": 0.5},
            {"purity": 0.1, "structure": 0.1},
        )
        said = conclusions(as_published, axes)
        assert sum("as published on this pair" in line for line in said) == len(WYSE2017)
        assert any("at weights trained, noise 0: purity 0.90, structure 0.90" in line for line in said)
        turned = [
            EvaluatedCell(one.cell, {**one.figures, "purity": 1 - one.figures["purity"]}) for one in as_published
        ]
        assert (
            sum(
                "the other way round on this pair, which alone decides nothing (purity" in line
                for line in conclusions(turned, axes)
            )
            == 3
        )
        same = conclusions(grid({}, {}, {}, {}), axes)
        assert sum("no more than another seed would change on this pair" in line for line in same) == len(WYSE2017)
        assert sum("changes no metric" in line for line in same) == 2

    def test_other_grids_have_no_claims(self):
        axes = parse_grid(["preset=infinite,ulyanov2016"])
        found = [evaluated({"preset": "infinite"}, gain=0.5), evaluated({"preset": "ulyanov2016"}, gain=0.1)]
        said = conclusions(found, axes)
        assert len(said) == 2
        assert "is best at infinite (infinite: 0.50, ulyanov2016: 0.10)" in said[0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["noise"], "'noise' is not an axis of a grid; write axes as noise=0,0.2"),
            (["noise=0,"], "is not an axis of a grid"),
            (["cake=1"], "a grid has no axis 'cake'; choose from weights, preset, iterations"),
            (["noise=0", "noise=1"], "is repeated"),
            (["noise=0,0"], "is repeated"),
            (["seed=" + ",".join(map(str, range(501)))], "has 501 cells; the limit is 500"),
        ],
    )
    def test_grids_that_cannot_be(self, words, said):
        with pytest.raises(UsageError, match=said):
            parse_grid(words)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["preset=infinite", "weights=random"], "the preset 'infinite' has none that takes any"),
            (["preset=infinite", "noise=0.5"], "has no share of noise"),
            (
                ["preset=huzaifah2019-cqt", "weights=trained"],
                "bands, for which there are no trained weights",
            ),
            (["preset=huzaifah2019-time", "weights=trained"], "no network 'huzaifah2019-time' comes with gramophone"),
            (["strength=2"], "strength must be between 0 and 1, not 2"),
            (["noise=a"], "noise must be a number between 0 and 1, not 'a'"),
            (["seed=1.5"], "seed must be an integer between 0 and"),
        ],
    )
    def test_choices_that_do_not_go_together(self, words, said):
        with pytest.raises(UsageError, match=said):
            cells(parse_grid(words))[0].request(BASE).settings()


class TestAClaim:
    CLAIM = Claim("a is purer than b", "purity", "a", "b")

    def verdict(self, *by_pair):
        """Of differences, a list of seeds for each pair of recordings."""
        results = {
            str(place): [({"purity": 0.5 + one}, {"purity": 0.5}) for one in seeds]
            for place, seeds in enumerate(by_pair)
        }
        return self.CLAIM.test(results)

    def test_needs_eight_pairs(self):
        assert FEWEST_PAIRS == 8
        few = self.verdict(*[[0.3]] * 7)
        assert (few.outcome, few.pairs, few.p) == ("too few pairs", 7, None)
        assert few.improvement == pytest.approx(0.3)
        assert self.verdict(*[[0.3]] * 8).outcome == "holds"

    def test_seeds_are_no_pairs(self):
        many = self.verdict([0.3] * 20, [0.2] * 20)
        assert (many.outcome, many.pairs) == ("too few pairs", 2)

    def test_seeds_are_averaged_within_their_pair(self):
        seeded = self.verdict([0.1, 0.3], *[[0.2]] * 6, [0.5, 0.7])
        assert seeded.improvement == pytest.approx((0.2 * 7 + 0.6) / 8)
        assert seeded.standard_error == pytest.approx(0.05)

    def test_the_test_is_over_signed_ranks(self):
        differences = [0.31, -0.02, 0.13, 0.24, 0.15, 0.26, -0.07, 0.08, 0.19]
        found = self.verdict(*[[one] for one in differences])
        # Of nine ranks 1 and 2 are negative: 5 of 2^9 sums are as small, on either side.
        assert found.p == pytest.approx(2 * 5 / 512)
        assert found.outcome == "holds"
        assert self.verdict(*[[-one] for one in differences]).outcome == "does not hold"

    def test_a_difference_of_either_sign_is_none(self):
        assert self.verdict(*[[0.3], [-0.3]] * 4).outcome == "no difference"
        assert self.verdict(*[[0.0]] * 8).p == 1.0

    def test_counts_only_pairs_with_the_metric(self):
        assert self.CLAIM.test({"a": [({}, {"purity": 0.1})], "b": [({"purity": 1.0}, {})]}).pairs == 0

    def test_takes_the_smaller_value_of_a_distance_as_better(self):
        claim = Claim("a is nearer than b", "style_distance", "a", "b")
        results = {str(n): [({"style_distance": 0.1}, {"style_distance": 0.5})] for n in range(8)}
        assert claim.test(results).outcome == "holds"
