"""One description: the page's form, the API, Python and the flags have the same names and limits."""

import inspect
import json
import typing
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone import api
from gramophone.cli.app import build
from gramophone.errors import GramophoneError
from gramophone.networks.pretrained.packaged import shipped
from gramophone.presets import PRESETS, Changes
from gramophone.request.values import SOURCES
from gramophone.web.config import Limits
from gramophone.web.errors import ApiError
from gramophone.web.openapi import openapi, order_schema
from gramophone.web.orders import NetworkName, PresetName, command_of, order_fields, read_order
from gramophone.web.routes import ENDPOINTS

VERBS = {"texture": api.texture, "transfer": api.transfer, "stream": api.stream}
OWN = {"task", "styles", "begun"}  # said otherwise in Python: by the verb, and by sounds in place of names
# In Python a texture that morphs is a stream; a stream of the page is morphed by hand.
# `noise` and `envelopes` are for studies.
ELSEWHERE = {"style", "device", "on_step", "morph", "changes", "noise", "envelopes"}
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


@pytest.mark.parametrize("task", VERBS)
def test_names_are_those_of_python(task):
    known = {field.name for field in order_fields() if task in field.tasks and not field.is_change} - OWN
    known -= {"morph"}
    taken = set(inspect.signature(VERBS[task]).parameters) - ELSEWHERE
    assert known == taken - ({"crossover_hz", "mix"} if task == "transfer" else set())
    assert {field.name for field in order_fields() if field.is_change} == set(typing.get_type_hints(Changes))


def test_presets_and_networks_are_those_that_there_are():
    assert set(typing.get_args(PresetName)) == set(PRESETS)
    assert set(typing.get_args(NetworkName)) == set(shipped())  # others have no weights that the page could offer
    (weights,) = (field.bounds.words for field in order_fields() if field.name == "weights")
    assert weights == SOURCES


def test_defaults_are_those_of_python():
    for field in order_fields():
        for task in field.tasks:
            parameter = inspect.signature(VERBS[task]).parameters.get(field.name)
            if parameter is not None and parameter.default is not inspect.Parameter.empty:
                assert field.default == parameter.default, field.name


NET = {"task": "transfer", "styles": ["a"], "content": "c", "network": "wyse2017"}
MORPH = {"weights": None, "loop": None, "duration_s": None, "morph": "0:1,0 10.5:0.25,0.75"}
NETWORK = {"scale": None, "network": "verma2018", "preset": "infinite"}


@pytest.mark.parametrize(
    ("task", "more"),
    [
        *((task, {"weights": weights}) for task in VERBS for weights in (None, [2, 1])),
        ("texture", MORPH),
        ("transfer", {**NETWORK, "weights": ["random"]}),
        ("transfer", {**NETWORK, "weights": [2, 1, "trained"]}),
    ],
)
def test_the_command_line_understands_the_same(task, more):
    """With everything that can be said, each flag arrives with its value."""
    values = {"task": task, "styles": ["a", "b"], **EVERYTHING[task], **more}
    words = command_of(*read_order(values, Limits()), ["a.wav", "b.wav"])
    command, bound, _ = build().parse_args(words[1:], print_error=False, exit_on_error=False)
    assert command.__name__ == task
    given = dict(bound.arguments)
    for group in ("options", "shape"):
        given.update(vars(given.pop(group, SimpleNamespace())))
    given.setdefault("weights", given.pop("said", None))
    given["duration_s"] = given.pop("duration", None)
    for name, value in values.items():
        if name not in (*OWN, "content") and value is not None:
            found = given[name]
            assert (list(found) if isinstance(found, tuple) else found) == value, name


def test_every_field_has_words_and_fits_its_own_limits():
    for field in order_fields():
        assert len(field.help) > 10
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert field.bounds.least <= field.default <= field.bounds.most


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "JSON object"),
        ({"task": "texture"}, "needs 'styles'"),
        ({"task": "dance", "styles": ["a"]}, "must be one of"),
        ({"task": "texture", "styles": "a"}, "must be a list"),
        ({"task": "texture", "styles": ["a"] * 9}, "too many"),
        ({"task": "texture", "styles": ["a"], "strength": 0.5}, "takes no 'strength'"),
        ({"task": "texture", "styles": ["a"], "cake": 1}, "there is no 'cake'"),
        ({"task": "texture", "styles": ["a"], "seed": 1.5}, "must be a integer"),
        ({"task": "texture", "styles": ["a"], "seed": True}, "must be a integer"),
        ({"task": "texture", "styles": ["a"], "duration_s": 1e9}, "must be from"),
        ({"task": "texture", "styles": ["a"], "duration_s": float("nan")}, "must be from"),
        ({"task": "texture", "styles": ["a", "b"], "weights": [0, 0]}, "do not fit"),
        ({"task": "texture", "styles": ["a"], "iterations": 10**9}, "must be from 1 to 2000"),
        ({"task": "transfer", "styles": ["a"]}, "needs 'content'"),
        ({"task": "texture", "styles": ["a", "b"], "crossover_hz": [9, 5]}, "do not divide"),
        ({"task": "stream", "styles": ["a"], "preset": "ulyanov2016"}, "cannot stream"),
        ({"task": "texture", "styles": ["a"], "loop": True, "duration_s": 61}, "the limit here is 60 s"),
        ({"task": "texture", "styles": ["a"], "duration_s": 61, "preset": "ulyanov2016"}, "the limit here is 60 s"),
        ({"task": "texture", "styles": ["a"], "duration_s": 31, "begun": "b"}, "begins anew"),
        ({"task": "texture", "styles": ["a", "b"], "morph": "0:1,0 700:0,1"}, "the limit here is 600 s"),
        ({"task": "texture", "styles": ["a", "b"], "morph": "0:1,0"}, "too short"),
        ({"task": "texture", "styles": ["a"], "morph": "0:1,0 9:0,1"}, "do not fit 1 style"),
        ({"task": "texture", "styles": ["a"], "morph": "soon"}, "no point in time"),
        ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "loop": True}, "cannot morph"),
        ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "weights": [1]}, "leave out 'weights'"),
        ({"task": "texture", "styles": ["a"], "morph": "0:1 9:1", "preset": "ulyanov2016"}, "cannot stream"),
        ({"task": "texture", "styles": ["a"], "network": "wyse2017"}, "takes no 'network'"),
        ({"task": "transfer", "styles": ["a"], "content": "c", "weights": "random"}, "need a network"),
        ({"task": "transfer", "styles": ["a"], "content": "c", "network": "vgg19"}, "must be one of"),
        ({**NET, "scale": "mel"}, "scale of its own"),
        ({**NET, "weights": ["random", "trained"]}, "leave out one"),
        ({**NET, "weights": ["/etc/passwd.safetensors"]}, "must be a "),
    ],
)
def test_what_cannot_be_is_refused_in_words(values, said):
    with pytest.raises((ApiError, GramophoneError)) as error:
        read_order(values, Limits())
    assert said in str(error.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([f.name for f in order_fields()]), inner, max_size=5)
        ),
        max_leaves=12,
    )
)
def test_no_order_breaks_the_checks(values):
    try:
        order, _ = read_order(values, Limits())
    except (ApiError, GramophoneError):
        return
    assert order.styles


def test_the_document_describes_every_route():
    document = openapi(ENDPOINTS)
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(one.method, one.path) for one in ENDPOINTS}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert "403" in operation["responses"]
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    json.dumps(document, allow_nan=False)


def test_the_document_knows_every_field():
    assert set(order_schema()["properties"]) == {field.name for field in order_fields()}
