"""One request: the page's form, the HTTP API, Python and the flags have the same names, limits and refusals."""

import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone import api
from gramophone.errors import GramophoneError
from gramophone.networks.pretrained.packaged import shipped
from gramophone.presets import PRESETS
from gramophone.request import REQUESTS
from gramophone.request.transfer import CONDITION
from gramophone.web.config import Limits
from gramophone.web.errors import ApiError
from gramophone.web.form import form, form_fields
from gramophone.web.requests import (
    BODIES,
    NETWORKS,
    check_limits,
    offered_fields,
    read_body,
    request_in,
)

PRESETS_PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
VERBS = {"texture": api.texture, "transfer": api.transfer, "stream": api.stream}
CHANGES = ("span_ms", "rhythm", "diversity", "time_energy", "frequency_energy")
LEFT_OUT = {
    "texture": ("device", "network", "condition", "clamp"),
    "transfer": ("device", "noise", "envelopes", "filters", *CHANGES),
    "stream": ("device", "morph", "network", "condition", "clamp"),
}
EVERYTHING = {
    "transfer": {
        "content": "c",
        "strength": 0.25,
        "preset": "ulyanov2016",
        "seed": 7,
        "iterations": 9,
        "scale": "erb",
    },
    "texture": {
        "duration_s": 12.5,
        "mix": "blend",
        "loop": True,
        "seed": 7,
        "iterations": 9,
        "scale": "mel",
        "span_ms": [20, 80.5],
        "rhythm": 1,
        "diversity": 0.001,
        "time_energy": 2,
        "frequency_energy": 0.5,
    },
    "stream": {"seed": 7, "iterations": 9, "span_ms": [20], "scale": "linear"},
}
NET = {"task": "transfer", "styles": ["a"], "content": "c", "network": "wyse2017"}
MORPH = {"weights": None, "loop": None, "duration_s": None, "morph": "0:1,0 10.5:0.25,0.75"}
NETWORK = {"scale": None, "network": "verma2018", "preset": "infinite"}


def read(values, limits=None):
    body = read_body(values)
    check_limits(body, limits or Limits())
    return body


class TestBodies:
    @pytest.mark.parametrize("task", VERBS)
    def test_defaults_are_those_of_python(self, task):
        taken = inspect.signature(VERBS[task]).parameters
        for name, field in offered_fields(task).items():
            if name in taken and taken[name].default is not inspect.Parameter.empty:
                assert field.get_default() == taken[name].default, name

    @pytest.mark.parametrize(
        ("task", "more"),
        [
            *((task, {"weights": weights}) for task in VERBS for weights in (None, [2, 1])),
            ("texture", MORPH),
            ("transfer", {**NETWORK, "weights": ["random"]}),
            ("transfer", {**NETWORK, "weights": [2, 1, "trained"]}),
        ],
    )
    def test_a_body_is_the_request(self, task, more):
        """With everything that can be said, each value arrives."""
        values = {"task": task, "styles": ["a", "b"], **EVERYTHING[task], **more}
        given = {name: value for name, value in values.items() if value is not None}
        body = read(values)
        assert request_in(body) == REQUESTS[task].model_validate(given)
        assert request_in(body).given() == {name: value for name, value in given.items() if value != "infinite"}
        assert read_body(body.given()) == body

    def test_a_job_to_go_on_from_is_no_part_of_the_request(self):
        body = read({"task": "texture", "styles": ["a"], "begun": "b"})
        assert body.begun == "b"
        assert request_in(body) == request_in(read({"task": "texture", "styles": ["a"]}))

    def test_nulls_and_defaults_of_other_tasks_say_nothing(self):
        plain = {"task": "texture", "styles": ["a"]}
        assert read({**plain, "strength": 0.6, "content": None, "scale": None, "network": None}) == read(plain)


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ([], "JSON object"),
            ({"task": "texture"}, "needs 'styles'"),
            ({"task": "texture", "styles": []}, "needs 'styles'"),
            ({"task": "dance", "styles": ["a"]}, "must be one of"),
            ({"task": "texture", "styles": "a"}, "names of recordings"),
            ({"task": "texture", "styles": ["a"] * 9}, "too many"),
            ({"task": "texture", "styles": ["a"], "strength": 0.5}, "takes no 'strength'"),
            ({"task": "texture", "styles": ["a"], "cake": 1}, "there is no 'cake'"),
            ({"task": "texture", "styles": ["a"], "device": "cuda:7"}, "there is no 'device'"),
            ({"task": "texture", "styles": ["a"], "seed": 1.5}, "must be an integer"),
            ({"task": "texture", "styles": ["a"], "seed": True}, "must be an integer"),
            ({"task": "texture", "styles": ["a"], "duration_s": 1e9}, "the limit here is 600 s"),
            ({"task": "texture", "styles": ["a"], "duration_s": 0.01}, "too short"),
            ({"task": "texture", "styles": ["a"], "duration_s": float("nan")}, "must be a finite number"),
            ({"task": "texture", "styles": ["a", "b"], "weights": [0, 0]}, "not all 0"),
            ({"task": "texture", "styles": ["a", "b"], "weights": [1]}, "one number for each style"),
            ({"task": "texture", "styles": ["a"], "iterations": 10**9}, "must be between 1 and 2000"),
            ({"task": "texture", "styles": ["a"], "span_ms": [20] * 33}, "at most 32"),
            ({"task": "transfer", "styles": ["a"]}, "needs 'content'"),
            ({"task": "texture", "styles": ["a", "b"], "crossover_hz": [9, 5]}, "do not divide"),
            ({"task": "stream", "styles": ["a"], "preset": "ulyanov2016"}, "makes no streams"),
            ({"task": "stream", "styles": ["a"], "morph": "0:1 9:1"}, "takes no 'morph'"),
            ({"task": "texture", "styles": ["a"], "loop": True, "duration_s": 61}, "the limit here is 60 s"),
            (
                {"task": "texture", "styles": ["a"], "duration_s": 61, "preset": "ulyanov2016"},
                "the limit here is 60 s",
            ),
            ({"task": "texture", "styles": ["a"], "duration_s": 31, "begun": "b"}, "starts from noise"),
            ({"task": "texture", "styles": ["a", "b"], "morph": "0:1,0 700:0,1"}, "the limit here is 600 s"),
            ({"task": "texture", "styles": ["a", "b"], "morph": "0:1,0"}, "ends at 0 s"),
            ({"task": "texture", "styles": ["a"], "morph": "0:1,0 9:0,1"}, "do not fit 1 style"),
            ({"task": "texture", "styles": ["a"], "morph": "soon"}, "not a point in time"),
            ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "loop": True}, "cannot morph"),
            ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "weights": [1]}, "leave out the weights"),
            ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "preset": "ulyanov2016"}, "makes no streams"),
            ({"task": "texture", "styles": ["a"], "network": "wyse2017"}, "takes no 'network'"),
            ({"task": "transfer", "styles": ["a"], "content": "c", "weights": "random"}, "need a network"),
            ({"task": "transfer", "styles": ["a"], "content": "c", "network": "vgg19"}, "must be one of"),
            ({"task": "transfer", "styles": ["a"], "content": "c", "network": "huzaifah2019-2d"}, "must be one of"),
            ({"task": "transfer", "styles": ["a"], "content": "c", "rhythm": 1}, "takes no 'rhythm'"),
            ({**NET, "scale": "mel"}, "scale of its own"),
            ({**NET, "weights": ["random", "trained"]}, "leave out one"),
            ({**NET, "weights": ["/etc/passwd.safetensors"]}, "trained or random"),
        ],
    )
    def test_what_is_invalid_is_refused_in_words(self, values, said):
        with pytest.raises((ApiError, GramophoneError)) as error:
            read(values)
        assert said in str(error.value)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from([f.name for f in form_fields(Limits())]), inner, max_size=5)
            ),
            max_leaves=12,
        ),
        st.none() | st.sampled_from(list(BODIES)),
    )
    def test_no_body_breaks_the_checks(self, values, task):
        if isinstance(values, dict) and task is not None:
            values = {**values, "task": task, "styles": values.get("styles") or ["a"]}
        try:
            body = read(values)
        except (ApiError, GramophoneError):
            return
        assert body.styles


class TestForm:
    """What the page shows is read off the requests."""

    @pytest.mark.parametrize("task", REQUESTS)
    def test_it_has_every_field_of_the_request_that_is_offered(self, task):
        shown = {field.name for field in form_fields(Limits()) if task in field.tasks}
        assert shown == {*REQUESTS[task].model_fields, *BODIES[task].model_fields} - {*LEFT_OUT[task]}
        assert set(LEFT_OUT[task]) <= set(REQUESTS[task].model_fields)

    def test_it_has_what_a_transfer_keeps_of_its_content(self):
        fields = {field.name: field for field in form_fields(Limits())}
        for name in CONDITION:
            assert fields[name].tasks == ("transfer",)
        assert fields["keep"].choices[:3] == ("auto", "melody", "words")
        for keep in fields["keep"].choices:
            assert read({"task": "transfer", "styles": ["a"], "content": "c", "keep": keep}).keep == keep

    def test_it_has_the_defaults_and_choices_of_the_requests(self):
        for field in form_fields(Limits()):
            for task in field.tasks:
                default = offered_fields(task)[field.name].get_default()
                assert field.name in ("task", "styles", "content") or field.default == default
        choices = {field.name: field.choices for field in form_fields(Limits())}
        assert choices["preset"] == tuple(PRESETS)
        assert choices["task"] == tuple(REQUESTS)
        assert choices["network"] == NETWORKS

    def test_networks_are_those_of_the_package(self):
        # Others have no weights that the page could offer; soundnet is a preset.
        assert set(NETWORKS) == set(shipped()) - {"soundnet"}

    def test_every_field_has_words_and_fits_its_own_limits(self):
        for field in form_fields(Limits()):
            assert len(field.help) > 10
            if isinstance(field.default, int | float) and not isinstance(field.default, bool):
                assert field.bounds.least <= field.default <= field.bounds.most

    def test_presets_cost_what_is_measured(self):
        rows = re.findall(r"^\| `([\w-]+)` \| \d+ \| ([\d.]+) (s|min) \|", PRESETS_PAGE.read_text(), re.MULTILINE)
        measured = {name: float(time) * (60 if unit == "min" else 1) for name, time, unit in rows}
        costs = {one.name: one.cost_s for one in form(Limits()).presets}
        assert len(measured) > 15
        assert {name: costs[name] for name in measured} == pytest.approx(measured)

    def test_it_has_the_limits_of_the_studio(self):
        found = {field.name: field.bounds for field in form(Limits(iterations=7, duration_s=8.0)).fields}
        assert found["iterations"].most == 7
        assert found["duration_s"].most == 8
        assert found["weights"].words == ("trained", "random")
