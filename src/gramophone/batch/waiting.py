"""Items that are still to be begun."""

from collections import deque
from collections.abc import Callable, Iterator

from gramophone.batch.item import Item


class Waiting:
    """Takes items as they are needed; a few are known ahead, so that no process is started for nothing.

    Args:
        items: checked one by one, which may take a while.
        is_stopping: whether no more are wanted.
    """

    def __init__(self, items: Iterator[Item], is_stopping: Callable[[], bool]) -> None:
        self._items = items
        self._is_stopping = is_stopping
        self._known: deque[Item] = deque()

    def has(self, number: int) -> bool:
        """Whether there are so many, and they are still wanted."""
        while len(self._known) < number and not self._is_stopping():
            item = next(self._items, None)
            if item is None:
                break
            self._known.append(item)
        return len(self._known) >= number and not self._is_stopping()

    def take(self) -> Item:
        """The next one."""
        return self._known.popleft()
