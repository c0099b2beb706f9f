"""One form of a request: flags, JSON, tables and Python make equal values, and each fault has one sentence."""

import csv
import functools
import inspect
import io
import json
import math
import subprocess
import sys
import types
from collections.abc import Sequence
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

import gramophone
from gramophone.batch.plan import columns
from gramophone.cli.app import REQUESTS as REQUEST_COMMANDS
from gramophone.cli.app import build
from gramophone.errors import UsageError
from gramophone.presets import PRESETS
from gramophone.presets.rivals import RIVALS
from gramophone.presets.weight_schedule import Morph
from gramophone.request import (
    REQUESTS,
    AnyRequest,
    StreamRequest,
    TextureRequest,
    TransferRequest,
    request_of,
)
from gramophone.request.base import NO_FLAGS
from gramophone.request.options import StreamOptions, TextureOptions, TransferOptions
from gramophone.request.refusals import column_of
from gramophone.settings import TRAINED_KINDS
from gramophone.study.grid import axis_names

NAMES = st.text("abcXYZ019 _.", min_size=1, max_size=9).filter(lambda name: name.strip() == name)
POSITIVE = st.floats(1e-6, 1e6) | st.integers(1, 1000).map(float)
SPANS_MS, CROSSOVERS_HZ = st.floats(1e-6, 10_000), st.floats(1e-6, 200_000)
WEIGHTS = st.floats(0, 1000) | st.integers(0, 100).map(float)
NETWORKED = sorted(name for name, jobs in PRESETS.items() if "texture" in jobs)
ONE_SPAN = {"huzaifah2019-2d", "huzaifah2019-cqt", "mital2017"}
FREE_COUNTS = {"ulyanov2016", "antognini2018", "grinstein2017", "mital2017", "barry2017", "chorowski2017"}
WITHOUT_A_DRAW = {"wyse2017", "mcdermott2011", "grinstein2017-auditory", "soundnet"}
NOT_NEGATIVE = st.none() | WEIGHTS


def weight_lists(count):
    return st.lists(POSITIVE, min_size=count, max_size=count)


@st.composite
def morphs(draw, count):
    times = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=4)))
    return " ".join(f"{time / 8}:{','.join(map(str, draw(weight_lists(count))))}" for time in times)


@st.composite
def common(draw, presets):
    styles = draw(st.lists(NAMES, min_size=1, max_size=3))
    preset = draw(st.sampled_from(presets))
    settings = PRESETS[preset]["texture"]
    values = {
        "styles": styles,
        "preset": preset,
        "iterations": draw(st.none() | st.integers(1, 5000)),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "device": draw(st.sampled_from([None, "cpu", "cuda", "cuda:1"])),
    }
    if settings.network.kind == "infinite":
        values["span_ms"] = draw(st.none() | st.lists(SPANS_MS, min_size=1, max_size=4))
    elif settings.network.kind in ONE_SPAN:
        values["span_ms"] = draw(st.none() | SPANS_MS.map(lambda span: [span]))
    if settings.network.kind in {"infinite", "random"}:
        values["scale"] = draw(st.sampled_from([None, "linear", "mel", "erb", "constant-q"]))
    if not settings.network.is_waveform_model:
        values |= {name: draw(NOT_NEGATIVE) for name in ("rhythm", "diversity", "time_energy", "frequency_energy")}
    return values


@st.composite
def style_choices(draw, values, *, whole):
    """How several styles become one: weights, a morph, or bands."""
    count = len(values["styles"])
    kinds = ["none", "weights", *(["morph"] if whole else []), *(["bands"] if count > 1 else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "bands":
        return {"crossover_hz": sorted(draw(st.sets(CROSSOVERS_HZ, min_size=count - 1, max_size=count - 1)))}
    chosen = {"mix": draw(st.sampled_from(["alternate", "blend"]))}
    if kind == "weights":
        chosen["weights"] = draw(weight_lists(count))
    return chosen | ({"morph": draw(morphs(count))} if kind == "morph" else {})


@st.composite
def textures(draw):
    values = draw(common(NETWORKED))
    values |= draw(style_choices(values, whole="stream" in PRESETS[values["preset"]]))
    if "morph" not in values:
        values["loop"] = draw(st.booleans())
    return {**values, "duration_s": draw(st.none() | POSITIVE)}


@st.composite
def streams(draw):
    values = draw(common(["infinite"]))
    return values | draw(style_choices(values, whole=True))


@st.composite
def conditions(draw, *, fast):
    names = st.lists(st.sampled_from(["melody", "words", "rhythm", "all"]), min_size=1)
    mode = draw(st.sampled_from(["", "no_copy", *(["fast"] if fast else [])]))
    return {
        "keep": draw(st.just("auto") | names | names.map(",".join)),
        "octave": draw(st.sampled_from([None, "auto"]) | st.integers(-4, 4)),
        "transpose_range": draw(st.integers(0, 36)),
        **({mode: True} if mode else {}),
    }


@st.composite
def transfers(draw):
    values = draw(common(NETWORKED))
    weights = draw(st.none() | weight_lists(len(values["styles"])))
    if draw(st.booleans()):
        values = {**values, "network": draw(st.sampled_from(TRAINED_KINDS)), "preset": "infinite"}
        for name in ("scale", "span_ms", "rhythm", "diversity", "time_energy", "frequency_energy"):
            values.pop(name, None)
    if "network" in values or PRESETS[values["preset"]]["transfer"].network.takes_weights:
        spans = values.get("span_ms") is not None and "network" not in values
        others = [] if spans else ["trained", "own weights, 2.safetensors"]
        source = draw(st.sampled_from([None, "random", *others]))
        weights = [*(weights or []), source] if source else weights
    if "network" in values or PRESETS[values["preset"]]["transfer"].transfer.content is not None:
        values["noise"] = draw(st.none() | st.floats(0, 1))
    if values["preset"] == "verma2018" and values.get("time_energy") != 0:
        values["envelopes"] = draw(st.sampled_from([None, "style", "content"]))
    if "network" not in values and values["preset"] == "infinite":
        for name in ("scale", "rhythm", "diversity", "time_energy", "frequency_energy"):
            values.pop(name, None)
        values |= draw(conditions(fast="iterations" not in values or values["iterations"] is None))
    settings = PRESETS[values["preset"]]["transfer"]
    if "network" in values or settings.has_strength:
        values["strength"] = draw(st.floats(0, 1))
    if values["preset"] in FREE_COUNTS:
        values["filters"] = draw(st.none() | st.integers(16, 5000))
    if values["preset"] in WITHOUT_A_DRAW:
        values.pop("seed")
    return {**values, "content": draw(NAMES), "weights": weights}


@st.composite
def rival_transfers(draw):
    preset = draw(st.sampled_from(sorted(RIVALS)))
    values = {
        "preset": preset,
        "content": draw(NAMES),
        "styles": draw(st.lists(NAMES, min_size=1, max_size=3)),
    }
    if preset in ("vocoder", "cross"):
        return {**values, "strength": draw(st.floats(0, 1))}
    return {**values, "seed": draw(st.integers(0, 2**63 - 1)), "iterations": draw(st.none() | st.integers(1, 100))}


ANY = st.one_of(
    rival_transfers().map(lambda values: (TransferRequest, values)),
    textures().map(lambda values: (TextureRequest, values)),
    transfers().map(lambda values: (TransferRequest, values)),
    streams().map(lambda values: (StreamRequest, values)),
)


@functools.cache
def command_line():
    return build()


def parsed(words):
    """The request that a command line makes."""
    assert words[0] == "gramophone"
    _, bound, _ = command_line().parse_args(words[1:], print_error=False, exit_on_error=False)
    return bound.arguments["request"]


def through_csv(cells):
    """A row written to a CSV file and read again: every value becomes a text."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(cells))
    writer.writeheader()
    writer.writerow(cells)
    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    return row


OPTIONS = {"texture": TextureOptions, "transfer": TransferOptions, "stream": StreamOptions}
OTHER_FORMS = {"weights": {str}, "morph": {Morph}, "keep": {Sequence[str]}}


def alternatives(hint):
    """The members of a union, or the type itself."""
    return set(get_args(hint)) if get_origin(hint) in {types.UnionType, Union} else {hint}


def sequence_of(hint):
    """A sequence in place of a tuple of any length."""
    return Sequence[get_args(hint)[0]] if get_origin(hint) is tuple else hint


class TestImports:
    def test_the_package_and_its_help_load_no_pydantic(self):
        code = (
            "import sys, gramophone; from gramophone.cli import main; main(['--help']); "
            "sys.exit(bool({'pydantic', 'torch'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class TestDescription:
    def test_every_field_is_described_and_has_limits_in_the_schema(self):
        for kind in REQUESTS.values():
            properties = kind.model_json_schema()["properties"]
            for name, field in kind.model_fields.items():
                assert field.description.endswith("."), name
                assert properties[name]["description"] == field.description
            assert properties["seed"] | {"minimum": 0, "maximum": 2**63 - 1} == properties["seed"]
        strength = TransferRequest.model_json_schema()["properties"]["strength"]
        assert (strength["minimum"], strength["maximum"], strength["default"]) == (0, 1, 0.6)

    def test_a_union_of_requests_is_told_apart_by_its_task(self):
        schema = TypeAdapter(AnyRequest).json_schema()
        assert set(schema["discriminator"]["mapping"]) == set(REQUESTS)

    def test_the_list_of_commands_says_what_the_commands_say(self):
        summaries = {name: build()[name].help.splitlines()[0] for name in REQUESTS}
        assert summaries == {name: said for name, said in REQUEST_COMMANDS.items() if name in REQUESTS}
        assert build()["pack"].help.splitlines()[0] == REQUEST_COMMANDS["pack"]


class TestTheSameRequest:
    @given(ANY)
    def test_from_python_json_and_http(self, made):
        kind, values = made
        request = kind(**values)
        assert request_of(json.loads(request.to_json())) == request
        assert (
            request_of({"task": kind.name, **{name: one for name, one in values.items() if one is not None}})
            == request
        )
        assert TypeAdapter(AnyRequest).validate_json(request.to_json()) == request

    @given(ANY)
    def test_from_the_command_line(self, made):
        kind, values = made
        request = kind(**values)
        assert parsed(request.command("out.wav")) == request

    @given(ANY)
    def test_from_cells_of_a_table(self, made):
        kind, values = made
        request = kind(**values)
        sounds = {name: getattr(request, name) for name in ("content", "styles") if hasattr(request, name)}
        cells = request.to_words()
        assert kind.from_words({**through_csv(cells), **sounds} if cells else sounds) == request

    @given(ANY)
    def test_from_typed_columns(self, made):
        """As Parquet, TOML and JSON lines have them: numbers, truth values, lists, and null."""
        kind, values = made
        fields = kind.model_fields
        columns = {column_of(name, fields[name]): value for name, value in values.items()}
        assert kind.from_words(columns) == kind(**values)

    @given(ANY)
    def test_is_a_value(self, made):
        kind, values = made
        request = kind(**values)
        assert hash(request) == hash(kind(**values))
        assert request.with_sounds(request.sounds) == request
        with pytest.raises(ValidationError, match="frozen"):
            request.seed = 1


class TestWeights:
    def test_are_split_once_into_those_of_styles_and_of_the_network(self):
        for said in ("2,1,random", ["2,1", "random"], ["random", 2, 1], ("random", "2", "1")):
            request = TransferRequest(content="c", styles=["a", "b"], network="wyse2017", weights=said)
            assert request.weights == (2.0, 1.0, "random")
            assert request.style_weights == (2.0, 1.0)
            assert request.network_weights == "random"

    def test_are_neither_by_default(self):
        request = TextureRequest(styles=["a"])
        assert (request.style_weights, request.network_weights) == (None, None)

    def test_may_be_a_file_whose_name_has_commas(self):
        request = TransferRequest(content="c", styles=["a"], network="wyse2017", weights="1,two, three.safetensors")
        assert request.weights == (1.0, "two, three.safetensors")


class TestLength:
    @pytest.mark.parametrize(
        ("values", "length_s", "is_long", "job"),
        [
            ({}, None, False, "texture"),
            ({"duration_s": 30}, 30, False, "texture"),
            ({"duration_s": 31}, 31, True, "stream"),
            ({"duration_s": 31, "loop": True}, 31, False, "texture"),
            ({"duration_s": 31, "preset": "ulyanov2016"}, 31, False, "texture"),
            ({"morph": "0:1 5:1"}, 5, True, "stream"),
            ({"morph": "0:1 5:1", "duration_s": 7}, 7, True, "stream"),
        ],
    )
    def test_says_whether_a_texture_is_made_in_blocks(self, values, length_s, is_long, job):
        request = TextureRequest(styles=["a"], **values)
        assert (request.length_s, request.is_long, request.job) == (length_s, is_long, job)

    def test_a_morph_made_in_python_is_the_text_of_it(self):
        morph = Morph.parse("0:1,0 2.5:1,3", 2)
        assert StreamRequest(styles=["a", "b"], morph=morph).schedule == morph


class TestSettings:
    def test_are_those_of_the_preset_with_what_was_changed(self):
        settings = TextureRequest(styles=["a"], iterations=7, scale="mel", span_ms=[50], rhythm=2).settings()
        assert (settings.optimiser.iterations, settings.resolution.scale) == (5, "mel")
        assert (settings.resolution.span_ms, settings.terms.rhythm) == ((50.0,), 2)
        assert TextureRequest(styles=["a"]).settings() == PRESETS["infinite"]["texture"]
        assert TextureRequest(styles=["a"], duration_s=99).settings() == PRESETS["infinite"]["stream"]

    def test_of_a_transfer_may_be_on_a_trained_network(self):
        request = TransferRequest(content="c", styles=["a"], network="wyse2017", weights="random", iterations=3)
        settings = request.settings()
        assert (settings.network.kind, settings.network.weights, settings.optimiser.iterations) == (
            "wyse2017",
            "random",
            3,
        )

    def test_of_a_published_system_start_from_noise_and_have_filters(self):
        request = TransferRequest(content="c", styles=["a"], preset="ulyanov2016", noise=0.25, filters=12)
        assert (request.settings().transfer.noise, request.settings().network.filters) == (0.25, 12)


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"strength": 1.3}, "strength must be between 0 and 1, not 1.3"),
            ({"strength": "x"}, "strength must be a number between 0 and 1, not 'x'"),
            ({"strength": math.nan}, "strength must be a finite number between 0 and 1, not nan"),
            ({"strength": True}, "strength must be a number between 0 and 1, not true"),
            ({"seed": 1.5}, f"seed must be an integer between 0 and {2**63 - 1}, not 1.5"),
            ({"seed": True}, f"seed must be an integer between 0 and {2**63 - 1}, not true"),
            ({"seed": -1}, f"seed must be between 0 and {2**63 - 1}, not -1"),
            ({"iterations": "2.5"}, "iterations must be an integer of at least 1, not 2.5"),
            ({"iterations": 0}, "iterations must be at least 1, not 0"),
            ({"rhythm": -1}, "rhythm must be at least 0, not -1"),
            ({"scale": "bark"}, "scale must be one of linear, mel, erb, constant-q, not 'bark'"),
            ({"preset": 5}, "preset must be text, not 5"),
            ({"preset": "loud"}, "there is no preset 'loud'; choose one of antognini2018, barry2017"),
            (
                {"span_ms": "20,x"},
                "span_ms must be lengths greater than 0 with commas between them, such as 20,80,320",
            ),
            ({"span_ms": [0]}, "such as 20,80,320, not 0"),
            ({"styles": []}, "styles must be names of recordings, at least one, not []"),
            ({"styles": None}, "a transfer needs 'styles'; name one recording or more"),
            ({"content": None}, "a transfer needs 'content'; name a recording"),
            ({"cake": 1}, "there is no option 'cake'; a transfer has content, styles, weights"),
            ({"duration": 1}, "there is no option 'duration'; a transfer has"),
            ({"duration_s": 1}, "a transfer takes no 'duration_s'; leave it out"),
            ({"loop": True}, "a transfer takes no 'loop'; leave it out"),
            ({"weights": [1, 2]}, "the weights 1,2 do not fit 1 style(s); give one number for each style"),
            ({"weights": [0]}, "the weights 0 are invalid; give numbers of 0 or more, not all 0"),
            ({"weights": [-1]}, "the weights -1 are invalid"),
            ({"weights": "x"}, "weights must be numbers of 0 or more, one for each style, such as 2,1, or trained"),
            ({"weights": [True]}, "weights must be numbers of 0 or more"),
            ({"weights": [math.inf]}, "weights must be numbers of 0 or more"),
            ({"weights": "random"}, "the weights random need a network; the preset 'infinite' has none"),
            ({"weights": ["random", "trained"], "network": "wyse2017"}, "one set of weights, not random and trained"),
            ({"network": "vgg19"}, "network must be one of wyse2017, huzaifah2019, "),
            ({"network": "wyse2017", "scale": "mel"}, "the network wyse2017 has a frequency scale of its own"),
            ({"network": "wyse2017", "rhythm": 1}, "the network wyse2017 has settings of its own; leave out rhythm"),
            ({"noise": 0.5}, "the preset 'infinite' has no share of noise"),
            ({"envelopes": "style"}, "the preset 'infinite' compares no envelopes"),
            ({"preset": "wyse2017", "scale": "mel"}, "has a frequency scale of its own"),
            ({"keep": "harmony"}, "keep must be auto, all, or some of melody, words, rhythm, not harmony"),
            ({"keep": "auto,words"}, "keep must be auto, all, or some of melody, words, rhythm, not auto"),
            ({"keep": ""}, "keep must be auto, all, or some of melody"),
            ({"keep": 5}, "keep must be text, not 5"),
            ({"octave": 5}, "octave must be between -4 and 4, not 5"),
            ({"octave": "up"}, "octave must be an integer between -4 and 4, not 'up'"),
            ({"transpose_range": 37}, "transpose_range must be between 0 and 36, not 37"),
            ({"fast": True, "no_copy": True}, "fast and no_copy exclude each other; leave out one of them"),
            ({"fast": True, "iterations": 3}, "the fast mode takes no optimiser steps; leave out fast or iterations"),
            ({"scale": "mel"}, "transfers of 'infinite' take no scale; leave it out, or choose infinite-deep"),
            ({"rhythm": 1}, "transfers of 'infinite' take no rhythm"),
            ({"preset": "wyse2017", "keep": "melody"}, "transfers of wyse2017 take no keep; leave it out"),
            ({"network": "wyse2017", "octave": 1, "fast": True}, "transfers of wyse2017 take no octave, fast"),
            ({"rhythm": 1001}, "rhythm must be at most 1000, not 1001"),
            ({"span_ms": [20, 10_001]}, "each value of span_ms must be at most 10000, not 10001"),
            ({"span_ms": [20] * 33}, "span_ms must have at most 32 values, not 33"),
            ({"weights": [1e308]}, "each value of weights must be at most 1000000, not 1e+308"),
            ({"weights": [1.0] * 5000}, "1,1... do not fit 1 style(s)"),
            ({"filters": 10**6}, "filters must be at most 100000, not 1000000"),
            ({"iterations": 10**10}, "iterations must be at most 1000000000, not 10000000000"),
            ({"content": "c" * 5000}, "content must have at most 4096 characters, not 5000"),
            ({"styles": ["a"] * 1001}, "styles must have at most 1000 values, not 1001"),
            ({"preset": "x" * 101}, "preset must have at most 100 characters, not 101"),
            ({"keep": ["melody"] * 99}, "keep must have at most 100 characters, not 692"),
            ({"preset": "mcdermott2011", "rhythm": 1}, "optimises the waveform alone and takes no rhythm"),
        ],
    )
    def test_of_transfers(self, values, said):
        with pytest.raises(UsageError) as caught:
            TransferRequest(**{"content": "c", "styles": ["a"], **values})
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"duration_s": 0}, "duration must be greater than 0, not 0"),
            ({"duration_s": "soon"}, "duration must be a number greater than 0, not 'soon'"),
            ({"duration_s": math.inf}, "duration must be a finite number greater than 0, not inf"),
            ({"loop": "perhaps"}, "loop must be true or false, not 'perhaps'"),
            ({"loop": True, "morph": "0:1 5:1"}, "a loop ends as it begins and cannot morph; leave out the loop"),
            ({"weights": [1], "morph": "0:1 5:1"}, "a morph sets the weights of the styles itself; leave out"),
            ({"morph": "soon"}, "'soon' in the morph 'soon' is not a point in time"),
            ({"morph": "0:1,2"}, "do not fit 1 style(s)"),
            ({"morph": "0:1"}, "the morph '0:1' ends at 0 s; give a duration, or a later last point"),
            ({"morph": "0:1 5:1", "preset": "ulyanov2016"}, "the preset 'ulyanov2016' makes no streams"),
            ({"crossover_hz": [200]}, "do not divide the spectrum among 1 style(s)"),
            (
                {"crossover_hz": [200], "styles": ["a", "b"], "mix": "blend"},
                "leave out weights, morph and mix",
            ),
            ({"morph": "0:1 " * 501}, "morph must have at most 2000 characters, not 2004"),
            ({"morph": "0:1 2e9:1"}, "the morph ends at 2e+09 s; it must end by 1e+09 s"),
            ({"duration_s": 2e9}, "duration must be at most 1000000000, not 2000000000"),
            ({"crossover_hz": [200_001], "styles": ["a", "b"]}, "must be at most 200000, not 200001"),
            ({"mix": "stir"}, "mix must be one of alternate, blend, not 'stir'"),
            ({"strength": 0.5}, "a texture takes no 'strength'; leave it out"),
        ],
    )
    def test_of_textures(self, values, said):
        with pytest.raises(UsageError) as caught:
            TextureRequest(**{"styles": ["a"], **values})
        assert said in str(caught.value)

    def test_of_a_preset_that_does_not_stream(self):
        with pytest.raises(UsageError, match="the preset 'ulyanov2016' makes no streams; choose infinite"):
            StreamRequest(styles=["a"], preset="ulyanov2016")

    @pytest.mark.parametrize("values", [[], "texture", None, {}, {"task": "dance"}, {"task": ["texture"]}])
    def test_of_what_is_no_request(self, values):
        with pytest.raises(
            UsageError, match=r"a request must be a JSON object|task must be one of texture, transfer"
        ):
            request_of(values)

    @pytest.mark.parametrize("words", [["--strength", "1.3"], ["--seed", "2.5"], ["--weights", "x"]])
    def test_are_the_same_from_the_command_line(self, words):
        with pytest.raises(UsageError) as python:
            TransferRequest(content="c", styles=["a"], **{words[0][2:]: words[1]})
        with pytest.raises(UsageError) as flags:
            parsed(["gramophone", "transfer", "c", "a", "-o", "b.wav", *words])
        assert str(flags.value) == str(python.value)

    @given(
        st.sampled_from(sorted(REQUESTS)),
        st.dictionaries(
            st.sampled_from(sorted({name for one in REQUESTS.values() for name in one.model_fields})),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
                max_leaves=6,
            ),
            max_size=5,
        ),
    )
    def test_are_usage_errors_whatever_is_sent(self, task, values):
        try:
            request = request_of({**values, "task": task})
        except UsageError:
            return
        assert request.styles


@pytest.mark.parametrize("task", REQUESTS)
class TestEveryFieldAppears:
    """A new option is a new field, and nothing else."""

    def fields(self, task):
        return {name: one for name, one in REQUESTS[task].model_fields.items() if name not in NO_FLAGS}

    def test_as_a_flag_with_its_description(self, task):
        arguments = build()[task].assemble_argument_collection()
        flags = {name: one for one in arguments if one.parse for name in one.names}
        for name, field in self.fields(task).items():
            argument = flags[f"--{column_of(name, field).replace('_', '-')}"]
            assert argument.field_info.help == field.description
            assert argument.field_info.default == field.default

    def test_as_a_column_of_plans(self, task):
        if task != "stream":
            assert {column_of(name, field) for name, field in self.fields(task).items()} < set(columns(task))

    def test_as_a_keyword_in_python(self, task):
        parameters = inspect.signature(getattr(gramophone, task)).parameters
        in_blocks = {"morph"} if task == "texture" else set()  # in Python a stream takes it
        for name, field in self.fields(task).items():
            assert name in in_blocks or parameters[name].default == field.default

    def test_as_a_typed_keyword(self, task):
        """Field by field: a sequence for each tuple, and whatever else the field reads."""
        options = get_type_hints(OPTIONS[task])
        fields = get_type_hints(REQUESTS[task])
        names = set(self.fields(task))
        assert set(options) == names
        for name in names:
            read = {sequence_of(one) for one in alternatives(fields[name])} | OTHER_FORMS.get(name, set())
            assert alternatives(options[name]) == read, name

    def test_as_an_axis_of_studies(self, task):
        if task == "transfer":
            names = {column_of(name, field) for name, field in self.fields(task).items()}
            assert names - set(axis_names()) == {"span_ms", "device"}
