import itertools
import subprocess
import sys

import pytest
import torch

from gramophone.errors import ModelError
from gramophone.optim.minimise import optimise
from gramophone.optim.objective import Objective, Term
from gramophone.settings import OptimiserSettings
from gramophone.workers.subprocess_env import environment

SCALES = torch.logspace(0, 2, 12)
GOAL = torch.linspace(-1, 2, 12)
START = torch.zeros(12)


def bowl(x):
    return (SCALES * (x - GOAL).square()).sum()


def valley(x):
    """Rosenbrock's function: line searches take several trials."""
    return (100 * (x[1:] - x[:-1].square()).square() + (1 - x[:-1]).square()).sum()


def waves(x):
    """Line searches overshoot here, and go back to earlier trials."""
    return (x.square() + 3 * torch.sin(5 * x)).sum()


def settings(method="lbfgs", iterations=60, **others):
    rate = 0.05 if method == "adam" else 1.0
    return OptimiserSettings(**{"method": method, "iterations": iterations, "learning_rate": rate, **others})


class Counted:
    """A function that counts its calls, and gives something else from one of them on."""

    def __init__(self, function, at=None, instead=None):
        self.function, self.at, self.instead, self.calls = function, at, instead, 0

    def __call__(self, x):
        self.calls += 1
        return self.instead(x) if self.calls == self.at else self.function(x)


def steps_of(function, start=START, **others):
    return list(optimise(Objective([Term("bowl", function)]), start, settings(**others)))


WITHOUT_COMPILER = """
import sys, torch
from gramophone.optim.objective import Objective, Term
from gramophone.optim.minimise import optimise
from gramophone.workers.subprocess_env import environment
from gramophone.settings import OptimiserSettings
list(optimise(Objective([Term("bowl", lambda x: x.square().sum())]), torch.ones(3), OptimiserSettings(iterations=3)))
print("torch._dynamo" in sys.modules)
"""


class TestConvergence:
    @pytest.mark.parametrize(("method", "iterations"), [("lbfgs", 60), ("adam", 1500)])
    def test_a_bowl_is_descended(self, method, iterations):
        steps = steps_of(bowl, method=method, iterations=iterations, patience=0)
        torch.testing.assert_close(steps[-1].preview(), GOAL, rtol=0, atol=1e-2)
        assert steps[-1].total < 1e-4 * steps[0].total
        assert [step.index for step in steps] == list(range(1, len(steps) + 1))
        assert {step.of for step in steps} == {iterations}

    @pytest.mark.parametrize("factor", [1e-11, 1e-9, 1e-6, 1.0, 1e3])
    def test_small_losses_still_learn(self, factor):
        steps = steps_of(lambda x: factor * bowl(x), iterations=25, patience=0)
        assert steps[-1].total < 1e-6 * factor * float(bowl(START))
        torch.testing.assert_close(steps[-1].preview(), GOAL, rtol=0, atol=1e-2)

    @pytest.mark.parametrize("function", [bowl, valley, waves])
    def test_no_point_is_evaluated_twice(self, function):
        start = 2 * torch.randn(12, generator=torch.Generator().manual_seed(5)).double()
        ours = Counted(function)
        steps = steps_of(ours, start, iterations=13, patience=0)
        variable = start.clone().requires_grad_()
        bare = Counted(function)
        optimiser = torch.optim.LBFGS(
            [variable],
            lr=1.0,
            max_iter=13,
            max_eval=10_000,
            tolerance_grad=0.0,
            tolerance_change=0.0,
            history_size=20,
            line_search_fn="strong_wolfe",
        )

        def closure():
            optimiser.zero_grad()
            loss = bare(variable) * 1e6
            loss.backward()
            return loss

        optimiser.step(closure)
        assert len(steps) == 13
        assert 13 < ours.calls <= bare.calls
        torch.testing.assert_close(steps[-1].preview(), variable.detach(), rtol=1e-6, atol=1e-6)

    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    @pytest.mark.survives("same seed")
    def test_same_start_same_end(self, method):
        one, other = (steps_of(bowl, method=method, iterations=8)[-1] for _ in range(2))
        assert torch.equal(one.preview(), other.preview())
        assert one.total == other.total


class TestSteps:
    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    def test_every_step_tells_its_own_state(self, method):
        for step in steps_of(bowl, method=method, iterations=6):
            assert step.total == pytest.approx(float(bowl(step.preview())), rel=1e-5, abs=1e-9)
            assert step.losses == {"bowl": pytest.approx(step.total, rel=1e-6)}
            assert step.elapsed_s >= 0
            assert not step.preview().requires_grad

    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    def test_a_loop_can_be_left_and_what_was_seen_stays(self, method):
        loop = optimise(Objective([Term("bowl", bowl)]), START, settings(method))
        seen = [step.preview() for step in itertools.islice(loop, 3)]
        kept = [state.clone() for state in seen]
        following = [step.preview() for step in itertools.islice(loop, 2)]
        assert all(torch.equal(a, b) for a, b in zip(seen, kept, strict=True))
        assert not torch.equal(seen[-1], following[-1])
        loop.close()
        assert all(torch.equal(a, b) for a, b in zip(seen, kept, strict=True))

    def test_remaining_time_follows_the_pace(self):
        steps = steps_of(bowl, iterations=4, patience=0)
        assert steps[0].remaining_s == pytest.approx(3 * steps[0].elapsed_s)
        assert steps[-1].remaining_s == 0


class TestStart:
    def test_the_start_is_not_touched(self):
        start = START.clone()
        steps_of(bowl, start, iterations=4)
        assert torch.equal(start, START)

    def test_any_layout_of_the_start(self):
        start = torch.zeros(3, 4).T
        steps = steps_of(lambda x: bowl(x.T.reshape(-1)), start, iterations=60, patience=0)
        assert steps[-1].preview().shape == (4, 3)
        torch.testing.assert_close(steps[-1].preview().T.reshape(-1), GOAL, rtol=0, atol=1e-2)


class TestStopping:
    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    def test_a_loss_that_stopped_falling_ends_the_loop(self, method):
        def plain(x):
            return 1 + 1e-3 * bowl(x) / float(bowl(START))

        assert len(steps_of(plain, method=method, iterations=200, patience=5, tolerance=0.02)) == 6
        assert len(steps_of(plain, method=method, iterations=12, patience=0)) == 12

    def test_a_loss_that_still_falls_goes_on(self):
        steps = steps_of(bowl, method="adam", iterations=40, patience=5, tolerance=0.02)
        assert len(steps) == 40

    def test_a_fall_of_less_than_the_tolerance_is_no_progress(self):
        slow = {"method": "adam", "iterations": 100, "learning_rate": 1e-3, "patience": 5}
        falls = [
            (len(steps_of(lambda x: x.sum() + 1, torch.zeros(1), tolerance=tolerance, **slow)))
            for tolerance in (0.004, 0.006)
        ]
        # Adam moves by its rate a step: 0.5 % of the loss in five steps.
        assert falls == [100, 6]

    def test_the_minimum_is_left_at_once(self):
        steps = steps_of(bowl, GOAL, iterations=50)
        assert len(steps) == 1
        assert torch.equal(steps[0].preview(), GOAL)


@pytest.mark.survives("values that are not finite")
class TestNonFiniteLoss:
    @pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
    @pytest.mark.parametrize("call", [1, 2, 5, 9])
    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    def test_a_value_that_is_not_finite_ends_the_very_step(self, method, call, wrong):
        broken = Counted(bowl, at=call, instead=lambda x: bowl(x) * wrong)
        fine = Counted(bowl)
        loop = optimise(
            Objective([Term("fine", fine), Term("odd one", broken)]), START, settings(method, 30, patience=0)
        )
        seen = []
        with pytest.raises(ModelError, match="'odd one'"):
            seen.extend(loop)
        assert broken.calls == fine.calls == call
        # Adam looks at its start, and once after each step.
        assert len(seen) <= max(0, call - 2)
        assert method == "lbfgs" or len(seen) == max(0, call - 2)
        for step in seen:
            assert torch.isfinite(step.preview()).all()
            assert step.total == pytest.approx(2 * float(bowl(step.preview())), rel=1e-5)

    @pytest.mark.parametrize("call", [1, 4])
    @pytest.mark.parametrize("method", ["lbfgs", "adam"])
    def test_a_gradient_that_is_not_finite_ends_the_very_step(self, method, call):
        # The root's slope at 0 is infinite, and 0 times that is not a number.
        broken = Counted(bowl, at=call, instead=lambda x: bowl(x) + (0 * x).abs().sqrt().sum())
        seen = []
        with pytest.raises(ModelError, match="gradient of odd one is not finite"):
            seen.extend(optimise(Objective([Term("odd one", broken)]), START, settings(method, 30, patience=0)))
        assert broken.calls == call
        assert all(torch.isfinite(step.preview()).all() for step in seen)


class TestImports:
    def test_torchs_compiler_stays_away(self):
        """To load it takes most of a second, which every command would wait for."""
        words = [sys.executable, "-c", WITHOUT_COMPILER]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment())
        assert done.stdout == "False\n"
