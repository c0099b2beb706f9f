"""Rendering the items of a batch: runs of their requests, computed side by side as far as they are alike."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gramophone.batch.item import REPORT, Completion, ItemResult, StagedItem
from gramophone.batch.run_group import add_measures
from gramophone.batch.worker import serve_computations
from gramophone.runs.observer import Observer
from gramophone.runs.run import Run

if TYPE_CHECKING:
    from gramophone.runs.execute import Outcome
    from gramophone.runs.group import RunBatched


class WarningRecorder(Observer):
    """Keeps the warnings of a run, and writes its report if it has one."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def on_warning(self, text: str) -> None:
        """Keeps the warning."""
        self.warnings.append(text)

    def on_recorded(self, run: Run) -> None:
        """Writes the report, if the run has one."""
        if run.page is not None:
            from gramophone.report import write_page

            write_page(run.page, [run.record], announce=self.on_status, overwrite=run.overwrite)


def render(staged: Sequence[StagedItem], run_batched: "RunBatched | None" = None) -> list[Completion]:
    """Runs the request of every item.

    Args:
        staged: items.
        run_batched: computes tasks that can share tensors; `synthesis.batched.run_batched` by default.
    """
    from gramophone.runs.group import execute_group
    from gramophone.synthesis import batched

    observers = [WarningRecorder() for _ in staged]
    completions = execute_group([_run(one) for one in staged], observers, run_batched or batched.run_batched)
    return [partial(_rendered, *one) for one in zip(completions, observers, strict=True)]


def render_and_evaluate(staged: Sequence[StagedItem]) -> list[Completion]:
    """Runs the request of every item, and measures every result."""
    return [partial(_evaluated, one, completion) for one, completion in zip(staged, render(staged), strict=True)]


def _run(staged: StagedItem) -> Run:
    item = staged.item
    request = item.request([str(path) for path in staged.inputs])
    return Run(request, staged.output, item.command, REPORT in item.settings, overwrite=True, keeps_aside=False)


def _rendered(completion: Callable[[], "Outcome"], observer: WarningRecorder) -> ItemResult:
    outcome = completion()
    if outcome.failure is not None:
        raise outcome.failure
    return ItemResult(tuple(observer.warnings), add_measures(outcome.run.record, {}))


def _evaluated(staged: StagedItem, completion: Completion) -> ItemResult:
    result = completion()
    from gramophone.audio import load
    from gramophone.evaluation import evaluate

    inputs = staged.inputs
    content, style = (inputs[0], inputs[1]) if staged.item.task == "transfer" else (None, inputs[0])
    found = evaluate(load(style), load(staged.output), None if content is None else load(content))
    measures = {figure.key: figure.value for figure in found.figures if figure.value is not None}
    return ItemResult(result.notes, add_measures(staged.output.with_suffix(".json"), measures))


if __name__ == "__main__":
    serve_computations(render, render_and_evaluate)
