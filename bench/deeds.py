"""What the items of `bench.batch` do; worker processes import it by name."""

import time
from pathlib import Path

from gramophone.batch.item import Item, Made, one_by_one


@one_by_one
def nothing(item: Item, inputs: tuple[Path, ...], output: Path) -> Made:
    return Made()


@one_by_one
def sleep(item: Item, inputs: tuple[Path, ...], output: Path) -> Made:
    time.sleep(float(item.settings["seconds"]))
    return Made()
