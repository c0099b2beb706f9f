"""The run record: complete, plain JSON, written whole, read only when it is one."""

import hashlib
import json
import subprocess
import sys
from datetime import datetime, timedelta

import numpy as np
import pytest

from gramophone.audio import Sound, save
from gramophone.errors import InputError, LimitError, ModelError, UsageError
from gramophone.presets import PRESETS
from gramophone.runs.run_record import Source, is_complete, read_record, run_record, source_of, write_record
from gramophone.synthesis import Result
from gramophone.synthesis.result import Loss

RATE_HZ = 22050


def result_of(total=0.5):
    samples = 0.3 * np.random.default_rng(0).standard_normal((1, RATE_HZ // 2))
    return Result(
        sound=Sound(samples, RATE_HZ),
        task="texture",
        parameters={"duration_s": 0.5, "weights": (1.0,)},
        settings=PRESETS["infinite"]["texture"],
        seed=3,
        device="cpu",
        losses=(Loss("spectrogram", 1, total, {"style": total}, 0.1),),
        stages_s={"spectrogram": 0.1},
        stopped="finished",
    )


@pytest.fixture
def record(tmp_path):
    result = result_of()
    written = save(result.sound, tmp_path / "out.wav")
    source = Source("rain.wav", "0" * 64, 44100, 2, 1.5)
    return run_record(result, command=["gramophone", "texture"], inputs=[source], written=written)


def put(path, record, **changes):
    path.write_text(json.dumps({**record, **changes}))
    return path


class TestContents:
    def test_what_it_says(self, tmp_path, record):
        assert record["format"] == 1
        assert record["task"] == "texture"
        assert record["seed"] == 3
        assert record["command"] == ["gramophone", "texture"]
        assert record["inputs"] == [
            {"path": "rain.wav", "sha256": "0" * 64, "rate_hz": 44100, "channels": 2, "duration_s": 1.5}
        ]
        output = record["output"]
        assert output["path"] == str(tmp_path / "out.wav")
        assert output["sha256"] == hashlib.sha256((tmp_path / "out.wav").read_bytes()).hexdigest()
        assert output["gain_db"] < 0
        assert output["peak"] == pytest.approx(0.999)
        assert (output["rate_hz"], output["duration_s"]) == (RATE_HZ, 0.5)
        assert record["settings"]["rate_hz"] == RATE_HZ
        assert set(record["platform"]) == {"system", "machine", "cpus"}
        created = datetime.fromisoformat(record["created"])
        assert created.utcoffset() == timedelta(0)

    def test_source_of(self, tmp_path):
        sound = Sound(np.zeros((2, 4800), dtype=np.float32), 48000)
        path = save(sound, tmp_path / "a.wav").path
        source = source_of(path, sound)
        assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (source.path, source.rate_hz, source.channels, source.duration_s) == (str(path), 48000, 2, 0.1)
        path.unlink()
        with pytest.raises(InputError, match="cannot be read"):
            source_of(path, sound)


class TestRoundTrip:
    def test_round_trip(self, tmp_path, record):
        path = tmp_path / "out.json"
        write_record(path, record, overwrite=False)
        assert read_record(path) == json.loads(json.dumps(record))
        assert path.read_bytes().endswith(b"}\n")
        with pytest.raises(UsageError, match="exists already"):
            write_record(path, record, overwrite=False)
        write_record(path, {**record, "seed": 4}, overwrite=True)
        assert read_record(path)["seed"] == 4
        assert sorted(one.name for one in tmp_path.iterdir()) == ["out.json", "out.wav"]

    def test_names_of_any_bytes(self, tmp_path, record):
        path = tmp_path / "out.json"
        write_record(path, {**record, "command": ["\udcff🎻\n"]}, overwrite=False)
        assert read_record(path)["command"] == ["\udcff🎻\n"]


class TestCompleteness:
    def test_it_is_complete_with_the_same_files(self, record):
        inputs, output = ["0" * 64], record["output"]["sha256"]
        assert is_complete(record, inputs, output)
        assert not is_complete({**record, "stopped": "interrupted"}, inputs, output)
        assert not is_complete(record, ["1" * 64], output)
        assert not is_complete(record, inputs * 2, output)
        assert not is_complete(record, inputs, "0" * 64)
        assert not is_complete({**record, "inputs": ["rain.wav"]}, inputs, output)
        assert not is_complete({**record, "output": {}}, inputs, output)


class TestImports:
    def test_it_needs_no_torch(self):
        script = "import sys, gramophone.runs.run_record; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


class TestRefusals:
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    def test_nothing_that_is_not_finite(self, tmp_path, record, value):
        (tmp_path / "out.json").write_text("old")
        with pytest.raises(ModelError, match=r"out\.json was not written: .* not finite; try fewer") as caught:
            write_record(tmp_path / "out.json", {**record, "seed": value}, overwrite=True)
        assert caught.value.exit_code == 5
        assert (tmp_path / "out.json").read_text() == "old"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is not JSON"),
            (b"\xff\xfe", "is not JSON"),
            (b"{", "is not JSON"),
            (b"[" * 100_000, "is not JSON"),
            (b"[]", "is not a run record"),
            (b"{}", "is not a run record"),
            (b'{"format": "1"}', "is not a run record"),
            (b'{"format": 2}', "has format 2, not 1"),
            (b'{"format": 1}', "is damaged: it lacks task, parameters"),
        ],
    )
    def test_other_files(self, tmp_path, content, said):
        path = tmp_path / "a.json"
        path.write_bytes(content)
        with pytest.raises(InputError, match=said) as caught:
            read_record(path)
        assert str(caught.value).startswith(str(path))

    def test_a_field_of_another_kind(self, tmp_path, record):
        with pytest.raises(InputError, match="lacks inputs; make"):
            read_record(put(tmp_path / "a.json", record, inputs="rain.wav"))

    def test_no_file(self, tmp_path):
        for path in (tmp_path, tmp_path / "none.json"):
            with pytest.raises(InputError, match="is not a file"):
                read_record(path)

    def test_a_large_file(self, tmp_path, record):
        with pytest.raises(LimitError, match="too large for a run record"):
            read_record(put(tmp_path / "a.json", record, command=["x" * 1000]), max_bytes=1000)
