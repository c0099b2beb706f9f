import torch

from gramophone.optim.objective import Objective, Term

TERMS = [
    Term("square", lambda x: x.square().sum()),
    Term("sum", lambda x: x.sum(), weight=0.5),
    Term("size", lambda x: x.abs().sum(), weight=0.0),
]


class TestObjective:
    def test_losses_are_named_and_without_their_weights(self):
        losses = Objective(TERMS).losses(torch.tensor([1.0, -3.0]))
        assert {name: float(value) for name, value in losses.items()} == {"square": 10, "sum": -2, "size": 4}

    def test_the_total_is_weighted(self):
        objective = Objective(TERMS)
        assert float(objective.total(objective.losses(torch.tensor([1.0, -3.0])))) == 9
        alone = Objective(TERMS[1:2])
        assert float(alone.total(alone.losses(torch.tensor([1.0, -3.0])))) == -1

    def test_gradients_are_weighted(self):
        x = torch.tensor([1.0, -3.0], requires_grad=True)
        objective = Objective(TERMS)
        objective.total(objective.losses(x)).backward()
        assert x.grad.tolist() == [2.5, -5.5]
