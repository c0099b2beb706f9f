"""Plans in four forms say the same, and name the line of what is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gramophone.batch.rows import Row, read_rows
from gramophone.errors import InputError, UsageError

CSV = 'task,style,output,strength\ntexture,a.wav,"x, y.wav",\n\ntransfer,"b\nc.wav",z.wav,0.5\ntexture,d.wav,,1\n'
TOML = """
strength = 1
[[item]]
style = ["a.wav", "b.wav"]

[[item]]
style = "c.wav"
strength = 0.25
"""


VALUES = st.one_of(
    st.text(min_size=1), st.booleans(), st.integers(-(2**40), 2**40), st.lists(st.text(min_size=1), min_size=1)
)


class TestFormats:
    def test_csv_counts_lines_as_an_editor_does(self, tmp_path):
        (tmp_path / "plan.csv").write_text(f"\ufeff{CSV}", encoding="utf-8")
        assert list(read_rows(tmp_path / "plan.csv")) == [
            Row(2, {"task": "texture", "style": "a.wav", "output": "x, y.wav"}),
            Row(4, {"task": "transfer", "style": "b\nc.wav", "output": "z.wav", "strength": "0.5"}),
            Row(6, {"task": "texture", "style": "d.wav", "strength": "1"}),
        ]

    def test_toml_has_settings_for_all(self, tmp_path):
        (tmp_path / "plan.toml").write_text(TOML)
        assert list(read_rows(tmp_path / "plan.toml")) == [
            Row(3, {"strength": 1, "style": ["a.wav", "b.wav"]}),
            Row(6, {"strength": 0.25, "style": "c.wav"}),
        ]

    @given(st.lists(st.dictionaries(st.text(min_size=1), VALUES, min_size=1), min_size=1, max_size=5))
    def test_json_lines_come_back(self, tmp_path_factory, rows):
        path = tmp_path_factory.mktemp("rows") / "plan.jsonl"
        path.write_text("\n\n".join(json.dumps({**row, "none": None}) for row in rows), encoding="utf-8")
        assert list(read_rows(path)) == [Row(2 * place + 1, row) for place, row in enumerate(rows)]

    def test_parquet_says_the_same(self, tmp_path):
        pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
        from pyarrow import parquet

        rows = [
            {"style": ["a.wav"], "seed": 3, "output": None},
            {"style": ["b.wav", "c.wav"], "seed": None, "output": "x"},
        ]
        parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "plan.parquet")
        assert list(read_rows(tmp_path / "plan.parquet")) == [
            Row(1, {"style": ["a.wav"], "seed": 3}),
            Row(2, {"style": ["b.wav", "c.wav"], "output": "x"}),
        ]


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "text", "said"),
        [
            ("plan.csv", "a,b\n1,2\n1,2,3\n", "line 3: 3 cells for 2 columns"),
            ("plan.csv", "a,a\n", "line 1: there are two columns 'a'"),
            ("plan.csv", "a,\n", "line 1: a column has no name"),
            ("plan.csv", "", "line 1: a column has no name"),
            ("plan.csv", 'a\n"open\n', "line 2: "),
            ("plan.jsonl", '{"a": 1}\n[1]\n', "line 2: not a JSON object"),
            ("plan.jsonl", '{"a": 1}\n\n{"a"\n', "line 3: not JSON"),
            ("plan.toml", "item = 3", "item must be an array of tables"),
            ("plan.toml", "item = [", "is not TOML"),
            ("plan.csv", b"\xff\xfe", "is not UTF-8"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, tmp_path, name, text, said):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(InputError, match=said):
            list(read_rows(tmp_path / name))

    def test_other_names_and_damaged_parquet(self, tmp_path):
        with pytest.raises(UsageError, match=r"plan.xlsx has no suffix of a plan; name a file that ends in .csv"):
            list(read_rows(tmp_path / "plan.xlsx"))
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
        (tmp_path / "plan.parquet").write_bytes(b"PAR1 nothing")
        with pytest.raises(InputError, match="not a readable Parquet"):
            list(read_rows(tmp_path / "plan.parquet"))
