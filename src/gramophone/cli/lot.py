"""Lots of a batch: the commands of their items, which are computed together as far as they are alike."""

import contextlib
import io
import warnings
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gramophone.batch.item import Finish, Made, Work
from gramophone.batch.lot import measured
from gramophone.cli.item import COMMANDS, arguments_of
from gramophone.cli.progress import Progress
from gramophone.cli.texture import Asked
from gramophone.errors import GramophoneError
from gramophone.settings import Settings

if TYPE_CHECKING:
    from gramophone.cli.run import Order
    from gramophone.synthesis.pipeline import Task

WARNING = "gramophone: warning: "


def make(works: Sequence[Work]) -> list[Finish]:
    """Runs the command of every item, quietly; its warnings become notes."""
    finishes: list[Finish] = [partial(_alone, work) for work in works]
    kinds: dict[Hashable, dict[int, _Begun]] = {}
    for place, work in enumerate(works):
        if len(works) > 1 and (begun := _begun(work)) is not None:
            kinds.setdefault(begun.kind, {})[place] = begun
    for alike in kinds.values():
        if len(alike) == 1:
            continue
        failure = _run(list(alike.values()))
        note = f"made by itself, as together with others it failed: {failure}"
        for place, begun in alike.items():
            finishes[place] = partial(_alone, begun.work, note) if failure else partial(_finished, begun)
    return finishes


def make_and_judge(works: Sequence[Work]) -> list[Finish]:
    """The same, and the measures of every result beside it."""
    return [partial(_judged, work, finish) for work, finish in zip(works, make(works), strict=True)]


@dataclass
class _Begun:
    """An item whose command has been run up to the point where something is computed.

    Attributes:
        work: the item.
        said: what the command has said so far.
        set_up: the task and what was asked for; none once it has been carried out, as it takes memory.
        kind: what it has in common with those that it can be computed together with.
    """

    work: Work
    said: io.StringIO
    set_up: "tuple[Task, Order] | None"
    kind: Hashable


def _can_go_together(work: Work) -> bool:
    """Whether it is worth while to set it up beside others, as far as its settings tell."""
    from gramophone.synthesis.batched import why_alone_with

    _, ask = COMMANDS[work.item.task]
    form = ask(*work.inputs, **arguments_of(work.item, work.output))
    if isinstance(form, Asked):
        is_one_piece = not form.is_long and "loop" not in work.item.settings
        return is_one_piece and why_alone_with(form.settings, "texture") is None
    return isinstance(form, Settings) and why_alone_with(form, "transfer") is None


def _begun(work: Work) -> _Begun | None:
    """Sets an item up; none where that fails, or it cannot go with others: it is made when it is its turn."""
    from gramophone.synthesis.batched import kind_of, why_alone

    if not _can_go_together(work):
        return None
    said, kept = io.StringIO(), []

    def keep(task: "Task", order: "Order", _: Progress) -> int:
        kept.append((task, order))
        return 0

    with contextlib.suppress(Exception):  # said when it is made by itself
        _command(work, said, carry=keep)
    if not kept or why_alone(kept[0][0]):
        return None
    return _Begun(work, said, kept[0], kind_of(kept[0][0]))


def _run(alike: Sequence[_Begun]) -> str:
    """Computes them together; tells what failed, if anything.

    Raises:
        SystemExit: the device has failed, and with it this process: another one begins anew, item by item.
    """
    import torch

    from gramophone.synthesis.batched import MemoryShortWarning, run_together

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run_together([one.set_up[0] for one in alike if one.set_up is not None])
        except torch.AcceleratorError as error:
            raise SystemExit(f"the device has failed: {error}") from error
        except Exception as error:  # noqa: BLE001 - each is made by itself
            return f"{type(error).__name__} ({str(error)[:300]})"
    short = [warning.message for warning in caught if issubclass(warning.category, MemoryShortWarning)]
    for one in alike:
        one.said.writelines(f"{WARNING}{message}\n" for message in short)
    return ""


def _finished(begun: _Begun) -> Made:
    from gramophone.cli.run import carry_out

    if begun.set_up is None:
        raise AssertionError("an item is finished once")
    with _quietly(begun.said):
        code = carry_out(*begun.set_up, Progress(quiet=True))
    begun.set_up = None
    return _made(begun.work, begun.said, code)


def _alone(work: Work, note: str = "") -> Made:
    said = io.StringIO()
    made = _made(work, said, _command(work, said))
    return Made((note, *made.notes) if note else made.notes, made.figures)


def _command(work: Work, said: io.StringIO, **how: object) -> int:
    command, _ = COMMANDS[work.item.task]
    with _quietly(said):
        return command(*work.inputs, **arguments_of(work.item, work.output), command=work.item.command, **how)


def _made(work: Work, said: io.StringIO, code: int) -> Made:
    if code:
        raise GramophoneError(f"ended with code {code}: {' '.join(said.getvalue().split())}")
    notes = tuple(line.removeprefix(WARNING) for line in said.getvalue().splitlines())
    return Made(notes, measured(work.output.with_suffix(".json"), {}))


def _judged(work: Work, finish: Finish) -> Made:
    made = finish()
    from gramophone.audio import load
    from gramophone.evaluation import evaluate

    inputs = work.inputs
    content, style = (inputs[0], inputs[1]) if work.item.task == "transfer" else (None, inputs[0])
    found = evaluate(load(style), load(work.output), None if content is None else load(content))
    measures = {figure.key: figure.value for figure in found.figures if figure.value is not None}
    return Made(made.notes, measured(work.output.with_suffix(".json"), measures))


@contextlib.contextmanager
def _quietly(said: io.StringIO) -> Iterator[None]:
    """Whatever is printed is kept or dropped."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        yield
