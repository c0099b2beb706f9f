"""The Ray engine: groups of items as tasks of a cluster; Ray places them, this module limits their number."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

from gramophone.batch.completed import CompletedItems
from gramophone.batch.item import Compute, Item, ItemOutcome, items_from_json, items_to_json
from gramophone.batch.item_queue import ItemQueue, checked_group_size
from gramophone.batch.run_group import run_group
from gramophone.bounds import check_bounds
from gramophone.errors import UsageError

MISSING = "the engine ray needs Ray: pip install 'gramophone[ray]'"
POLL_S = 0.25
REFRESH_S = 2.0
PROBE_S, CONNECT_S = 3.0, 6.0  # together under the ten seconds after which nobody waits any longer
TASKS_PER_SLOT = 2  # so that no slot waits for the driver
TRIES = 3
LEAST_CPUS, MOST_RESOURCES = 0.001, 10_000  # Ray counts fractions of a core in thousandths


class Cluster:
    """A running Ray cluster whose nodes all have this package and see the same inputs and outputs.

    Args:
        address: `HOST:PORT`, `ray://HOST:PORT`, or `auto` for the cluster that this machine belongs to.
        cpus: number of cores that a group of items takes.
        gpus: number of GPUs that a group of items takes.
        group_size: largest number of items in a group; 1 by default, 64 on GPUs.

    Raises:
        UsageError: a number is out of its bounds.
    """

    def __init__(
        self, address: str = "auto", *, cpus: float = 1.0, gpus: float = 0.0, group_size: int | None = None
    ) -> None:
        check_bounds("cpus", cpus, LEAST_CPUS, MOST_RESOURCES)
        check_bounds("gpus", gpus, 0, MOST_RESOURCES)
        self.address = address
        self.cpus = cpus
        self.gpus = gpus
        self.group_size = checked_group_size(group_size, on_gpus=gpus > 0)

    @property
    def label(self) -> str:
        """What the progress line says."""
        return f"the Ray cluster at {self.address}"

    def run(
        self, items: Iterator[Item], compute: Compute, stop_requested: Callable[[], bool]
    ) -> Iterator[ItemOutcome]:
        """Yields outcomes as they arrive; an item whose node or worker is lost is started again, at most three times.

        Every item has exactly one outcome. One that was complete before its node was lost is not computed again.

        Args:
            items: items, taken as slots become free.
            compute: computes groups; a function of a module that all nodes have.
            stop_requested: polled several times a second; no group is started once it is true.

        Raises:
            UsageError: Ray is not installed, or the cluster cannot be reached.
        """
        waiting, starts = ItemQueue(items, stop_requested, self.group_size), Counter[int]()
        with _connected(self.address) as ray:
            capacity = _Capacity(ray, self.cpus, self.gpus)
            # Ray's own retries do not end for tasks that take too much memory, so they are counted here.
            # Spread out, as otherwise all but one node are asked through another one, a tenth of a second an item.
            task = ray.remote(_run_on_node).options(
                num_cpus=self.cpus, num_gpus=self.gpus, max_retries=0, scheduling_strategy="SPREAD"
            )
            pending: dict[Any, tuple[Item, ...]] = {}
            while True:
                while len(pending) < capacity.tasks and waiting.has(1):
                    group = waiting.take(capacity.tasks - len(pending))
                    starts.update(item.place for item in group)
                    tries = max(starts[item.place] for item in group)
                    pending[task.remote(items_to_json(group), compute, tries)] = group
                if not pending:
                    return
                for reference in _ready(ray, list(pending)):
                    group = pending.pop(reference)
                    outcomes = _outcomes(ray, reference, group, starts)
                    for outcome in outcomes:
                        yield outcome.with_tries(starts[outcome.place])
                    if not outcomes:
                        waiting.retry(group)


class _Capacity:
    """Number of tasks that may be submitted at a time; nodes come and go."""

    def __init__(self, ray: ModuleType, cpus: float, gpus: float) -> None:
        self._ray = ray
        self._needed = {"CPU": cpus, **({"GPU": gpus} if gpus else {})}
        self._asked_s = -REFRESH_S
        self._tasks = 1

    @property
    def tasks(self) -> int:
        """At least one, even if the cluster has no free slot."""
        if time.monotonic() - self._asked_s > REFRESH_S:
            available = self._ray.cluster_resources()
            slots = min(available.get(name, 0.0) / needed for name, needed in self._needed.items())
            self._tasks, self._asked_s = max(1, int(TASKS_PER_SLOT * slots)), time.monotonic()
        return self._tasks


def _run_on_node(text: str, compute: Compute, tries: int) -> list[str]:
    """Runs a group on a node; in a later try, only the items that the lost node had not completed."""
    group = items_from_json(text)
    earlier = {item.place: CompletedItems().outcome(item) for item in group} if tries > 1 else {}
    kept = [replace(outcome, status="made") for outcome in earlier.values() if outcome is not None]
    left = [item for item in group if earlier.get(item.place) is None]
    return [outcome.as_json() for outcome in (*kept, *run_group(left, compute))]


def _ready(ray: ModuleType, pending: list[Any]) -> list[Any]:
    """Waits up to `POLL_S` for a task to end; returns all that have."""
    ready, _ = ray.wait(pending, num_returns=1, timeout=POLL_S)
    if ready:
        ready, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
    return list(ready)


def _outcomes(ray: ModuleType, reference: Any, group: tuple[Item, ...], starts: Counter[int]) -> list[ItemOutcome]:  # noqa: ANN401
    """Outcomes of a group; none if its items are to be started again."""
    try:
        return [ItemOutcome.from_json(line) for line in ray.get(reference)]
    except ray.exceptions.RayTaskError as error:
        reason = str(error.cause or error).splitlines()[-1]
    except ray.exceptions.RayError as error:
        # Its worker or node is gone, or ran out of memory; which of them is not always told.
        if len(group) > 1 or starts[group[0].place] < TRIES:
            return []
        reason = f"{type(error).__name__}, {TRIES} times"
    sentence = f"the cluster lost the item ({reason}); see the logs of its nodes"
    return [ItemOutcome.of(item, "failed", error=sentence, exit_code=1) for item in group]


@contextmanager
def _connected(address: str) -> Iterator[ModuleType]:
    """Connects to Ray for the `with` block; an existing connection is used and left open."""
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UsageError(MISSING) from error
    if ray.is_initialized():
        yield ray
        return
    _probe(address)
    failures: list[BaseException] = []
    # In a thread of its own, as Ray tries for much longer, and takes the signals of the main thread.
    connecting = threading.Thread(target=_connect, args=(ray, address, failures), daemon=True)
    connecting.start()
    connecting.join(CONNECT_S)
    if connecting.is_alive() or failures:
        reason = f"no answer in {CONNECT_S:g} s" if not failures else " ".join(str(failures[0]).split())[:200]
        raise UsageError(_unreachable(address, reason))
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, address: str, failures: list[BaseException]) -> None:
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", configure_logging=False)
    except BaseException as error:  # noqa: BLE001 - told to the thread that waits
        failures.append(error)


def _probe(address: str) -> None:
    """Checks that something listens at the address.

    Raises:
        UsageError: it is no address, or nothing listens there.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address in ("auto", "local"):
        return
    if not host or not port.isdecimal():
        raise UsageError(f"'{address}' is not an address of a cluster; give auto, HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PROBE_S).close()
    except (OSError, OverflowError) as error:
        raise UsageError(_unreachable(address, str(error))) from error


def _unreachable(address: str, reason: str) -> str:
    return f"no Ray cluster at {address} ({reason}); start one with 'ray start --head', or check the address"
