"""`gramophone transfer --takes N --best`: several takes, of which the best by `evaluate` is kept."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from gramophone.cli.console import write_stderr, write_stdout
from gramophone.cli.options import STANDARD, RunOptions
from gramophone.cli.planned import planned
from gramophone.cli.progress import Progress
from gramophone.cli.run_request import executed
from gramophone.cli.standard_streams import standard_input
from gramophone.cli.table import table
from gramophone.cli.terminal import told, told_interrupted
from gramophone.errors import UsageError
from gramophone.files import check_output
from gramophone.request import TransferRequest

if TYPE_CHECKING:
    from gramophone.runs.execute import Outcome
    from gramophone.runs.run import Run

HOW = (
    "the mean of identity (what is kept of CONTENT) and style (how far it is made of STYLE), by 'gramophone evaluate'"
)


@dataclass(frozen=True)
class Take:
    """A take and what it scores.

    Attributes:
        number: number of the take, from 1.
        seed: its seed.
        identity: what is kept of the content; None if nothing of it could be measured.
        style: how far it is made of the style; None if it could not be measured.
    """

    number: int
    seed: int
    identity: float | None
    style: float | None

    @property
    def score(self) -> float:
        """Mean of what could be measured."""
        found = [value for value in (self.identity, self.style) if value is not None]
        return mean(found) if found else 0.0


def run_best(request: TransferRequest, options: RunOptions, command: tuple[str, ...]) -> int:
    """Makes all takes, keeps the best, says how it was chosen, and returns the exit code.

    Raises:
        GramophoneError: a take was refused or failed; nothing is written then.
        UsageError: there is one take, or several recordings or outputs.
    """
    if options.takes < 2:
        raise UsageError("the best of one take is that take; say how many with --takes")
    if len(request.styles) > 1 or options.output == Path(STANDARD):
        raise UsageError("--best takes one CONTENT, one STYLE and a file for the result; leave out the others")
    with standard_input(request) as request, tempfile.TemporaryDirectory(prefix="gramophone-") as folder:  # noqa: PLR1704
        (final,) = planned(request, replace(options, takes=1), command)
        for path in final.files:
            check_output(path, overwrite=options.overwrite, inputs=map(Path, request.sounds))
        takes = planned(request, replace(options, output=Path(folder) / final.output.name), ())
        outcomes = []
        for run in takes:
            outcome, terminal = executed(run, quiet=options.quiet)
            outcomes.append(outcome)
            if outcome.failure is not None:
                raise outcome.failure
            if terminal.signal_number is not None:
                break
        scored = _scored(request, outcomes, quiet=options.quiet)
        best = max(scored, key=lambda take: take.score)
        kept = _published(outcomes[best.number - 1], final)
    write_stdout(_as_json(kept, scored, best) if options.json else f"{told(kept)}\n{_as_text(scored, best)}")
    if terminal.signal_number is not None:
        write_stderr(told_interrupted(kept))
        return 128 + terminal.signal_number
    return 0


def _scored(request: TransferRequest, outcomes: "Sequence[Outcome]", *, quiet: bool) -> list[Take]:
    with Progress(quiet=quiet) as progress:
        from gramophone.evaluation import evaluate
        from gramophone.runs.inputs import load_sound

        content, style = (load_sound(Path(name), lambda _: None) for name in request.sounds)
        takes = []
        for number, outcome in enumerate(outcomes, 1):
            progress.show(f"evaluating take {number} of {len(outcomes)}")
            found = evaluate(style, load_sound(outcome.written.path, progress.warn), content)
            values = {figure.key: figure.value for figure in found.figures}
            takes.append(Take(number, outcome.run.request.seed, values.get("identity"), values.get("style")))
        return takes


def _published(outcome: "Outcome", final: "Run") -> "Outcome":
    """Writes the files of the best take where they belong."""
    from gramophone.runs.publish import publish

    written = publish(outcome, final)
    if final.page is not None:
        from gramophone.report import write_page

        write_page(final.page, [final.record], announce=lambda _: None, overwrite=final.overwrite)
    return replace(outcome, run=replace(final, request=outcome.run.request), written=written)


def _as_text(takes: Sequence[Take], best: Take) -> str:
    head = ("take", "seed", "identity", "style", "")
    rows = [
        (
            str(take.number),
            str(take.seed),
            _figure(take.identity),
            _figure(take.style),
            "kept" if take is best else "",
        )
        for take in takes
    ]
    return f"{table([head, *rows], numbers=(0, 1, 2, 3))}\nchosen by {HOW}"


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _as_json(outcome: "Outcome", takes: Sequence[Take], best: Take) -> str:
    listed = [{"take": t.number, "seed": t.seed, "identity": t.identity, "style": t.style} for t in takes]
    return json.dumps({**outcome.as_json(), "best": best.number, "takes": listed, "by": HOW}, allow_nan=False)
