"""Lots of a batch: the commands of their items, which are computed together as far as they are alike."""

import contextlib
import io
import warnings
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from gramophone.batch.item import Finish, Made, Work
from gramophone.batch.lot import measured
from gramophone.cli.item import COMMANDS, arguments_of
from gramophone.cli.progress import Progress
from gramophone.errors import GramophoneError

if TYPE_CHECKING:
    from gramophone.cli.run import Order
    from gramophone.tasks.task import Task

WARNING = "gramophone: warning: "


def make(works: Sequence[Work]) -> list[Finish]:
    """Runs the command of every item, quietly; its warnings become notes."""
    if len(works) == 1:
        return [partial(_alone, works[0])]
    begun = [_begun(work) for work in works]
    kinds: dict[Hashable, list[_Begun]] = {}
    for one in begun:
        if one.kind is not None:
            kinds.setdefault(one.kind, []).append(one)
    for alike in kinds.values():
        if len(alike) > 1:
            _run(alike)
    return [partial(_finished, one) for one in begun]


def make_and_judge(works: Sequence[Work]) -> list[Finish]:
    """The same, and the measures of every result beside it."""
    return [partial(_judged, work, finish) for work, finish in zip(works, make(works), strict=True)]


@dataclass
class _Begun:
    """An item whose command has been run up to the point where something is computed.

    Attributes:
        work: the item.
        said: what the command has said so far.
        task: what it has set up; none where it went another way.
        order: what it was asked for.
        code: how it ended, if it went another way.
        failure: why it ended before.
    """

    work: Work
    said: io.StringIO = field(default_factory=io.StringIO)
    task: "Task | None" = None
    order: "Order | None" = None
    code: int = 0
    failure: Exception | None = None

    @property
    def kind(self) -> Hashable:
        """What it has in common with those that it can be computed together with; none if it cannot."""
        from gramophone.tasks.together import kind_of, why_alone

        return None if self.task is None or why_alone(self.task) else kind_of(self.task)

    def keep(self, task: "Task", order: "Order", _: Progress) -> int:
        """Takes what the command has set up, instead of carrying it out."""
        self.task, self.order = task, order
        return 0


def _begun(work: Work) -> _Begun:
    begun = _Begun(work)
    try:
        begun.code = _command(work, begun.said, carry=begun.keep)
    except Exception as error:  # noqa: BLE001 - raised again when it is the item's turn
        begun.failure = error
    return begun


def _run(alike: Sequence[_Begun]) -> None:
    """Computes them together. If that fails, each is computed by itself when it is its turn."""
    from gramophone.tasks.together import MemoryShortWarning, run_together

    with warnings.catch_warnings(record=True) as caught, contextlib.suppress(Exception):
        warnings.simplefilter("always")
        run_together([one.task for one in alike if one.task is not None])
    short = [warning.message for warning in caught if issubclass(warning.category, MemoryShortWarning)]
    for one in alike:
        one.said.writelines(f"{WARNING}{message}\n" for message in short)


def _finished(begun: _Begun) -> Made:
    if begun.failure is not None:
        raise begun.failure
    if begun.task is None or begun.order is None:
        return _made(begun.work, begun.said, begun.code)
    from gramophone.cli.run import carry_out

    with _quietly(begun.said):
        code = carry_out(begun.task, begun.order, Progress(quiet=True))
    return _made(begun.work, begun.said, code)


def _alone(work: Work) -> Made:
    said = io.StringIO()
    return _made(work, said, _command(work, said))


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
