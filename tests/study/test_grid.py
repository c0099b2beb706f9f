"""What changes in a study, and what its figures say."""

import pytest

from gramophone.errors import UsageError
from gramophone.request import TransferRequest
from gramophone.study.claims import SEED_SPREAD, WYSE2017, Claim, EvaluatedCell, conclusions, means
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
        assert sum("holds here" in line for line in said) == len(WYSE2017)
        assert any("at weights trained, noise 0: purity 0.90, structure 0.90" in line for line in said)
        turned = [
            EvaluatedCell(one.cell, {**one.figures, "purity": 1 - one.figures["purity"]}) for one in as_published
        ]
        assert sum("does not hold here (purity" in line for line in conclusions(turned, axes)) == 3
        same = conclusions(grid({}, {}, {}, {}), axes)
        assert sum("no difference here" in line for line in same) == len(WYSE2017)
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

    def verdict(self, differences):
        return self.CLAIM.test([({"purity": 0.5 + d}, {"purity": 0.5}) for d in differences])

    def test_needs_a_mean_difference_above_two_standard_errors(self):
        assert self.verdict([0.3, 0.2, 0.25]).outcome == "holds"
        assert self.verdict([-0.3, -0.2, -0.25]).outcome == "does not hold"
        assert self.verdict([0.3, -0.3, 0.1]).outcome == "no difference"
        assert self.verdict([0.3, 0.1]).improvement == pytest.approx(0.2)
        assert self.verdict([0.3, 0.1]).standard_error == pytest.approx(0.1)

    def test_needs_a_single_difference_above_the_spread_over_seeds(self):
        assert self.verdict([1.1 * SEED_SPREAD["purity"]]).outcome == "holds"
        assert self.verdict([0.9 * SEED_SPREAD["purity"]]).outcome == "no difference"

    def test_counts_only_pairs_with_the_metric(self):
        assert self.CLAIM.test([({}, {"purity": 0.1}), ({"purity": 1.0}, {})]).pairs == 0

    def test_takes_the_smaller_value_of_a_distance_as_better(self):
        claim = Claim("a is nearer than b", "style_distance", "a", "b")
        assert claim.test([({"style_distance": 0.1}, {"style_distance": 0.5})]).outcome == "holds"
