"""Mutated files of every kind: no crash, no exception of others, in time; `make fuzz` tries ten times as many."""

import time
import warnings

import numpy as np
import pytest
from bench.fuzz.mutate import mutated
from bench.fuzz.readers import readers

from gramophone.errors import GramophoneError
from gramophone.web.errors import ApiError

COUNT = 2000


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return folder, readers(folder)


def outcome(reader, path):
    try:
        reader.read(path)
    except (GramophoneError, ApiError) as error:
        said = str(getattr(error, "detail", None) or error)
        assert said
        assert "\n" not in said
        return "refused"
    return "read"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.survives("mutations")
def test_nothing_escapes_from_any_reader(every, capfd):
    folder, found = every
    times_s, outcomes = [], []
    total = sum(reader.share for reader in found)
    for reader in found:
        path = folder / f"fuzzed{reader.suffix}"
        for content in reader.valid:
            path.write_bytes(content)
            assert outcome(reader, path) == "read", reader.name
        for seed in range(round(COUNT * reader.share / total)):
            rng = np.random.default_rng([seed, 1])
            path.write_bytes(mutated(reader.valid[seed % len(reader.valid)], reader.valid, rng))
            began_s = time.perf_counter()
            outcomes.append(outcome(reader, path))
            times_s.append(time.perf_counter() - began_s)
    assert len(outcomes) >= COUNT - len(found)
    assert 0.1 < outcomes.count("read") / len(outcomes) < 0.9
    assert np.percentile(times_s, 99) < 1
    assert capfd.readouterr() == ("", "")


def test_mutations_change_files_and_repeat():
    content = bytes(range(256))
    found = [mutated(content, [content], np.random.default_rng(seed)) for seed in range(200)]
    assert found == [mutated(content, [content], np.random.default_rng(seed)) for seed in range(200)]
    assert sum(one != content for one in found) > 150
