"""Weights over time, as they are written and as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.errors import UsageError
from gramophone.presets.weight_schedule import Morph


class TestMorph:
    def test_weights_move_along_straight_lines_and_stay_at_the_ends(self):
        morph = Morph.parse("2:1,0 4:1,3 8:0,5", styles=2)
        assert morph.at(0) == morph.at(2) == (1.0, 0.0)
        assert morph.at(3) == pytest.approx((0.625, 0.375))
        assert morph.at(4) == pytest.approx((0.25, 0.75))
        assert morph.at(6) == pytest.approx((0.125, 0.875))
        assert morph.at(8) == morph.at(1e9) == (0.0, 1.0)

    @given(st.floats(0, 100), st.lists(st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)), min_size=1, max_size=5))
    def test_weights_are_shares_at_any_time(self, time_s, weights):
        morph = Morph.of([(10.0 * place, pair) for place, pair in enumerate(weights)], styles=2)
        assert sum(morph.at(time_s)) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in morph.at(time_s))

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "must ascend"),
            ("0:1,0 0:0,1", "must ascend"),
            ("5:1,0 2:0,1", "must ascend"),
            ("-1:1,0", "must ascend"),
            ("0:1", r"do not fit 2 style\(s\)"),
            ("0:0,0", "not all 0"),
            ("0:1,-1", "the weights 1,-1 are invalid"),
            ("zero:1,0", "not a point in time"),
            ("0", "not a point in time"),
            ("0:a,b", "not a point in time"),
        ],
    )
    def test_what_is_no_morph_is_refused(self, text, sentence):
        with pytest.raises(UsageError, match=sentence):
            Morph.parse(text, styles=2)
