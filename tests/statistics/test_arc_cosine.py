import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics.arc_cosine import arc_cosine, kernel, mean_square_kernel, replace_by_gradient
from gramophone.statistics.workspace import Workspace


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class TestArcCosine:
    @pytest.mark.parametrize(
        ("cosine", "value"), [(1.0, math.pi), (0.0, 1.0), (-1.0, 0.0), (1.1, math.pi), (-1.1, 0.0)]
    )
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_values_at_known_angles(self, cosine, value, dtype):
        found = arc_cosine(torch.tensor([cosine], dtype=dtype))
        assert found.dtype == dtype
        assert float(found) == pytest.approx(value, abs=1e-6)

    @pytest.mark.parametrize(("cosine", "slope"), [(1.0, math.pi), (-1.0, 0.0), (0.0, math.pi / 2)])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_the_gradient_is_finite_at_the_ends(self, cosine, slope, dtype):
        x = torch.tensor([cosine], dtype=dtype, requires_grad=True)
        arc_cosine(x).sum().backward()
        assert float(x.grad) == pytest.approx(slope, abs=1e-6)

    def test_gradient_between_the_ends(self):
        x = torch.linspace(-0.99, 0.99, 41, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(arc_cosine, (x,))


class TestKernel:
    @given(st.integers(0, 999), st.integers(1, 8))
    def test_the_kernel_is_the_formula(self, oracle, seed, size):
        p, q = random(size, seed=seed), random(size, seed=seed + 1000)
        found = float(kernel(p @ q, p.norm(), q.norm()))
        assert found == pytest.approx(oracle.arc_cosine(p.numpy(), q.numpy()), rel=1e-10, abs=1e-12)

    def test_the_kernel_is_what_random_filters_see(self):
        p, q = random(5, seed=3), 2 * random(5, seed=4) + random(5, seed=3)
        filters = random(400_000, 5, seed=5)
        products = torch.relu(filters @ p) * torch.relu(filters @ q)
        error = float(products.std()) / math.sqrt(len(products))
        found = float(kernel(p @ q, p.norm(), q.norm()))
        assert error < 0.01 * found
        assert found == pytest.approx(float(products.mean()), abs=4 * error)

    def test_gradient_of_the_kernel(self):
        p, q = random(4, 6, seed=1).requires_grad_(), random(4, 6, seed=2).requires_grad_()
        assert torch.autograd.gradcheck(lambda p, q: kernel((p * q).sum(1), p.norm(dim=1), q.norm(dim=1)), (p, q))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_silence_has_no_direction(self, dtype):
        zero, one = torch.zeros(1, dtype=dtype), torch.ones(1, dtype=dtype)
        assert float(kernel(zero, zero, one)) == 0
        assert float(kernel(zero, zero, zero)) == 0


class TestMeanSquareKernel:
    @pytest.mark.parametrize("elements", [1, 20, 1 << 17])
    def test_mean_square_over_pairs_in_strips(self, elements):
        p, q = random(7, 4, seed=1), random(9, 4, seed=2)
        found = mean_square_kernel(p @ q.T, p.norm(dim=1), q.norm(dim=1), elements)
        slow = [float(kernel(a @ b, a.norm(), b.norm())) ** 2 for a in p for b in q]
        assert float(found) == pytest.approx(sum(slow) / len(slow), rel=1e-12)

    @pytest.mark.parametrize("elements", [1, 20, 1 << 17])
    def test_closed_gradient_against_autograd(self, elements):
        p, q = random(7, 4, seed=1), random(9, 4, seed=2)
        inner = (p @ q.T).requires_grad_()
        energy_p = p.square().sum(1).requires_grad_()
        norm_q = q.norm(dim=1)
        weights = random(9, seed=3)
        energy = (kernel(inner, energy_p.sqrt()[:, None], norm_q[None]).square() @ weights).sum()
        by_inner, by_energy = torch.autograd.grad(energy, [inner, energy_p])
        work = inner.detach().clone()
        found = replace_by_gradient(
            work, energy_p.detach().sqrt(), norm_q, weights, Workspace(strip_elements=elements)
        )
        torch.testing.assert_close(work, by_inner, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(found, by_energy, rtol=1e-9, atol=1e-12)
