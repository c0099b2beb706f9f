"""Training: it learns, it resumes as if it had never stopped, it says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gramophone.errors import ModelError, UsageError
from gramophone.train.loop import Training
from gramophone.train.recipes import Recipe

RECIPE = Recipe(epochs=6, batch=12, learning_rate=0.02, mixup=0.2, masked_bins=2)


def run(training, stop=None):
    for step in training:
        if step.index == stop:
            break
    return training


def state(training):
    found = {name: value.clone() for name, value in training.network.state_dict().items()}
    return found | {
        str(n): v for n, v in enumerate(p.grad for p in training.network.parameters() if p.grad is not None)
    }


def same(one, other):
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


class TestLearning:
    def test_it_learns(self, small):
        recipe = Recipe(epochs=25, batch=12, learning_rate=0.02)
        trained = run(Training(small(), recipe)).finish()
        assert trained.evaluation.accuracy["class"] > 0.9
        assert trained.epochs[-1]["loss"] < trained.epochs[0]["loss"] / 2
        assert trained.epochs[-1]["test_accuracy"] == pytest.approx(trained.evaluation.accuracy["class"])
        assert not trained.network.training

    def test_mixed_precision_learns_as_well(self, small):
        recipe = Recipe(epochs=25, batch=12, learning_rate=0.02, precision="bf16")
        assert run(Training(small(), recipe)).finish().evaluation.accuracy["class"] > 0.9

    def test_steps_say_how_far_it_is(self, small):
        training = Training(small(), RECIPE)
        steps = list(training)
        assert [step.index for step in steps] == list(range(1, 19))
        assert {step.of for step in steps} == {18}
        assert [step.epoch for step in steps] == [1 + n // 3 for n in range(18)]
        assert steps[-1].remaining_s == 0
        assert all(step.clips_per_s > 0 and 0 <= step.accuracy <= 1 for step in steps)
        assert all(0 < step.computing_s <= step.elapsed_s for step in steps)
        assert len(training.state.epochs) == 6


@pytest.mark.survives("same seed")
class TestReproducibility:
    def test_the_same_seed_gives_the_same_network(self, small):
        one, same_seed, other = (run(Training(small(), RECIPE, seed=seed)) for seed in (3, 3, 4))
        assert same(state(one), state(same_seed))
        assert not same(state(one), state(other))

    def test_the_random_numbers_of_others_are_left_alone(self, small):
        torch.manual_seed(1)
        expected = torch.rand(3)
        torch.manual_seed(1)
        run(Training(small(), RECIPE))
        assert torch.equal(torch.rand(3), expected)


@pytest.mark.survives("order of data")
class TestCheckpoints:
    @settings(max_examples=12)
    @given(stop=st.integers(1, 16), again=st.integers(1, 17))
    def test_resumed_at_any_step_it_ends_with_the_same_network(self, small, tmp_path_factory, stop, again):
        whole = run(Training(small(), RECIPE))
        keep = tmp_path_factory.mktemp("training") / "a.checkpoint"
        run(Training(small(), RECIPE, checkpoint_path=keep), stop).save()
        resumed = Training(small(), RECIPE, checkpoint_path=keep)
        assert resumed.state.step == stop
        run(resumed, max(stop + 1, again)).save()
        resumed = run(Training(small(), RECIPE, checkpoint_path=keep))
        assert same(state(whole), state(resumed))
        facts = ("epoch", "loss", "accuracy")
        curves = [[[epoch[name] for name in facts] for epoch in one.state.epochs] for one in (whole, resumed)]
        assert curves[0] == curves[1]

    @pytest.mark.parametrize("optimiser", ["adam", "sgd"])
    def test_the_optimiser_resumes_too(self, small, tmp_path, optimiser):
        recipe = Recipe(epochs=4, batch=12, optimiser=optimiser)
        whole = run(Training(small(), recipe))
        run(Training(small(), recipe, checkpoint_path=tmp_path / "a"), 5).save()
        assert same(state(whole), state(run(Training(small(), recipe, checkpoint_path=tmp_path / "a"))))

    def test_checkpoints_are_written_while_it_runs(self, small, tmp_path):
        path = tmp_path / "a"
        training = Training(small(), RECIPE, checkpoint_path=path, every_s=0.0)
        saved = [Training(small(), RECIPE, checkpoint_path=path).state.step for _ in training]
        assert saved == list(range(1, 19))


class TestDistributedTraining:
    def test_two_processes_learn_what_one_does(self, tmp_path):
        """Without chance in a step, halves of a batch in two processes are the whole batch in one."""
        script = Path(__file__).with_name("pair.py")
        words = [
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node=2",
            str(script),
            str(tmp_path / "two"),
        ]
        for command in (words, [str(script), str(tmp_path / "one")]):
            python = [sys.executable, *command]
            done = subprocess.run(python, check=False, capture_output=True, text=True, timeout=200)
            assert done.returncode == 0, done.stderr[-4000:]
        one, two = (json.loads((tmp_path / name).read_text()) for name in ("one", "two"))
        assert (one["processes"], two["processes"]) == (1, 2)
        assert one["steps"] == two["steps"]
        assert two["weights"] == pytest.approx(one["weights"], rel=1e-3, abs=1e-4)


@pytest.mark.survives("values that are not finite")
class TestDivergence:
    def test_a_loss_that_is_not_finite_stops_in_the_very_step(self, small):
        made = small()
        made.values[0:36] += 0  # the problem is shared: only the network is spoilt
        training = Training(made, RECIPE)
        with torch.no_grad():
            training.network.heads["class"].bias[0] = float("nan")
        with pytest.raises(ModelError, match="the loss is nan at step 1; try a lower learning rate"):
            next(iter(training))


class TestRefusals:
    def test_a_checkpoint_of_another_training_is_refused(self, small, tmp_path):
        run(Training(small(), RECIPE, checkpoint_path=tmp_path / "a"), 2).save()
        before = (tmp_path / "a").read_bytes()
        with pytest.raises(UsageError, match="with another seed; use the same settings, or remove it"):
            Training(small(), RECIPE, seed=1, checkpoint_path=tmp_path / "a")
        with pytest.raises(UsageError, match="with another recipe"):
            Training(small(), Recipe(), checkpoint_path=tmp_path / "a")
        assert (tmp_path / "a").read_bytes() == before

    @pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
    def test_a_damaged_checkpoint_is_refused(self, small, tmp_path, damage):
        run(Training(small(), RECIPE, checkpoint_path=tmp_path / "a"), 2).save()
        (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-9] if damage is None else damage)
        with pytest.raises(ModelError, match=r"cannot be read .* remove it to start over"):
            Training(small(), RECIPE, checkpoint_path=tmp_path / "a")
