"""Batches of fake jobs: what fails, fails alone; what is complete is not made again; whatever is killed goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gramophone.batch.item import Item, ItemOutcome, items_to_json
from gramophone.batch.local import Local
from gramophone.batch.results import Results, read_results
from gramophone.batch.run import LOCK_NAME, Batch, run
from gramophone.batch.storage import check_driver
from gramophone.errors import UsageError
from gramophone.workers.subprocess_env import environment

BAD = {
    "crash": (1, "the worker was ended by SIGSEGV"),
    "kill": (1, "the worker was ended by SIGKILL; the system may have run out of memory"),
    "memory": (4, "there is not enough memory"),
    "refuse": (3, "is not wanted; leave it out"),
    "fault": (1, "an unexpected ZeroDivisionError (of nothing)"),
}


def statuses(results):
    return [one["status"] for one in results]


def begun(log):
    return sorted(map(int, log.read_text().split())) if log.exists() else []


KILLED = """
import sys
sys.path.insert(0, sys.argv[1])
import fake_jobs
from gramophone.batch.item import items_from_json
from gramophone.batch.local import Local
from gramophone.batch.run import Batch, run
items = items_from_json(open(sys.argv[2]).read())
batch = Batch(items, sys.argv[3], Local(2), fake_jobs.run_fake_jobs)
run(batch, lambda: False, lambda progress: print(progress.done, flush=True))
"""


def read_lines(path):
    return [line for line in path.read_text().splitlines() if line.endswith("}")]


def children(pid):
    return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]


def begun_apart(planned, folder):
    """A batch in a process of its own, to be killed."""
    (folder / "items").write_text(items_to_json(planned))
    words = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(folder / "items"), str(folder / "out")]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment())


class TestItems:
    def test_a_failing_item_fails_alone(self, items, run_items, tmp_path):
        planned = items(*({"job": job} for pair in zip(BAD, ["write"] * 5, strict=True) for job in pair))
        ended, results = run_items(planned)
        assert (ended.progress.made, ended.progress.failed, ended.progress.kept) == (5, 5, 0)
        assert statuses(results) == ["failed", "made"] * 5
        for (code, said), result in zip(BAD.values(), results[::2], strict=True):
            assert result["exit_code"] == code
            assert said in result["error"]
        assert [one.error for one in ended.progress.first_failures]
        assert results[1]["figures"] == {
            "duration_s": 1.0,
            "compute_s": 0.75,
            "rate_hz": 8000,
            "gain_db": 0.0,
            "peak": 0.5,
            "steps": 1,
            "loss": 2.0,
            "loss style": 1.5,
        }
        assert [one["line"] for one in results] == list(range(2, 12))
        assert not list(tmp_path.glob("out/.*part*"))

    def test_long_items_come_first(self, items, run_items, tmp_path):
        log = tmp_path / "log"
        planned = items(*({"log": str(log)} for _ in range(4)))
        lengths = [1.0, 4.0, 0.0, 3.0]
        planned = [
            Item(one.place, one.line, one.task, one.inputs, one.output, one.settings, length_s)
            for one, length_s in zip(planned, lengths, strict=True)
        ]
        _, results = run_items(planned, engine=Local(1))
        assert log.read_text().split() == ["1", "3", "0", "2"]
        assert [one["place"] for one in results] == [0, 1, 2, 3]


@pytest.mark.survives("kills")
class TestResuming:
    def test_what_is_complete_is_kept_and_what_changed_is_made_again(self, items, run_items, tmp_path):
        log = tmp_path / "log"
        planned = items(*({"log": str(log)} for _ in range(6)))
        run_items(planned)
        assert begun(log) == [0, 1, 2, 3, 4, 5]
        log.unlink()
        ended, results = run_items(planned)
        assert (ended.progress.kept, ended.progress.made, begun(log)) == (6, 0, [])
        assert all(one["seconds"] > 0 for one in results)  # those of the run that made them
        out = tmp_path / "out"
        (out / "0.wav").write_text("damaged")
        (out / "1.wav").unlink()
        (out / "2.json").unlink()
        record = json.loads((out / "3.json").read_text())
        (out / "3.json").write_text(json.dumps({**record, "stopped": "interrupted"}))
        (out / "4.json").write_text("{")
        ended, results = run_items(planned)
        assert begun(log) == [0, 1, 2, 3, 4]
        assert statuses(results) == ["made"] * 5 + ["kept"]
        log.unlink()
        Path(planned[0].inputs[0]).write_bytes(b"another style")
        run_items(planned)
        assert begun(log) == [0, 1, 2, 3, 4, 5]
        log.unlink()
        run_items(items(*({"log": str(log), "seed": "1"} for _ in range(6))))
        assert begun(log) == [0, 1, 2, 3, 4, 5]
        log.unlink()
        run_items(items(*({"log": str(log), "seed": "1"} for _ in range(6))), resumes=False)
        assert begun(log) == [0, 1, 2, 3, 4, 5]

    @pytest.mark.parametrize("after", [0, 3, 7])
    def test_a_killed_batch_loses_only_what_was_under_way(self, items, run_items, tmp_path, after):
        log = tmp_path / "log"
        planned = items(*({"job": "sleep", "seconds": "0.05", "log": str(log)} for _ in range(12)))
        with begun_apart(planned, tmp_path) as process:
            for _ in range(after + 1):
                process.stdout.readline()
            process.kill()
        settled = len(read_lines(tmp_path / "out" / "results.jsonl"))
        assert settled >= after + 1
        _, results = run_items(planned)
        assert [one["place"] for one in results] == list(range(12))
        assert {one["status"] for one in results} <= {"kept", "made"}
        assert statuses(results).count("kept") >= settled
        assert len(begun(log)) <= 12 + 2
        assert not list(tmp_path.glob("out/*.part*"))

    def test_what_killed_workers_left_is_removed(self, items, run_items, tmp_path):
        (tmp_path / "out").mkdir()
        for name in (".0.0123456789ab.part.wav", ".mine.0123456789ab.part.wav"):
            (tmp_path / "out" / name).touch()
        run_items(items({"job": "write"}))
        assert [path.name for path in tmp_path.glob("out/.*.part*")] == [".mine.0123456789ab.part.wav"]


class TestStopping:
    def test_stopping_finishes_what_is_under_way_and_the_rest_comes_later(self, items, run_items):
        planned = items(*({"job": "sleep"} for _ in range(8)))
        counts = []
        ended, results = run_items(
            planned, on_progress=lambda progress: counts.append(progress.done), stop_requested=lambda: bool(counts)
        )
        assert 1 <= ended.progress.done <= 4
        assert len(results) == ended.progress.done
        again, results = run_items(planned)
        assert again.progress.kept == ended.progress.done
        assert len(results) == 8

    def test_a_worker_ends_with_its_batch(self, items, fake_jobs, tmp_path, is_alive):
        """Nothing goes on computing for a batch that is gone."""
        planned = items({"job": "sleep", "seconds": "60"}, {"job": "write"})
        with begun_apart(planned, tmp_path) as process:
            process.stdout.readline()
            workers = children(process.pid)
            process.kill()
        until = time.monotonic() + 10
        while any(is_alive(one) for one in workers) and time.monotonic() < until:
            time.sleep(0.02)
        assert workers
        assert not any(is_alive(one) for one in workers)

    def test_signals_meant_for_the_batch_do_not_stop_workers(self, items, run_items, tmp_path):
        log = tmp_path / "log"
        planned = items({"job": "sleep", "seconds": "0.8", "log": str(log)})
        sent = []

        def send():
            if not sent and log.exists():
                sent.extend(children(os.getpid()))
                for one in sent:
                    os.kill(one, signal.SIGINT)
            return False

        ended, _ = run_items(planned, stop_requested=send)
        assert sent
        assert ended.progress.made == 1


class TestResults:
    def test_a_line_that_was_cut_off_is_no_result(self, items, tmp_path):
        planned = items({}, {})
        (tmp_path / "out").mkdir()
        good = ItemOutcome.of(planned[1], "made", seconds=3.0).as_json()
        (tmp_path / "out" / "results.jsonl").write_text(f"{good}\n{good[:40]}")
        with Results(tmp_path / "out", planned) as results:
            results.add(ItemOutcome.of(planned[0], "failed", error="no"))
            results.finish()
        lines = read_results(tmp_path / "out" / "results.jsonl")
        assert [(one["status"], one["seconds"]) for one in lines] == [("failed", 0.0), ("made", 3.0)]

    def test_parquet_holds_the_same(self, items, run_items, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs pyarrow")
        ended, results = run_items(items({"job": "write"}, {"job": "refuse"}))
        rows = parquet.read_table(ended.parquet).to_pylist()
        assert [row["loss style"] for row in rows] == [1.5, None]
        for row, result in zip(rows, results, strict=True):
            assert {name: row[name] for name in result if name != "figures"} == {
                name: value for name, value in result.items() if name != "figures"
            }

    def test_places_at_urls(self, items, run_items, tmp_path, fake_jobs):
        pytest.importorskip("fsspec", reason="URLs need fsspec")
        (tmp_path / "style.wav").write_bytes(b"a style")
        folder = f"file://{tmp_path}/remote"
        planned = [
            Item(place, place + 2, "texture", (f"file://{tmp_path}/{name}.wav",), f"{folder}/sub/{place}.wav")
            for place, name in enumerate(("style", "missing"))
        ]
        (tmp_path / "remote").mkdir()
        for status in ("made", "kept"):
            ended = run(
                Batch(planned, folder, Local(1), fake_jobs.run_fake_jobs), lambda: False, lambda progress: None
            )
            results = read_results(tmp_path / "remote" / "results.jsonl")
            assert statuses(results) == [status, "failed"]
            assert "missing.wav cannot be read" in results[1]["error"]
        assert ended.results == f"{folder}/results.jsonl"
        record = json.loads((tmp_path / "remote" / "sub" / "0.json").read_text())
        assert record["inputs"][0]["path"] == planned[0].inputs[0]
        assert record["output"]["path"] == planned[0].output
        with pytest.raises(UsageError, match="needs fsspec and a driver"):
            check_driver("none-such://bucket/x.wav")


class TestRefusals:
    def test_two_batches_do_not_work_in_one_folder(self, items, run_items, tmp_path):
        import fcntl

        (tmp_path / "out").mkdir()
        with (tmp_path / "out" / LOCK_NAME).open("a") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            with pytest.raises(UsageError, match="another batch is running in"):
                run_items(items({}))

    def test_workers_that_cannot_begin_end_the_batch(self, items, tmp_path, fake_jobs):
        batch = Batch(items({}, {}), str(tmp_path / "out"), Local(2), fake_jobs.unserved)
        with pytest.raises(RuntimeError, match="workers end before they are ready"):
            run(batch, lambda: False, lambda progress: None)
