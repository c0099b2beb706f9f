"""Prefetching: the next blocks of a stream are computed while the last one plays."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

AHEAD = 2  # blocks


@contextmanager
def prefetched(
    source: Iterator[Item], *, count: int = AHEAD, close: Callable[[], object] = lambda: None
) -> Iterator[Iterator[Item]]:
    """Runs an iterator in a thread, at most `count` items ahead, for the `with` block.

    An exception of the iterator is raised in place of its item.

    Args:
        source: iterator that is read ahead.
        count: number of items.
        close: called when the items are no longer needed, to end the source even in the middle of an item.
    """
    made: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(count)
    stopped = threading.Event()

    def make() -> None:
        while not stopped.is_set():
            try:
                item: tuple[Item | None, BaseException | None] = (next(source), None)
            except BaseException as error:  # noqa: BLE001 - handed over to whoever reads
                item = (None, error)
            while not stopped.is_set():
                try:
                    made.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if item[1] is not None:
                return

    def read() -> Iterator[Item]:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # no item without an error is None

    thread = threading.Thread(target=make, name="blocks ahead")
    thread.start()
    try:
        yield read()
    finally:
        stopped.set()
        close()
        thread.join()  # the interpreter must not end under a computation
