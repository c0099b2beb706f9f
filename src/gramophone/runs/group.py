"""Several runs as a group: those that are alike are computed in one set of tensors, the others one by one."""

import contextlib
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

from gramophone.request import TextureRequest
from gramophone.runs.execute import Outcome, Prepared, complete, execute, prepare
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run
from gramophone.synthesis import batched
from gramophone.synthesis.pipeline import Task

RunBatched = Callable[[Sequence[Task]], object]

Completion = Callable[[], Outcome]
"""Executes a run, or only completes it if it was computed together with others; raises what `execute` raises."""


@dataclass
class _Member:
    """A run that is computed together with others.

    Attributes:
        index: index of the run in its group.
        task: task of the run.
        prepared: the prepared run; it and the task are None once it is completed, which frees their memory.
    """

    index: int
    task: Task | None
    prepared: Prepared | None


def execute_group(
    runs: Sequence[Run], observers: Sequence[Observer], run_batched: RunBatched = batched.run_batched
) -> list[Completion]:
    """Computes the runs that can share tensors, and returns a completion for every run.

    A run that cannot be computed together with others, or whose batch failed, is executed by its completion.

    Args:
        runs: the runs.
        observers: one for each run.
        run_batched: computes tasks that can share tensors.

    Raises:
        SystemExit: the device has failed, and this process cannot use it any more.
    """
    completions: list[Completion] = [
        partial(execute, run, observer) for run, observer in zip(runs, observers, strict=True)
    ]
    batches: dict[Hashable, list[_Member]] = {}
    for index, run in enumerate(runs if len(runs) > 1 else ()):
        if (member := _prepare(index, run)) is not None and member.task is not None:
            batches.setdefault(batched.batch_key(member.task), []).append(member)
    for members in batches.values():
        if len(members) == 1:
            continue
        failure, notes = _compute([member.task for member in members if member.task is not None], run_batched)
        for member in members:
            observer = observers[member.index]
            for note in notes:
                observer.on_warning(note)
            if failure:
                observer.on_warning(f"computed by itself, as it failed together with others: {failure}")
            else:
                completions[member.index] = partial(_complete, member, observer)
    return completions


def _can_be_batched(run: Run) -> bool:
    """Whether a run may share tensors with others, as far as its request tells."""
    request = run.request
    if isinstance(request, TextureRequest) and (request.is_long or request.loop):
        return False
    return batched.settings_not_batchable(request.settings(), request.name) is None


def _prepare(index: int, run: Run) -> _Member | None:
    """Prepares a run; None if that fails, or if it cannot share tensors."""
    with contextlib.suppress(Exception):  # raised again when the run is executed by itself
        if _can_be_batched(run):
            prepared = prepare(run, Observer())
            if isinstance(prepared.work, Task) and batched.reason_not_batchable(prepared.work) is None:
                return _Member(index, prepared.work, prepared)
    return None


def _compute(tasks: Sequence[Task], run_batched: RunBatched) -> tuple[str, list[str]]:
    """Computes tasks together; returns what failed, if anything, and warnings."""
    import torch

    failure = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run_batched(tasks)
        except torch.AcceleratorError as error:
            raise SystemExit(f"the device has failed: {error}") from error
        except Exception as error:  # noqa: BLE001 - each is executed by itself
            failure = f"{type(error).__name__} ({str(error)[:300]})"
    return failure, [str(one.message) for one in caught if issubclass(one.category, batched.MemoryShortWarning)]


def _complete(member: _Member, observer: Observer) -> Outcome:
    prepared = member.prepared
    if prepared is None:
        raise AssertionError("a run is completed once")
    member.prepared = member.task = None
    return complete(prepared, observer)
