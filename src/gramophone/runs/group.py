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
from gramophone.synthesis import LongTexture, batched
from gramophone.synthesis.pipeline import Task

Completion = Callable[[], Outcome]
"""Executes a run, or only completes it if it was computed together with others; raises what `execute` raises."""


@dataclass
class _Begun:
    """A run that is set up beside others.

    Attributes:
        index: of the run in its group.
        task: what is computed.
        prepared: the run; none once it has been completed, as it takes memory.
    """

    index: int
    task: Task | None
    prepared: Prepared | None


def execute_group(runs: Sequence[Run], observers: Sequence[Observer]) -> list[Completion]:
    """Computes what can be computed together; what is given completions each of the runs in turn.

    A run that cannot be set up beside others, or whose group failed, is run by itself when it is its turn.

    Args:
        runs: what is run.
        observers: one for each.

    Raises:
        SystemExit: the device has failed, and with it this process: another one begins anew, run by run.
    """
    completions: list[Completion] = [
        partial(execute, run, observer) for run, observer in zip(runs, observers, strict=True)
    ]
    batches: dict[Hashable, list[_Begun]] = {}
    for index, run in enumerate(runs if len(runs) > 1 else ()):
        if (begun := _begun(index, run, observers[index])) is not None and begun.task is not None:
            batches.setdefault(batched.batch_key(begun.task), []).append(begun)
    for alike in batches.values():
        if len(alike) == 1:
            continue
        failure, notes = _compute([one.task for one in alike if one.task is not None])
        for one in alike:
            observer = observers[one.index]
            for note in notes:
                observer.on_warning(note)
            if failure:
                observer.on_warning(f"made by itself, as together with others it failed: {failure}")
            else:
                completions[one.index] = partial(_complete, one, observer)
    return completions


def _can_be_batched(run: Run) -> bool:
    """Whether it is worth while to set it up beside others, as far as its request tells."""
    request = run.request
    if isinstance(request, TextureRequest) and (request.is_long or request.loop):
        return False
    return batched.settings_not_batchable(request.settings(), request.name) is None


def _begun(index: int, run: Run, observer: Observer) -> _Begun | None:
    """Sets a run up; none where that fails, or it cannot go with others."""
    with contextlib.suppress(Exception):  # raised again when it is run by itself
        if _can_be_batched(run):
            prepared = prepare(run, Observer())
            if not isinstance(prepared.work, LongTexture) and batched.reason_not_batchable(prepared.work) is None:
                return _Begun(index, prepared.work, prepared)
    return None


def _compute(tasks: Sequence[Task]) -> tuple[str, list[str]]:
    """Computes tasks together; tells what failed, if anything, and what is to be known."""
    import torch

    failure = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            batched.run_batched(tasks)
        except torch.AcceleratorError as error:
            raise SystemExit(f"the device has failed: {error}") from error
        except Exception as error:  # noqa: BLE001 - each is run by itself
            failure = f"{type(error).__name__} ({str(error)[:300]})"
    return failure, [str(one.message) for one in caught if issubclass(one.category, batched.MemoryShortWarning)]


def _complete(begun: _Begun, observer: Observer) -> Outcome:
    prepared = begun.prepared
    if prepared is None:
        raise AssertionError("a run is completed once")
    begun.prepared = begun.task = None
    return complete(prepared, observer)
