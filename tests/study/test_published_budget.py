"""The study of published systems: budgets, excerpts, what decides a claim and what does not, and its cost."""

from dataclasses import replace

import numpy as np
import pytest
from bench.recordings import liveliest
from bench.study.budget import Budget, missing
from bench.study.cells import Cell
from bench.study.page import BELOW, OUTCOMES, Answered, in_short, section
from bench.study.plan import LEFT_OUT, MOST_HOURS, PLAN, cells, describe, hours, seconds
from bench.study.question import PAIRS, Question
from bench.study.questions import QUESTIONS

from gramophone.audio import Sound
from gramophone.networks.pretrained.configs import MODEL_CONFIGS
from gramophone.networks.pretrained.packaged import TRAINED, shipped
from gramophone.presets import preset
from gramophone.study.claims import FEWEST_PAIRS, Claim
from gramophone.synthesis.prepare import shortest_s

RATE_HZ = 8000
CLAIM = Claim("a comes nearer than b", "style_distance", "a", "b")


def answered(better, worse, lacks=(), pairs=FEWEST_PAIRS, **changes):
    """Both systems with the same figures on every pair of recordings."""
    question = replace(Question("x", "Which is nearer?", {}, (CLAIM,)), **changes)
    names = [(f"content {n}", f"style {n}") for n in range(pairs)]
    figures = {
        system: {pair: [{"style_distance": value, "spectrum_db": 20 * value}] for pair in names}
        for system, value in (("a", better), ("b", worse))
    }
    return Answered(question, figures, {"a": lacks, "b": ()})


class TestExcerpts:
    def test_a_clip_that_begins_with_silence_is_cut_where_it_sounds(self):
        rng = np.random.default_rng(0)
        level = np.repeat([1e-3, 1e-3, 0.5, 0.4, 1e-3], RATE_HZ)
        clip = Sound((level * rng.standard_normal(len(level))).astype(np.float32)[None], RATE_HZ)
        found = liveliest(clip, 2.0)
        assert np.array_equal(found.samples, clip.samples[:, 2 * RATE_HZ : 4 * RATE_HZ])

    def test_one_loud_click_is_not_much_to_hear(self):
        samples = np.full((1, 4 * RATE_HZ), 1e-4, np.float32)
        samples[0, 100] = 1.0
        samples[0, 2 * RATE_HZ :] = 0.05
        assert float(np.abs(liveliest(Sound(samples, RATE_HZ), 1.0).samples).max()) == pytest.approx(0.05)

    def test_the_earliest_of_equals_and_the_whole_of_a_short_one(self):
        even = Sound(np.ones((1, 3 * RATE_HZ), np.float32), RATE_HZ)
        assert liveliest(even, 2.0).samples.shape == (1, 2 * RATE_HZ)
        assert liveliest(even, 9.0) is even

    @pytest.mark.parametrize("scale", [1e-3, 30.0])
    def test_it_does_not_depend_on_the_level(self, scale):
        samples = np.random.default_rng(1).standard_normal((1, 5 * RATE_HZ)) * np.linspace(0.1, 1, 5 * RATE_HZ)
        one, other = (liveliest(Sound((a * samples).astype(np.float32), RATE_HZ), 1.0) for a in (1.0, scale))
        assert np.allclose(scale * one.samples, other.samples, rtol=1e-4)


class TestBudgets:
    def test_the_usual_budget_cuts_nothing(self):
        for letter, make in QUESTIONS.items():
            lacking = {cell.missing for cell in make().cells(Budget())}
            assert lacking == ({("60 of 3000 steps",)} if letter == "b3" else {()}), letter

    @pytest.mark.parametrize(
        ("name", "budget", "lacks"),
        [
            ("wyse2017", Budget(iterations=30), ("30 of 3000 steps",)),
            (
                "ulyanov2016",
                Budget(filters=512, rounds=50),
                ("512 of 4096 filters", "50 of 500 rounds of Griffin-Lim"),
            ),
            ("chorowski2017", Budget(iterations=60), ("60 of 100 steps", "30 of 50 steps on the waveform")),
            ("infinite", Budget(iterations=30), ()),
        ],
    )
    def test_what_is_missing_is_said(self, name, budget, lacks):
        published = preset(name, "transfer")
        assert missing(budget.applied(published), published) == lacks

    def test_another_optimiser_is_missing_too(self):
        published = preset("wyse2017", "transfer")
        other = replace(published, optimiser=replace(published.optimiser, method="lbfgs"))
        assert missing(other, published) == ("lbfgs instead of adam",)

    def test_networks_with_free_widths_have_the_published_filters(self):
        (style, content) = QUESTIONS["c2"]().systems.values()
        assert style.network.filters == content.network.filters == 4096


class TestVerdicts:
    def test_a_claim_is_decided_at_the_published_budget(self):
        assert answered(0.1, 0.5).outcome(CLAIM) == "holds"
        assert answered(0.5, 0.1).outcome(CLAIM) == "does not hold"
        assert "**holds**; better by +0.400 ± 0.000 (8 pairs, p = 0.0078)" in section(answered(0.1, 0.5))

    def test_a_system_below_its_budget_decides_nothing_and_is_marked(self):
        found = answered(0.1, 0.5, lacks=("30 of 3000 steps",))
        assert found.outcome(CLAIM) == "below the budget"
        page = section(found)
        assert f"| a{BELOW} |" in page
        assert "30 of 3000 steps" in page
        assert "p = " not in page
        assert OUTCOMES["below the budget"] in in_short([found])
        assert OUTCOMES["holds"] not in in_short([found])

    def test_too_few_pairs_decide_nothing(self):
        assert answered(0.1, 0.5, pairs=7).outcome(CLAIM) == "too few pairs"

    def test_a_sound_that_was_not_reconstructed_says_nothing_of_what_was_kept(self):
        assert answered(0.1, 0.5, within_db=6.0).outcome(CLAIM) == "holds"
        assert answered(0.4, 0.5, within_db=6.0).outcome(CLAIM) == "not reconstructed"

    def test_results_of_one_pair_stay_together(self):
        found = answered(0.1, 0.5)
        figures = {"a": dict(reversed(found.figures["a"].items())), "b": found.figures["b"]}
        assert len(replace(found, figures=figures).results(CLAIM)) == FEWEST_PAIRS


class TestPlan:
    def test_it_fits_into_ten_hours_with_enough_pairs_for_verdicts(self):
        assert 0 < hours(Budget()) <= MOST_HOURS
        assert min(pairs for *_, pairs in PLAN) >= FEWEST_PAIRS
        assert max(pairs for *_, pairs in PLAN) == Budget().pairs == len(PAIRS)
        assert f"| all | {len(cells(Budget()))} |" in describe(Budget())

    def test_every_recording_is_in_one_pair(self):
        names = [name for pair in PAIRS for name in pair]
        assert len(set(names)) == len(names)

    def test_every_question_is_planned_or_said_to_be_left_out(self):
        assert {letter for letter, *_ in PLAN} | set(LEFT_OUT) == {*QUESTIONS, "pareto"}

    def test_no_cell_is_made_twice(self):
        planned = cells(Budget())
        assert len({cell.key for cell in planned}) == len(planned)
        certain = [cell for cell in planned if not cell.draws]
        assert certain
        assert {cell.seed for cell in certain} == {0}

    def test_every_recording_is_long_enough_for_every_network(self):
        assert max(shortest_s(cell.settings) for cell in cells(Budget())) <= Budget().clip_s

    def test_every_network_of_sounds_comes_with_the_weights_that_are_asked(self):
        networks = [cell.settings.network for cell in cells(Budget())]
        trained = {one.kind for one in networks if one.weights == TRAINED and one.kind in MODEL_CONFIGS}
        assert {"wyse2017", "verma2018"} <= trained <= set(shipped())

    def test_longer_clips_take_longer(self):
        (one, *_) = cells(Budget())
        assert isinstance(one, Cell)
        assert seconds(replace(one, clip_s=4.0)) == pytest.approx(2 * seconds(one))
