"""A plan is checked as a whole before anything runs."""

import itertools
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.batch.pairs import pair_rows
from gramophone.batch.plan import TASKS, PlanError, Planner, columns
from gramophone.batch.rows import Row
from gramophone.errors import InputError, UsageError
from gramophone.presets import Changes


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Plans rows in a folder with three files."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.wav", "b.wav", "c.wav"):
        (tmp_path / name).write_bytes(b"no sound, but a file")

    def plan(*rows, **options):
        made = [Row(place + 2, row) for place, row in enumerate(rows)]
        return Planner("plan.csv", "out", tmp_path, **options).plan(made)

    return plan


GOOD = {"style": "a.wav", "output": "good.wav"}


@pytest.fixture
def gramophone_help():
    """The flags that the command line knows for a command."""
    from gramophone.cli.app import build

    def flags(task):
        found = build()[task].assemble_argument_collection()
        return {
            name
            for one in found
            if one.parse
            for name in one.names
            if name.startswith("--") and name not in ("--STYLE", "--CONTENT")
        }

    return flags


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """Folders a and b with three and two files."""
    monkeypatch.chdir(tmp_path)
    for name in ("a/1.wav", "a/2.wav", "a/3.wav", "b/x.wav", "b/y.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()


class TestPlanner:
    def test_rows_become_items(self, planned, tmp_path):
        rows = [
            {"content": "a.wav", "styles": ["b.wav", "c.wav"], "strength": 0.25, "weights": [2, 1]},
            {"style": "b.wav", "loop": "yes", "duration": "3", "report": False},
            {"style": "b.wav; c.wav", "span_ms": "20,80", "iterations": 7, "output": "sub/x.flac"},
        ]
        transfer, loop, spans = planned(*rows, defaults={"iterations": "9", "strength": "0.9"})
        assert transfer.inputs == tuple(str(tmp_path / f"{name}.wav") for name in "abc")
        assert transfer.command[5:] == ("-o", "out/a-in-b-c.wav", *transfer.flags)
        assert transfer.flags == ("--iterations", "9", "--strength", "0.25", "--weights", "2,1")
        assert loop.flags == ("--duration", "3", "--iterations", "9", "--loop")
        assert (loop.output, loop.expected_s) == ("out/b.wav", 3.0)
        assert spans.flags == ("--iterations", "7", "--span-ms", "20,80")
        assert (spans.output, spans.line, spans.place) == ("out/sub/x.flac", 4, 2)

    def test_columns_are_the_flags(self, gramophone_help):
        for task in TASKS:
            flags = {f"--{name.replace('_', '-')}" for name in columns(task)}
            listed = gramophone_help(task)
            own = {"--best"} if task == "transfer" else set()
            face = {"--output", "--takes", "--each", "--play", "--overwrite", "--quiet", "--json"}
            assert flags | face | own == listed
        assert set(Changes.__annotations__) <= set(columns("texture"))


class TestPairs:
    def test_product_and_textures(self, sounds):
        rows = [row.values for row in pair_rows("a/*.wav", "b/*.wav", "product", 0)]
        assert [(row["content"], *row["style"]) for row in rows] == list(
            itertools.product(("a/1.wav", "a/2.wav", "a/3.wav"), ("b/x.wav", "b/y.wav"))
        )
        assert rows[1]["output"] == "1-in-y.wav"
        textures = [row.values for row in pair_rows(None, "b/*.wav", "zip", 0)]
        assert textures == [{"task": "texture", "style": [f"b/{n}.wav"], "output": f"{n}.wav"} for n in "xy"]

    @given(st.integers(1, 6), st.integers(0, 5))
    def test_drawn_pairs_differ_and_are_the_same_again(self, tmp_path_factory, number, seed):
        folder = tmp_path_factory.mktemp("pairs")
        for name in ("1.wav", "2.wav", "3.wav", "x.flac", "y.flac"):
            (folder / name).touch()

        def drawn():
            rows = pair_rows(f"{folder}/*.wav", f"{folder}/*.flac", f"sample:{number}", seed)
            return [(row.values["content"], *row.values["style"]) for row in rows]

        assert len(set(drawn())) == number
        assert drawn() == drawn()

    @pytest.mark.parametrize(
        ("content", "pairs", "error", "said"),
        [
            ("a/*.wav", "zip", UsageError, "3 contents and 2 styles cannot be zipped"),
            ("a/*.wav", "sample:7", UsageError, "7 different pairs cannot be drawn from 6"),
            ("a/*.wav", "sample:0", UsageError, "0 different pairs"),
            ("a/*.wav", "all", UsageError, "pairs must be zip, product or sample:N, not 'all'"),
            ("c/*.wav", "zip", InputError, "the content pattern 'c/.*' matches no file"),
        ],
    )
    def test_pairs_that_cannot_be(self, sounds, content, pairs, error, said):
        with pytest.raises(error, match=said):
            list(pair_rows(content, "b/*.wav", pairs, 0))


class TestFaults:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (
                {"style": "a.wav", "colour": "red"},
                "there is no column 'colour'; a plan can have task, content, style",
            ),
            ({"style": "none.wav"}, "none.wav does not exist; check the name"),
            ({"content": "a.wav", "style": "b.wav;none.wav"}, "none.wav does not exist"),
            ({"style": "b.wav", "output": "good.wav"}, "'good.wav' is also that of line 2"),
            ({"style": "b.wav", "output": "good.flac"}, "'good.flac' is also that of line 2"),
            ({"style": "b.wav", "output": "x/../good.wav"}, "is outside out"),
            ({"style": "b.wav", "output": "../x.wav"}, "is outside out"),
            ({"style": "b.wav", "output": "/tmp/x.wav"}, "is outside out"),
            ({"style": "b.wav", "output": "link/x.wav"}, "is outside out"),
            ({"style": "b.wav", "output": "s3://x.wav"}, "is outside out"),
            ({"style": "b.wav", "output": "x.xyz"}, "x.xyz"),
            ({"task": "stream", "style": "b.wav"}, "task must be texture or transfer, not 'stream'"),
            ({"task": "texture"}, "a texture needs 'styles'; name one recording or more"),
            ({"task": "transfer", "style": "b.wav"}, "a transfer needs 'content'; name a recording"),
            ({"task": "texture", "style": "b.wav", "content": "a.wav"}, "a texture takes no 'content'; leave it out"),
            ({"style": "b.wav", "styles": "c.wav"}, "are the same column"),
            ({"style": "b.wav", "strength": "0.5"}, "a texture takes no 'strength'"),
            ({"content": "a.wav", "style": "b.wav", "strength": "2"}, "strength must be between 0 and 1, not 2"),
            (
                {"content": "a.wav", "style": "b.wav", "strength": "x"},
                "strength must be a number between 0 and 1, not 'x'",
            ),
            ({"style": "b.wav", "seed": "1.5"}, "seed must be an integer between 0 and "),
            ({"style": "b.wav", "seed": "-1"}, "seed must be between 0 and "),
            ({"style": "b.wav", "scale": "bark"}, "scale must be one of linear, mel"),
            ({"style": "b.wav", "preset": "none"}, "there is no preset 'none'"),
            ({"style": "b.wav", "loop": "perhaps"}, "loop must be true or false, not 'perhaps'"),
            ({"style": "b.wav", "weights": "1,2"}, "the weights 1,2 do not fit 1 style"),
            ({"style": "b.wav", "morph": "0:1,2"}, "do not fit 1 style"),
            ({"style": "b.wav", "duration": "-3"}, "duration must be greater than 0, not -3"),
        ],
    )
    def test_faults_come_with_their_line(self, planned, tmp_path, row, said):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "link").symlink_to(tmp_path)
        with pytest.raises(PlanError, match=r"plan.csv has 1 fault\(s\) and nothing was run") as caught:
            planned(GOOD, row)
        (fault,) = caught.value.faults
        assert fault.startswith("plan.csv, line 3: ")
        assert said in fault

    def test_every_fault_is_counted_and_twenty_are_said(self, planned):
        with pytest.raises(PlanError, match=r"has 30 fault\(s\)") as caught:
            planned(*({"style": f"none{place}.wav"} for place in range(30)))
        assert len(caught.value.faults) == 20


class TestRefusals:
    def test_an_output_that_is_read_is_refused(self, planned, tmp_path):
        (tmp_path / "out").mkdir()
        shutil.copy(tmp_path / "a.wav", tmp_path / "out" / "a.wav")
        with pytest.raises(PlanError) as caught:
            planned({"style": "out/a.wav", "output": "b.wav"}, {"style": "b.wav", "output": "a.wav"})
        assert caught.value.faults == [
            "plan.csv, line 3: out/a.wav is an input of the plan; give the output another name"
        ]

    def test_files_of_others_are_kept(self, planned, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "good.json").touch()
        with pytest.raises(PlanError) as caught:
            planned(GOOD, refuse_existing=True)
        assert "out/good.wav exists and was not made by a batch" in caught.value.faults[0]
        assert len(planned(GOOD)) == 1

    def test_an_empty_plan_is_refused(self, planned):
        with pytest.raises(InputError, match="has no items"):
            planned()
