"""Groups of a batch are the runs of their items: the same records, sounds of the same kind, faults of their own."""

import json
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from gramophone.batch.item import Item, StagedItem
from gramophone.batch.render import render, render_and_evaluate
from gramophone.batch.run_group import run_group
from gramophone.runs import group as group_module
from gramophone.runs.run_record import read_record
from gramophone.synthesis.batched import MemoryShortWarning, run_batched


@pytest.fixture
def batch_items(folder):
    """Items with settings of a few steps."""

    def make(task, *settings, inputs=None, suffix=".wav"):
        names = inputs or {"texture": ["rain.wav"], "transfer": ["voice.wav", "fire.wav"]}[task]
        paths = tuple(str(folder / name) for name in names)
        few = {"iterations": "3", "device": "cpu"}
        return [
            Item(place, place + 2, task, paths, str(folder / "out" / f"{task}-{place}{suffix}"), {**few, **one})
            for place, one in enumerate(settings)
        ]

    return make


class Counted:
    """Renders, and counts the tasks of each set of tensors."""

    def __init__(self):
        self.sizes = []

    def __call__(self, staged):
        return render(staged, self._run_batched)

    def _run_batched(self, tasks):
        self.sizes.append(len(tasks))
        run_batched(tasks)


@pytest.fixture
def counted():
    """Renders, and counts the tasks of each set of tensors."""
    return Counted()


def record_of(item):
    return read_record(Path(item.output).with_suffix(".json"))


def samples(item):
    return soundfile.read(item.output)[0]


class TestRunGroup:
    @pytest.mark.parametrize(
        ("task", "settings", "sets"),
        [
            ("texture", [{"seed": "1"}, {"seed": "2"}, {"seed": "1"}], [3]),
            # Transfers choose excerpts of the style one by one.
            ("transfer", [{"strength": "0.3"}, {"strength": "0.8", "seed": "4"}, {"strength": "0.5"}], []),
        ],
    )
    def test_a_group_is_what_its_items_are_alone(self, batch_items, counted, task, settings, sets):
        items = batch_items(task, *settings)
        outcomes = list(run_group(items, counted))
        assert [one.status for one in outcomes] == ["made"] * 3
        assert counted.sizes == sets
        made = [(samples(item), record_of(item)) for item in items]
        for item, (sound, record), outcome in zip(items, made, outcomes, strict=True):
            (alone,) = run_group([item], counted)
            assert alone.figures.keys() == outcome.figures.keys()
            # In single precision the last digits decide on the way of a search, which is another of the same kind.
            assert samples(item).shape == sound.shape
            assert np.linalg.norm(samples(item)) == pytest.approx(np.linalg.norm(sound), rel=0.1)
            single = record_of(item)
            assert record.keys() == single.keys()
            for part in ("command", "settings", "seed", "parameters", "inputs", "stopped", "task"):
                assert record[part] == single[part]
            assert [one["stage"] for one in record["losses"]] == [one["stage"] for one in single["losses"]]
            assert record["losses"][-1]["total"] == pytest.approx(single["losses"][-1]["total"], rel=0.2)
        assert counted.sizes == sets

    def test_what_is_not_alike_goes_its_own_way(self, batch_items, counted, folder):
        """Another length, a loop, blocks, strength 0 and a file that is none, in the midst of others."""
        soundfile.write(folder / "short.wav", soundfile.read(folder / "rain.wav")[0][:8000], 22050)
        (folder / "broken.wav").write_text("this is no sound\n" * 100)
        textures = batch_items("texture", {}, {"loop": ""}, {"duration": "31"}, {"duration": "0.4"}, {"seed": "9"})
        inputs = {3: "short.wav", 4: "broken.wav"}
        textures += [replace(one, place=9, output=one.output + "-again.wav") for one in textures[:1]]
        textures = [
            replace(one, inputs=(str(folder / inputs[place]),)) if place in inputs else one
            for place, one in enumerate(textures)
        ]
        outcomes = list(
            run_group([*textures, *batch_items("transfer", {"strength": "0"}, {}, {"strength": "0.4"})], counted)
        )
        assert [one.status for one in outcomes] == ["made"] * 4 + ["failed"] + ["made"] * 4
        assert outcomes[4].exit_code == 3
        assert "broken.wav is not a readable audio file" in outcomes[4].error
        assert counted.sizes == [2]
        assert soundfile.info(textures[2].output).duration == 31.0

    def test_what_is_made_in_blocks_is_made_when_it_is_its_turn(self, batch_items):
        one, other = batch_items("texture", {"duration": "31"}, {"duration": "31", "seed": "1"})
        outcomes = run_group([one, other], render)
        assert next(outcomes).status == "made"
        assert not Path(other.output).exists()
        assert next(outcomes).status == "made"

    def test_a_group_is_judged(self, batch_items):
        for outcome in run_group(batch_items("transfer", {}, {"seed": "1"}), render_and_evaluate):
            assert {"purity", "structure"} <= outcome.figures.keys()

    def test_a_staged_item_has_its_files(self, batch_items, folder):
        (item,) = batch_items("texture", {})
        seen = []

        def look(group):
            seen.extend(group)
            return []

        with pytest.raises(ValueError, match="zip"):
            list(run_group([item], look))
        assert isinstance(seen[0], StagedItem)
        assert seen[0].output.parent.is_dir()

    def test_nothing_is_a_group_too(self):
        assert render([]) == []
        assert list(run_group([], render)) == []


class TestCommand:
    def test_from_the_command_line(self, folder, gramophone):
        words = ("batch", "--style", "*.wav", "-o", "out", "--iterations", "2", "--jobs", "1", "--quiet")
        outcome = gramophone(*words, "--together", "3")
        assert outcome.code == 0
        results = [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
        assert [one["status"] for one in results] == ["made"] * 3
        assert len({one["figures"]["compute_s"] for one in results}) == 1  # each has its share of one computation
        assert gramophone(*words, "--together", "0").code == 2


class TestFailures:
    def test_a_group_that_cannot_be_computed_is_made_one_by_one(self, batch_items):
        def broken(tasks):
            raise RuntimeError("no such device")

        for outcome in run_group(batch_items("texture", {}, {"seed": "1"}), partial(render, run_batched=broken)):
            assert outcome.status == "made"
            said = "computed by itself, as it failed together with others: RuntimeError (no such device)"
            assert outcome.notes == (said,)

    def test_a_device_that_has_failed_takes_the_process_with_it(self, batch_items):
        """Nothing can be computed on it any more; another process begins anew."""

        def broken(tasks):
            raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

        with pytest.raises(SystemExit, match="the device has failed: CUDA error"):
            list(run_group(batch_items("texture", {}, {"seed": "1"}), partial(render, run_batched=broken)))

    def test_what_cannot_be_set_up_beside_others_is_made_by_itself(self, batch_items, counted, monkeypatch):
        original, calls = group_module.prepare, []

        def short(run, observer):
            calls.append(run.request.seed)
            if run.request.seed == 1:
                raise torch.OutOfMemoryError("out of memory")
            return original(run, observer)

        monkeypatch.setattr(group_module, "prepare", short)
        outcomes = list(run_group(batch_items("texture", {}, {"seed": "1"}, {"seed": "2"}), counted))
        assert [one.status for one in outcomes] == ["made"] * 3
        assert (counted.sizes, calls) == ([2], [0, 1, 2])

    def test_short_memory_is_noted(self, batch_items):

        def short(tasks):
            warnings.warn("something else", DeprecationWarning, stacklevel=1)
            warnings.warn("memory is short: 1 texture(s) at once", MemoryShortWarning, stacklevel=1)
            run_batched(tasks)

        for outcome in run_group(batch_items("texture", {}, {"seed": "1"}), partial(render, run_batched=short)):
            assert outcome.notes == ("memory is short: 1 texture(s) at once",)
