"""Items that are done in a moment, and a batch of them."""

import pytest

from gramophone.batch.item import Item
from gramophone.batch.local import Local
from gramophone.batch.results import read_results
from gramophone.batch.run import Batch, run


@pytest.fixture
def fake_jobs(module_beside):
    """The module of what items do, as worker processes find it."""
    return module_beside("fake_jobs")


@pytest.fixture
def items(tmp_path):
    """Items with these settings each."""
    source = tmp_path / "style.wav"
    source.write_bytes(b"a style")

    def make(*settings, folder="out"):
        return tuple(
            Item(place, place + 2, "texture", (str(source),), str(tmp_path / folder / f"{place}.wav"), one)
            for place, one in enumerate(settings)
        )

    return make


@pytest.fixture
def run_items(tmp_path, fake_jobs):
    """Runs items; gives what ended and the lines of results."""

    def go(items, *, engine=None, resumes=True, stop_requested=lambda: False, on_progress=lambda progress: None):
        batch = Batch(items, str(tmp_path / "out"), engine or Local(2), fake_jobs.run_fake_jobs, resumes)
        ended = run(batch, stop_requested, on_progress)
        return ended, read_results(tmp_path / "out" / "results.jsonl")

    return go
