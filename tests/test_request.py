"""One form of a request: flags, JSON, tables and Python make equal values, and each fault has one sentence."""

import csv
import functools
import inspect
import io
import json
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

    @pytest.mark.parametrize("words", [["--strength", "1.3"], ["--seed", "2.5"], ["--weights", "x"]])
    def test_refusals_are_the_same_from_the_command_line(self, words):
        with pytest.raises(UsageError) as python:
            TransferRequest(content="c", styles=["a"], **{words[0][2:]: words[1]})
        with pytest.raises(UsageError) as flags:
            parsed(["gramophone", "transfer", "c", "a", "-o", "b.wav", *words])
        assert str(flags.value) == str(python.value)


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
