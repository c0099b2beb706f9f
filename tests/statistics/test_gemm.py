"""Both ways of multiplying are the same product."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gramophone.statistics.gemm import add_weighted_sums, inner_products, upper_inner_products


def random(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class TestInnerProducts:
    @given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
    def test_inner_products_in_single_precision_are_those_in_double(self, rows, features, columns, seed):
        x, y = random(rows, features, seed=seed), random(columns, features, seed=seed + 100)
        expected = x.double() @ y.double().T
        torch.testing.assert_close(inner_products(x, y).double(), expected, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(inner_products(x.double(), y.double()), expected)

    def test_parts_of_rows_and_of_columns_are_multiplied_as_well(self):
        x, y = random(20, 9, seed=4), random(9, 30, seed=5)
        torch.testing.assert_close(inner_products(x[2:7], y[:, 3:25].T), x[2:7] @ y[:, 3:25])
        torch.testing.assert_close(inner_products(x[:, 1:4], y[4:7].T.contiguous()), x[:, 1:4] @ y[4:7])


class TestUpperInnerProducts:
    @given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
    def test_they_are_right_on_and_above_the_diagonal(self, rows, features, seed):
        x = random(rows, features, seed=seed)
        found = upper_inner_products(x)
        assert found.shape == (rows, rows)
        torch.testing.assert_close(found.triu(), (x @ x.T).triu(), rtol=1e-5, atol=1e-5)


class TestWeightedSums:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_sums_are_added_to_a_part_of_an_array(self, dtype):
        total = random(9, 5, seed=1).to(dtype)
        before = total.clone()
        y, weights = random(7, 5, seed=2).to(dtype), random(4, 7, seed=3).to(dtype)
        add_weighted_sums(total[2:6], y, weights)
        torch.testing.assert_close(total[2:6], before[2:6] + weights @ y)
        torch.testing.assert_close(total[[0, 1, 6, 7, 8]], before[[0, 1, 6, 7, 8]])
