"""Problems solved together do what each does alone."""

import pytest
import torch

from gramophone.optim.batched_lbfgs import optimise_batched
from gramophone.optim.minimise import optimise
from gramophone.optim.objective import Objective, Term
from gramophone.settings import OptimiserSettings

ITEMS = 4


def rosenbrock(x):
    """Of each row; hard for line searches."""
    return (100 * (x[..., 1:] - x[..., :-1].square()).square() + (1 - x[..., :-1]).square()).sum(-1)


def rough(x):
    return (x.square() + 2 * (3 * x).cos()).sum(-1)


def bowls(x):
    """Of very different curvature by item."""
    return (x.square() * torch.logspace(-4, 4, x.shape[-1], dtype=x.dtype)).sum(-1)


def start(seed=0, numbers=6):
    scales = torch.tensor([0.1, 1.0, 3.0, 30.0], dtype=torch.float64)
    made = torch.randn((ITEMS, numbers), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return made * scales[:, None]


class TestOptimiseBatched:
    @pytest.mark.parametrize("function", [rosenbrock, rough, bowls])
    @pytest.mark.parametrize(
        "settings", [OptimiserSettings(iterations=25, patience=0, history=5), OptimiserSettings()]
    )
    def test_each_item_goes_its_own_way(self, function, settings):
        x = start()
        together = optimise_batched(
            lambda x: torch.stack([function(x), 2 * function(x)]), torch.tensor([1.0, 0.5]).double(), x, settings
        )
        assert together.is_good.all()
        for item in range(ITEMS):
            objective = Objective([Term("one", function), Term("two", lambda x: 2 * function(x), 0.5)])
            alone = list(optimise(objective, x[item], settings))
            totals = together.totals[: together.steps[item], item]
            common = min(len(totals), len(alone))
            expected = torch.tensor([step.total for step in alone], dtype=torch.float64)
            # At the bottom searches decide by the last digits.
            torch.testing.assert_close(totals[: min(common, 8)], expected[: min(common, 8)], rtol=1e-5, atol=1e-8)
            torch.testing.assert_close(totals[common - 1], expected[common - 1], rtol=1e-3, atol=1e-6)
            torch.testing.assert_close(together.values[0, 1, item], 2 * together.values[0, 0, item])

    def test_an_item_that_breaks_down_stays_at_its_last_good_place(self):
        def losses(x):
            value = x.square().sum(1)
            return torch.where(x[:, 0] < 0.5, torch.nan, value)[None]

        x = torch.tensor([[3.0, 1.0], [0.7, 1.0]])
        poles = torch.tensor([2.0, 0.0])
        found = optimise_batched(
            lambda x: losses(x + poles[:, None]), torch.ones(1), x - poles[:, None], OptimiserSettings()
        )
        assert found.is_good.tolist() == [False, False]
        assert found.variables.isfinite().all()
        assert ((found.variables + poles[:, None])[:, 0] >= 0.5).all()

    def test_a_start_without_gradient_ends_at_once(self):
        x = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
        found = optimise_batched(
            lambda x: x.square().sum(1)[None], torch.ones(1), x, OptimiserSettings(iterations=20)
        )
        assert found.steps[0] == 0
        assert found.steps[1] > 0
        torch.testing.assert_close(found.variables, torch.zeros(2, 2), atol=1e-4, rtol=0)

    def test_another_method_is_refused(self):
        with pytest.raises(ValueError, match="not adam"):
            optimise_batched(
                lambda x: x.square().sum(1)[None], torch.ones(1), torch.ones(1, 1), OptimiserSettings("adam")
            )
