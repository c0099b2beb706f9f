"""Items of `bench.batch` that compute nothing; nodes of a cluster import the module by name."""

import time
from collections.abc import Sequence
from functools import partial

from gramophone.batch.item import Completion, ItemResult, StagedItem
from gramophone.batch.worker import serve_computations


def nothing(staged: Sequence[StagedItem]) -> list[Completion]:
    return [ItemResult for _ in staged]


def sleep(staged: Sequence[StagedItem]) -> list[Completion]:
    return [partial(_sleep, float(one.item.settings["seconds"])) for one in staged]


def _sleep(seconds: float) -> ItemResult:
    time.sleep(seconds)
    return ItemResult()


if __name__ == "__main__":
    serve_computations(nothing, sleep)
