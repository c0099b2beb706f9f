"""Items of a batch as runs of their requests, which are computed together as far as they are alike."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gramophone.batch.item import REPORT, Finish, Made, Work
from gramophone.batch.lot import measured
from gramophone.batch.worker import serve_makers
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run

if TYPE_CHECKING:
    from gramophone.runs.execute import Outcome


class Notes(Observer):
    """Keeps warnings, and writes the reports that are asked for."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_warning(self, text: str) -> None:
        """Keeps it."""
        self.notes.append(text)

    def on_recorded(self, run: Run) -> None:
        """Writes the report, if it is asked for."""
        if run.page is not None:
            from gramophone.report import write_page

            write_page(run.page, [run.record], announce=self.on_status, overwrite=run.overwrite)


def make(works: Sequence[Work]) -> list[Finish]:
    """Runs the request of every item; its warnings become notes."""
    from gramophone.runs.group import execute_group

    observers = [Notes() for _ in works]
    finishes = execute_group([_run(work) for work in works], observers)
    return [partial(_made, *one) for one in zip(works, finishes, observers, strict=True)]


def make_and_judge(works: Sequence[Work]) -> list[Finish]:
    """The same, and the measures of every result beside it."""
    return [partial(_judged, work, finish) for work, finish in zip(works, make(works), strict=True)]


def _run(work: Work) -> Run:
    item = work.item
    request = item.request([str(path) for path in work.inputs])
    return Run(request, work.output, item.command, REPORT in item.settings, overwrite=True)


def _made(work: Work, finish: Callable[[], "Outcome"], observer: Notes) -> Made:
    outcome = finish()
    if outcome.failure is not None:
        raise outcome.failure
    return Made(tuple(observer.notes), measured(outcome.run.record, {}))


def _judged(work: Work, finish: Finish) -> Made:
    made = finish()
    from gramophone.audio import load
    from gramophone.evaluation import evaluate

    inputs = work.inputs
    content, style = (inputs[0], inputs[1]) if work.item.task == "transfer" else (None, inputs[0])
    found = evaluate(load(style), load(work.output), None if content is None else load(content))
    measures = {figure.key: figure.value for figure in found.figures if figure.value is not None}
    return Made(made.notes, measured(work.output.with_suffix(".json"), measures))


if __name__ == "__main__":
    serve_makers(make, make_and_judge)
