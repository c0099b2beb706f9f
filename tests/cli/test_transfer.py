"""`gramophone transfer` makes what it says, and has the options of the library."""

import inspect

import pytest
import soundfile

from gramophone import api
from gramophone.cli.app import build
from gramophone.runs.run_record import read_record

FACE = {"output", "takes", "each", "play", "report", "overwrite", "quiet", "json"}


def options_of(command):
    arguments = build()[command].assemble_argument_collection()
    names = {name for argument in arguments if argument.parse for name in argument.names if name[:1] == "-"}
    return names - {"--CONTENT", "--STYLE"}


class TestTransfer:
    def test_strength_and_weights_reach_the_record(self, folder, gramophone):
        outcome = gramophone(
            *("transfer", "voice.wav", "rain.wav", "fire.wav", "-o", "a.wav"),
            *("--strength", "0.8", "--weights", "1,3", "--iterations", "2", "--seed", "3"),
        )
        assert outcome.code == 0
        record = read_record(folder / "a.json")
        assert record["task"] == "transfer"
        assert record["parameters"]["strength"] == 0.8
        assert record["parameters"]["weights"] == [0.25, 0.75]
        assert [source["path"] for source in record["inputs"]] == ["voice.wav", "rain.wav", "fire.wav"]
        assert soundfile.info("a.wav").frames == soundfile.info("voice.wav").frames

    def test_what_the_style_can_carry_is_said_and_recorded(self, folder, gramophone):
        outcome = gramophone(
            *("transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--iterations", "1"),
            *("--keep", "melody,rhythm", "--octave", "auto", "--transpose-range", "3"),
        )
        assert outcome.code == 0
        record = read_record(folder / "a.json")
        assert record["parameters"]["keep"] == ["melody", "rhythm"]
        assert record["parameters"]["report"] in outcome.err
        assert record["settings"]["transfer"]["condition"]["keep"] == ["melody", "rhythm"]
        assert record["settings"]["transfer"]["condition"]["range_semitones"] == 3

    @pytest.mark.parametrize("flags", [["--fast"], ["--no-copy", "--iterations", "1"], ["--keep", "all"]])
    def test_ways_to_make_it(self, folder, gramophone, flags):
        command = ["transfer", "voice.wav", "rain.wav", "-o", "a.wav", *flags]
        assert gramophone(*command).code == 0
        assert soundfile.info("a.wav").frames == soundfile.info("voice.wav").frames


class TestStrength:
    @pytest.mark.parametrize("strength", [0, 1])
    def test_the_ends_of_the_strength(self, folder, gramophone, strength):
        command = ["transfer", "voice.wav", "rain.wav", "-o", "a.wav", "--iterations", "1", "--json"]
        assert gramophone(*command, "--strength", strength).code == 0

    @pytest.mark.parametrize("strength", ["-0.01", "1.01", "nan", "inf"])
    def test_a_strength_outside_is_refused_before_anything_is_read(self, refused, strength):
        said = refused(2, "transfer", "missing.wav", "missing.wav", "-o", "a.wav", f"--strength={strength}")
        assert "between 0 and 1, not" in said


class TestOptionsMatchLibrary:
    @pytest.mark.parametrize("command", ["texture", "transfer"])
    def test_options_are_the_keywords_of_the_library(self, command):
        parameters = inspect.signature(getattr(api, command)).parameters.values()
        keywords = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY} - {"on_step"}
        expected = {f"--{name.removesuffix('_s').replace('_', '-')}" for name in keywords}
        own = {"--best"} if command == "transfer" else set()
        assert options_of(command) == expected | {f"--{name}" for name in FACE} | {"-o"} | own

    @pytest.mark.parametrize("command", ["texture", "transfer"])
    def test_defaults_are_those_of_the_library(self, command):
        parameters = inspect.signature(getattr(api, command)).parameters
        for argument in build()[command].assemble_argument_collection():
            name = argument.name.lstrip("-")
            if argument.parse and name in parameters and not argument.required:
                assert argument.field_info.default == parameters[name].default
