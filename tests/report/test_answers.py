"""Answers of listening tests: means, confidence intervals, screening, and tables that are none."""

import pytest

from gramophone.errors import InputError
from gramophone.report.answers import Answer, outcome, read_answers
from gramophone.report.trials import ANCHOR, HIDDEN


def answers(ratings, listener="anna", hidden=100):
    """Of one system by trial, with the hidden reference and the anchor."""
    return [
        Answer(listener, f"t{place}", system, value)
        for place, rating in enumerate(ratings)
        for system, value in (("a", rating), (HIDDEN, hidden), (ANCHOR, 20))
    ]


def by_name(found):
    return {one.system: one for one in found.systems}


class TestMeans:
    def test_intervals_are_over_listeners_each_of_whom_counts_once(self):
        found = outcome([*answers([40, 50], "anna"), *answers([70], "ben"), *answers([60, 60, 60], "cleo")])
        system = by_name(found)["a"]
        assert found.unit == "listeners"
        assert system.mean == pytest.approx((45 + 70 + 60) / 3)
        # t of 0.975 with 2 degrees of freedom is 4.303; the standard deviation of 45, 70, 60 is 12.583.
        assert system.half_width == pytest.approx(4.3027 * 12.5831 / 3**0.5, rel=1e-4)
        assert (system.ratings, system.listeners) == (6, 3)

    def test_of_a_single_listener_they_are_over_trials(self):
        found = outcome(answers([40, 60]))
        assert found.unit == "trials"
        assert by_name(found)["a"].half_width == pytest.approx(12.7062 * 14.1421 / 2**0.5, rel=1e-4)

    def test_a_single_rating_has_no_interval(self):
        assert by_name(outcome(answers([40])))["a"].half_width is None

    def test_the_best_comes_first(self):
        assert [one.system for one in outcome(answers([40, 60])).systems] == [HIDDEN, "a", ANCHOR]


class TestScreening:
    def test_who_does_not_recognise_the_reference_is_left_out(self):
        good, bad = answers([40] * 7, "anna"), answers([90] * 7, "ben", hidden=60)
        found = outcome([*good, *bad])
        assert by_name(found)["a"].mean == 40
        assert found.left_out == ("ben",)

    def test_once_in_seven_is_forgiven_and_twice_is_not(self):
        once = [*answers([40] * 6), *answers([40], hidden=50)]
        assert outcome(once).left_out == ()
        twice = [*answers([40] * 5), *answers([40] * 2, hidden=50)]
        with pytest.raises(InputError, match=r"all 1 listener\(s\) rated the hidden reference below 90 too often"):
            outcome(twice)


class TestFiles:
    def write(self, path, text):
        path.write_text(text, encoding="utf-8")
        return path

    def test_a_file_of_the_page(self, tmp_path):
        head = "listener,trial,system,rating,position,plays\n"
        one = self.write(tmp_path / "a.csv", f'{head}anna,"voice, made of rain",default,80,1,3\n')
        two = self.write(tmp_path / "b.csv", f"{head}anna,x,default,60,2,1\n")
        first, second = read_answers([one, two])
        assert (first.trial, first.system, first.rating) == ("voice, made of rain", "default", 80)
        assert first.listener != second.listener

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", r"lacks the column\(s\) listener, trial, system, rating"),
            ("listener,trial,system\na,b,c\n", r"lacks the column\(s\) rating"),
            ("listener,trial,system,rating\n", "holds no answers"),
            ("listener,trial,system,rating\na,b,c,101\n", "line 2: the rating must be between 0 and 100, not '101'"),
            ("listener,trial,system,rating\na,b,c,nan\n", "not 'nan'; correct it"),
            ("listener,trial,system,rating\na,b,c,\n", "not ''; correct it"),
            ("listener,trial,system,rating\na,b\n", "line 2: the rating must be between 0 and 100, not None"),
            ('listener,trial,system,rating\n"a,b\n', "is not a table of answers"),
        ],
    )
    def test_what_is_no_table_of_answers(self, tmp_path, text, said):
        with pytest.raises(InputError, match=said):
            read_answers([self.write(tmp_path / "a.csv", text)])

    def test_bytes_that_are_no_text_and_no_file(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(InputError, match="is not a table of answers"):
            read_answers([tmp_path / "a.csv"])
        with pytest.raises(InputError, match="cannot be read: No such file"):
            read_answers([tmp_path / "none.csv"])
