"""Conditions: what a column means, and which values were trained."""

import numpy as np
import pytest

from gramophone.errors import UsageError
from gramophone.raw.conditions import Condition, condition_of, vector

AMOUNT = Condition("amount", low=0.5, high=2.5)
SORT = Condition("sort", ("fire", "rain"))


class TestColumns:
    def test_numbers_have_a_range_and_other_words_are_classes(self):
        assert condition_of("amount", ["2.5", "0.5", "1"]) == AMOUNT
        assert condition_of("sort", ["rain", "fire", "rain"]) == SORT
        assert condition_of("mixed", ["1", "fire"]).classes == ("1", "fire")
        assert condition_of("odd", ["1", "nan"]).classes == ("1", "nan")

    def test_a_model_is_given_the_range_as_minus_one_to_one(self):
        assert vector((SORT, AMOUNT), {"sort": "rain", "amount": 0.5}).tolist() == [0, 1, -1]
        assert vector((SORT, AMOUNT), {"sort": "fire", "amount": 1.5}).tolist() == [1, 0, 0]
        assert vector((AMOUNT,), {"amount": 2.5}).dtype == np.float32


class TestChecks:
    @pytest.mark.parametrize(("value", "found"), [(0.5, 0.5), ("1.25", 1.25), (2.5, 2.5)])
    def test_what_was_trained_is_taken(self, value, found):
        assert AMOUNT.checked(value) == found

    @pytest.mark.parametrize(("value", "found"), [(-3, 0.5), ("9", 2.5), (1, 1)])
    def test_clamping_takes_the_nearest_end(self, value, found):
        assert AMOUNT.checked(value, clamp=True) == found

    @pytest.mark.parametrize(
        ("condition", "value", "said"),
        [
            (AMOUNT, 3, "amount was trained from 0.5 to 2.5, not at 3; give a value in that range, or add --clamp"),
            (AMOUNT, "much", "amount must be from 0.5 to 2.5, not 'much'"),
            (AMOUNT, float("nan"), "not at nan"),
            (SORT, "snow", "sort must be one of fire, rain, not 'snow'"),
            (SORT, 3, "not '3'"),
        ],
    )
    def test_others_are_refused_with_what_was_trained(self, condition, value, said):
        with pytest.raises(UsageError, match=said):
            condition.checked(value)

    def test_the_middle_is_taken_where_nothing_is_asked(self):
        assert (AMOUNT.middle, SORT.middle) == (1.5, "fire")
