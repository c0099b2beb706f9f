"""Lots of items: what is alike is handed out together, and what fails in a lot fails alone all the same."""

import pytest

from gramophone.batch import local
from gramophone.batch.cluster import Cluster
from gramophone.batch.item import Item, as_line, from_line
from gramophone.batch.local import Local
from gramophone.batch.waiting import Waiting
from gramophone.processes import gpus


def item(place, lengths_s=(1.0,), **settings):
    return Item(place, place + 2, "texture", ("a.wav",), f"{place}.wav", settings, 2.0, lengths_s)


def lots(items, together, **options):
    waiting = Waiting(iter(items), options.get("is_stopping", lambda: False), together)
    found = []
    while waiting.has(1):
        found.append([one.place for one in waiting.take()])
    return found


def test_a_lot_holds_what_is_alike_and_no_more():
    items = [
        item(0, seed="1"),
        item(1, seed="2", strength="0.3"),
        item(2),
        item(3, loop=""),
        item(4, (2.0,)),
        item(5),
    ]
    assert lots(items, 1) == [[0], [1], [2], [3], [4], [5]]
    assert lots(items, 2) == [[0, 1], [2], [3], [4], [5]]
    assert lots(items, 9) == [[0, 1, 2], [3], [4], [5]]
    assert lots(items, 9, is_stopping=lambda: True) == []


def test_what_comes_back_is_begun_alone():
    waiting = Waiting(iter([item(0), item(1), item(2)]), lambda: False, 2)
    assert waiting.has(3)
    lot = waiting.take()
    waiting.give_back(lot)
    assert [[one.place for one in waiting.take()] for _ in range(3)] == [[0], [1], [2]]
    assert not waiting.has(1)


def test_a_lot_is_a_line():
    lot = (item(0, seed="1"), item(1, (0.0, 2.5)))
    assert from_line(as_line(lot)) == lot
    assert "\n" not in as_line(lot)


def test_alike_items_stand_in_a_row(items, run_items, tmp_path):
    log = tmp_path / "log"
    planned = items(*({"log": str(log), **({"loop": ""} if place % 2 else {})} for place in range(6)))
    run_items(planned, engine=Local(1, together=3))
    assert log.read_text().split() == ["0", "2", "4", "1", "3", "5"]


@pytest.mark.parametrize("bad", ["crash", "refuse", "memory"])
def test_what_fails_in_a_lot_fails_alone(items, run_items, tmp_path, bad):
    log = tmp_path / "log"
    planned = items(*({"deed": "write", "log": str(log)} for _ in range(8)))
    faulty = {**planned[2].settings, "deed": bad}
    for place in (2, 5):
        planned[place].settings.clear()
        planned[place].settings.update(faulty)
    ended, results = run_items(planned, engine=Local(2, together=8))
    assert (ended.tally.made, ended.tally.failed) == (6, 2)
    assert [one["place"] for one in results if one["status"] == "failed"] == [2, 5]
    begun = sorted(map(int, log.read_text().split()))
    assert set(begun) == set(range(8))
    tries = {one["place"]: one["tries"] for one in results}
    # A lot that is lost is begun again item by item; what it had finished is not.
    assert all(begun.count(place) <= tries[place] for place in range(8))
    assert max(tries.values()) == (2 if bad == "crash" else 1)


def test_resources_of_workers_on_gpus(monkeypatch):
    monkeypatch.setattr(local, "cores", lambda: 16)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    engine = Local(gpus=2)
    assert (engine.jobs, engine.together, engine.label) == (4, 64, "4 process(es) on 2 GPU(s)")
    variables = [engine._environment(place) for place in range(4)]
    assert [one["CUDA_VISIBLE_DEVICES"] for one in variables] == ["0", "1", "0", "1"]
    assert {one["OMP_NUM_THREADS"] for one in variables} == {"4"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    assert [engine._environment(place)["CUDA_VISIBLE_DEVICES"] for place in range(3)] == ["5", "7", "5"]
    alone = Local()
    assert (alone.jobs, alone.together, alone._environment(3)["OMP_NUM_THREADS"]) == (16, 1, "1")
    assert Cluster(gpus=0.5).together == 64
    assert (Cluster().together, Cluster(gpus=1, together=5).together) == (1, 5)


@pytest.mark.parametrize(("version", "expected"), [("2.13.0+cpu", 0), ("2.13.0+cu130", 3), ("2.13.0", 3)])
def test_how_many_gpus_there_are(monkeypatch, version, expected):
    monkeypatch.setattr("gramophone.processes.version", lambda name: version)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    assert gpus() == expected
