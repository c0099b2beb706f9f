"""Items that are done in a moment, and a batch of them."""

import pytest

from gramophone.batch.item import Item
from gramophone.batch.local import Local
from gramophone.batch.results import read_results
from gramophone.batch.run import Batch, run


@pytest.fixture
def deeds(module_beside):
    """The module of what items do, as worker processes find it."""
    return module_beside("deeds")


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
def run_items(tmp_path, deeds):
    """Runs items; gives what ended and the lines of results."""

    def go(items, *, engine=None, resumes=True, is_stopping=lambda: False, tell=lambda tally: None):
        batch = Batch(items, str(tmp_path / "out"), engine or Local(2), deeds.deed, resumes)
        ended = run(batch, is_stopping, tell)
        return ended, read_results(tmp_path / "out" / "results.jsonl")

    return go
