"""The Ray engine: the same items as tasks of a cluster, which places them; here is only how many are under way."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any

from gramophone.batch.complete import Complete
from gramophone.batch.item import Item, Make, Outcome, as_line, from_line
from gramophone.batch.lot import do
from gramophone.batch.waiting import TOGETHER_ON_GPU, ItemQueue
from gramophone.errors import UsageError

MISSING = "the engine ray needs Ray: pip install 'gramophone[ray]'"
LOOK_S = 0.25
RESOURCES_S = 2.0
KNOCK_S, CONNECT_S = 3.0, 6.0  # together under the ten seconds after which nobody waits any longer
AHEAD = 2  # tasks under way for each place, so that no place waits for the driver
TRIES = 3


class Cluster:
    """A Ray cluster that runs already; every node has this package, and sees the same inputs and outputs.

    Args:
        address: `HOST:PORT`, `ray://HOST:PORT`, or `auto` for the cluster that this machine belongs to.
        cpus: cores that a lot of items takes.
        gpus: GPUs that it takes.
        together: items of a lot, which are computed side by side as far as they are alike; 1 by default, 64 on GPUs.
    """

    def __init__(
        self, address: str = "auto", *, cpus: float = 1.0, gpus: float = 0.0, together: int | None = None
    ) -> None:
        if not (0 < cpus < 10_000 and 0 <= gpus < 10_000):
            raise UsageError(f"{cpus:g} cores and {gpus:g} GPUs an item are impossible; give more than 0 cores")
        self.address = address
        self.cpus = cpus
        self.gpus = gpus
        self.together = (TOGETHER_ON_GPU if gpus else 1) if together is None else together

    @property
    def label(self) -> str:
        """What the progress line says."""
        return f"the Ray cluster at {self.address}"

    def run(self, items: Iterator[Item], make: Make, is_stopping: Callable[[], bool]) -> Iterator[Outcome]:
        """Yields outcomes as they come; an item whose node or worker is lost is begun again, three times at most.

        Every item has exactly one outcome. One that was finished before its node was lost is not made again.

        Args:
            items: taken as places become free.
            make: makes lots; a function of a module that all nodes have.
            is_stopping: looked at several times a second; nothing new is begun once it is true.

        Raises:
            UsageError: Ray is not installed, or the cluster cannot be reached.
        """
        waiting, begun = ItemQueue(items, is_stopping, self.together), Counter[int]()
        with _connected(self.address) as ray:
            room = _Room(ray, self.cpus, self.gpus)
            # Ray's own retries do not end for tasks that take too much memory, so they are counted here.
            # Spread out, as otherwise all but one node are asked through another one, a tenth of a second an item.
            task = ray.remote(_do).options(
                num_cpus=self.cpus, num_gpus=self.gpus, max_retries=0, scheduling_strategy="SPREAD"
            )
            pending: dict[Any, tuple[Item, ...]] = {}
            while True:
                while len(pending) < room.most and waiting.has(1):
                    lot = waiting.take(room.most - len(pending))
                    begun.update(item.place for item in lot)
                    tries = max(begun[item.place] for item in lot)
                    pending[task.remote(as_line(lot), make, tries)] = lot
                if not pending:
                    return
                for reference in _ready(ray, list(pending)):
                    lot = pending.pop(reference)
                    outcomes = _outcomes(ray, reference, lot, begun)
                    for outcome in outcomes:
                        yield outcome.again(begun[outcome.place])
                    if not outcomes:
                        waiting.give_back(lot)


class _Room:
    """How many tasks may be under way; nodes come and go."""

    def __init__(self, ray: ModuleType, cpus: float, gpus: float) -> None:
        self._ray = ray
        self._needed = {"CPU": cpus, **({"GPU": gpus} if gpus else {})}
        self._asked_s = -RESOURCES_S
        self._most = 1

    @property
    def most(self) -> int:
        """At least one, even where there is no place at the moment."""
        if time.monotonic() - self._asked_s > RESOURCES_S:
            there = self._ray.cluster_resources()
            places = min(there.get(name, 0.0) / needed for name, needed in self._needed.items())
            self._most, self._asked_s = max(1, int(AHEAD * places)), time.monotonic()
        return self._most


def _do(text: str, make: Make, tries: int) -> list[str]:
    """What a node does."""
    lot = from_line(text)
    earlier = {item.place: Complete()(item) for item in lot} if tries > 1 else {}
    kept = [replace(outcome, status="made") for outcome in earlier.values() if outcome is not None]
    left = [item for item in lot if earlier.get(item.place) is None]
    return [outcome.as_json() for outcome in (*kept, *do(left, make))]


def _ready(ray: ModuleType, pending: list[Any]) -> list[Any]:
    """All that have ended, after a short while at the latest."""
    ready, _ = ray.wait(pending, num_returns=1, timeout=LOOK_S)
    if ready:
        ready, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
    return list(ready)


def _outcomes(ray: ModuleType, reference: Any, lot: tuple[Item, ...], begun: Counter[int]) -> list[Outcome]:  # noqa: ANN401
    """What became of a lot; nothing where its items are to be begun again."""
    try:
        return [Outcome.from_json(line) for line in ray.get(reference)]
    except ray.exceptions.RayTaskError as error:
        reason = str(error.cause or error).splitlines()[-1]
    except ray.exceptions.RayError as error:
        # Its worker or node is gone, or ran out of memory; which of them is not always told.
        if len(lot) > 1 or begun[lot[0].place] < TRIES:
            return []
        reason = f"{type(error).__name__}, {TRIES} times"
    said = f"the cluster lost it ({reason}); see the logs of its nodes"
    return [Outcome.of(item, "failed", error=said, exit_code=1) for item in lot]


@contextmanager
def _connected(address: str) -> Iterator[ModuleType]:
    """Ray, connected; a connection that was there already is used, and left."""
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UsageError(MISSING) from error
    if ray.is_initialized():
        yield ray
        return
    _knock(address)
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


def _knock(address: str) -> None:
    """Looks whether anything listens there at all."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address in ("auto", "local"):
        return
    if not host or not port.isdecimal():
        raise UsageError(f"'{address}' is no address of a cluster; say auto, HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
    except (OSError, OverflowError) as error:
        raise UsageError(_unreachable(address, str(error))) from error


def _unreachable(address: str, reason: str) -> str:
    return f"no Ray cluster at {address} ({reason}); start one with 'ray start --head', or check the address"
