"""The queue of items that are still to be started, handed out in groups of alike ones."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from gramophone.batch.item import Item
from gramophone.bounds import check_bounds

GROUP_SIZE_ON_GPU = 64
LARGEST_GROUP = 4096


def checked_group_size(size: int | None, *, on_gpus: bool) -> int:
    """The largest number of items in a group: 64 on GPUs and 1 elsewhere unless given.

    Raises:
        UsageError: it is not between 1 and 4096.
    """
    if size is None:
        return GROUP_SIZE_ON_GPU if on_gpus else 1
    check_bounds("together", size, 1, LARGEST_GROUP)
    return size


class ItemQueue:
    """Takes items from an iterator as they are needed; some are read ahead so that groups can be of equal size.

    Args:
        items: checked one by one, which may take a while; alike items follow each other.
        stop_requested: whether no more items are to be started.
        group_size: largest number of items in a group.
    """

    def __init__(self, items: Iterator[Item], stop_requested: Callable[[], bool], group_size: int = 1) -> None:
        self._items = items
        self._stop_requested = stop_requested
        self._group_size = group_size
        self._read: deque[Item] = deque()
        self._retries: deque[Item] = deque()

    def has(self, number: int) -> bool:
        """Whether so many items can be started: all retries, and others unless a stop is requested."""
        return len(self._retries) + self._read_ahead(number - len(self._retries)) >= number

    def take(self, slots: int = 1) -> tuple[Item, ...]:
        """The next group: one item to retry, or the next item and those after it that are alike.

        Args:
            slots: number of free slots; a group leaves the others their share of the items.
        """
        if self._retries:
            return (self._retries.popleft(),)
        most = min(self._group_size, -(-self._read_ahead(self._group_size * slots) // slots))
        group = [self._read.popleft()]
        while len(group) < most and self._read[0].group_key == group[0].group_key:
            group.append(self._read.popleft())
        return tuple(group)

    def retry(self, items: Iterable[Item]) -> None:
        """Queues items of a lost group again, one by one, as any of them may have been the cause."""
        self._retries.extend(items)

    def _read_ahead(self, number: int) -> int:
        """Reads up to so many items; returns how many can be started."""
        while len(self._read) < number and not self._stop_requested():
            item = next(self._items, None)
            if item is None:
                break
            self._read.append(item)
        return 0 if self._stop_requested() else len(self._read)
