"""Items that are still to be begun."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from gramophone.batch.item import Item

TOGETHER_ON_GPU = 64  # items of a lot where nothing else is asked for


class ItemQueue:
    """Takes items as they are needed; a few are known ahead, so that lots can be shared out evenly.

    Args:
        items: checked one by one, which may take a while; those that are alike follow each other.
        is_stopping: whether no more are wanted.
        together: how many items a lot has at most.
    """

    def __init__(self, items: Iterator[Item], is_stopping: Callable[[], bool], together: int = 1) -> None:
        self._items = items
        self._is_stopping = is_stopping
        self._together = together
        self._known: deque[Item] = deque()
        self._alone: deque[Item] = deque()

    def has(self, number: int) -> bool:
        """Whether there are so many items to be begun: what comes back, and the others as long as they are wanted."""
        return len(self._alone) + self._ahead(number - len(self._alone)) >= number

    def take(self, places: int = 1) -> tuple[Item, ...]:
        """The next lot: an item that comes back, or the next one and those after it that are alike.

        Args:
            places: that are free; a lot leaves the others their share of what there is.
        """
        if self._alone:
            return (self._alone.popleft(),)
        most = min(self._together, -(-self._ahead(self._together * places) // places))
        lot = [self._known.popleft()]
        while len(lot) < most and self._known[0].likeness == lot[0].likeness:
            lot.append(self._known.popleft())
        return tuple(lot)

    def give_back(self, items: Iterable[Item]) -> None:
        """What was begun in vain is begun again, each by itself: one of them may be the reason."""
        self._alone.extend(items)

    def _ahead(self, number: int) -> int:
        """How many are known and wanted, after a look for so many."""
        while len(self._known) < number and not self._is_stopping():
            item = next(self._items, None)
            if item is None:
                break
            self._known.append(item)
        return 0 if self._is_stopping() else len(self._known)
