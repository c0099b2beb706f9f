"""Groups of items: what is alike is handed out together, and what fails in a group fails alone all the same."""

import itertools

import pytest

from gramophone.batch.cluster import Cluster
from gramophone.batch.item import Item, items_from_json, items_to_json
from gramophone.batch.item_queue import ItemQueue
from gramophone.batch.local import Local
from gramophone.workers.subprocess_env import gpus


def item(place, lengths_s=(1.0,), **settings):
    return Item(place, place + 2, "texture", ("a.wav",), f"{place}.wav", settings, 2.0, lengths_s)


def groups(items, group_size, places=1, stop_requested=lambda: False):
    waiting = ItemQueue(iter(items), stop_requested, group_size)
    found = []
    while waiting.has(1):
        found.append([one.place for one in waiting.take(places)])
    return found


class TestGrouping:
    def test_a_group_holds_what_is_alike_and_no_more(self):
        items = [
            item(0, seed="1"),
            item(1, seed="2", strength="0.3"),
            item(2),
            item(3, loop=""),
            item(4, (2.0,)),
            item(5),
        ]
        assert groups(items, 1) == [[0], [1], [2], [3], [4], [5]]
        assert groups(items, 2) == [[0, 1], [2], [3], [4], [5]]
        assert groups(items, 9) == [[0, 1, 2], [3], [4], [5]]
        assert groups(items, 9, stop_requested=lambda: True) == []

    def test_groups_leave_free_slots_their_share(self):
        items = [item(place) for place in range(12)]
        assert [len(group) for group in groups(items, 64, places=6)] == [2, 2, 2, 1, 1, 1, 1, 1, 1]
        waiting = ItemQueue(iter(items), lambda: False, 5)
        # Whoever takes is no longer free.
        assert [len(waiting.take(places)) for places in (3, 2, 1)] == [4, 4, 4]
        assert groups(items, 4, places=2) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [10], [11]]

    def test_a_long_plan_is_not_read_as_a_whole(self):
        endless = (item(place) for place in itertools.count())
        waiting = ItemQueue(endless, lambda: False, 8)
        assert len(waiting.take(2)) == 8
        assert next(endless).place == 16

    def test_alike_items_stand_in_a_row(self, items, run_items, tmp_path):
        log = tmp_path / "log"
        planned = items(*({"log": str(log), **({"loop": ""} if place % 2 else {})} for place in range(6)))
        run_items(planned, engine=Local(1, group_size=3))
        assert log.read_text().split() == ["0", "2", "4", "1", "3", "5"]


class TestSerialisation:
    def test_a_group_is_a_line(self):
        group = (item(0, seed="1"), item(1, (0.0, 2.5)))
        assert items_from_json(items_to_json(group)) == group
        assert "\n" not in items_to_json(group)


class TestRetries:
    def test_what_comes_back_is_begun_alone(self):
        waiting = ItemQueue(iter([item(0), item(1), item(2)]), lambda: False, 2)
        assert waiting.has(3)
        group = waiting.take()
        waiting.retry(group)
        assert [[one.place for one in waiting.take()] for _ in range(3)] == [[0], [1], [2]]
        assert not waiting.has(1)

    def test_what_comes_back_is_begun_even_if_no_more_is_wanted(self):
        stops = []
        waiting = ItemQueue(iter([item(0), item(1), item(2)]), lambda: bool(stops), 2)
        waiting.retry(waiting.take())
        stops.append(True)
        assert waiting.has(2)
        assert not waiting.has(3)
        assert [[one.place for one in waiting.take()] for _ in range(2)] == [[0], [1]]
        assert not waiting.has(1)

    def test_a_group_that_is_lost_while_stopping_has_its_outcomes(self, items, run_items, tmp_path):
        log = tmp_path / "log"
        planned = items(*({"strength": "write" if place else "crash", "log": str(log)} for place in range(8)))
        ended, results = run_items(planned, engine=Local(1, group_size=4), stop_requested=log.exists)
        assert ended.progress.done == 4
        assert [(one["place"], one["status"], one["tries"]) for one in results] == [
            (0, "failed", 2),
            (1, "made", 2),
            (2, "made", 2),
            (3, "made", 2),
        ]

    @pytest.mark.parametrize("bad", ["crash", "refuse", "memory"])
    def test_what_fails_in_a_group_fails_alone(self, items, run_items, tmp_path, bad):
        log = tmp_path / "log"
        planned = items(*({"strength": bad if place in (2, 5) else "write", "log": str(log)} for place in range(8)))
        ended, results = run_items(planned, engine=Local(2, group_size=8))
        assert (ended.progress.made, ended.progress.failed) == (6, 2)
        assert [one["place"] for one in results if one["status"] == "failed"] == [2, 5]
        begun = sorted(map(int, log.read_text().split()))
        assert set(begun) == set(range(8))
        tries = {one["place"]: one["tries"] for one in results}
        # A group that is lost is begun again item by item; what it had finished is not.
        assert all(begun.count(place) <= tries[place] for place in range(8))
        assert max(tries.values()) == (1 if bad == "refuse" else 2)


class TestGpuWorkers:
    def test_resources_of_workers_on_gpus(self, monkeypatch):
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        engine = Local(gpus=2, core_count=16)
        assert (engine.jobs, engine.group_size, engine.label) == (4, 64, "4 process(es) on 2 GPU(s)")
        variables = [engine._environment(place) for place in range(4)]
        assert [one["CUDA_VISIBLE_DEVICES"] for one in variables] == ["0", "1", "0", "1"]
        assert {one["OMP_NUM_THREADS"] for one in variables} == {"4"}
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
        assert [engine._environment(place)["CUDA_VISIBLE_DEVICES"] for place in range(3)] == ["5", "7", "5"]
        alone = Local(core_count=16)
        assert (alone.jobs, alone.group_size, alone._environment(3)["OMP_NUM_THREADS"]) == (16, 1, "1")
        assert Cluster(gpus=0.5).group_size == 64
        assert (Cluster().group_size, Cluster(gpus=1, group_size=5).group_size) == (1, 5)

    @pytest.mark.parametrize(("version", "expected"), [("2.13.0+cpu", 0), ("2.13.0+cu130", 3), ("2.13.0", 3)])
    def test_how_many_gpus_there_are(self, monkeypatch, version, expected):
        monkeypatch.setattr("gramophone.workers.subprocess_env.version", lambda name: version)
        monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
        assert gpus() == expected
