"""Running a task that is set up: steps, Ctrl-C, the result and its record, the last words."""

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gramophone import audio
from gramophone.audio import Written
from gramophone.cli.console import complain, one_line, put
from gramophone.cli.graceful_stop import Interrupted, Wish, deferred_signals, graceful_stop
from gramophone.cli.inputs import Input
from gramophone.cli.options import Options
from gramophone.cli.progress import Progress, duration
from gramophone.cli.report import write_page
from gramophone.errors import ModelError
from gramophone.runs.run_record import run_record, write_record
from gramophone.synthesis import Result
from gramophone.synthesis.pipeline import Task


@dataclass(frozen=True)
class Order:
    """What a command was asked for.

    Attributes:
        command: the command line, word by word.
        inputs: the recordings.
        options: where the result goes, and how.
    """

    command: Sequence[str]
    inputs: Sequence[Input]
    options: Options


def carry_out(task: Task, order: Order, progress: Progress) -> int:
    """Runs the task, writes the result and its record, says what was done; returns the exit code.

    A wish to stop ends it after the step: what there is by then is finished and written.

    Raises:
        ModelError: a value was not finite; the last good result was written, if there is one.
        Interrupted: before the first step, or for the second time.
        UsageError: the result could not be written.
    """
    progress.begin(task.name, f"{task.name} on {task.device}")
    with graceful_stop(lambda: bool(task.synthesis.losses)) as wish:
        failure = _iterate(task, wish, progress)
        progress.say("finishing what there is; Ctrl-C again gives up" if wish.number else "finishing")
        result = task.finish()
        written = audio.save(result.sound, order.options.output, overwrite=order.options.overwrite)
        with deferred_signals(wish):
            _write_record(result, written, order)
        if order.options.report:
            write_page(order.options.page, [order.options.record], progress, overwrite=order.options.overwrite)
    progress.clear()
    seconds = time.perf_counter() - progress.began_s
    say = _as_json if order.options.json else _as_text
    put(say(result, written, order, seconds))
    if failure is not None:
        raise failure
    if wish.number is None:
        return 0
    complain(f"interrupted after {len(result.losses)} steps; the result so far is in {written.path}")
    return 128 + wish.number


def _iterate(task: Task, wish: Wish, progress: Progress) -> ModelError | None:
    """Steps until the end, a wish to stop, or a failure, which is returned if there is a result to keep."""
    try:
        for step in task:
            progress.step(step)
            if wish.number is not None:
                break
    except Interrupted:
        raise
    except KeyboardInterrupt:
        # Ctrl-C where no handler could be set.
        if not task.synthesis.losses:
            raise
        wish.number = signal.SIGINT
    except ModelError as error:
        if not task.synthesis.losses:
            raise
        return error
    return None


def _write_record(result: Result, written: Written, order: Order) -> None:
    sources = [one.source for one in order.inputs]
    record = run_record(result, command=order.command, inputs=sources, written=written)
    write_record(order.options.record, record, overwrite=order.options.overwrite)


def _as_json(result: Result, written: Written, order: Order, seconds: float) -> str:
    outcome: dict[str, Any] = {
        "output": str(written.path),
        "record": str(order.options.record),
        **({"report": str(order.options.page)} if order.options.report else {}),
        "gain_db": written.gain_db,
        "peak": written.peak,
        "duration_s": written.frames / written.rate_hz,
        "rate_hz": written.rate_hz,
        "stopped": result.stopped,
        "steps": len(result.losses),
        "losses": {"total": result.losses[-1].total, **result.losses[-1].terms} if result.losses else {},
        "seconds": seconds,
    }
    return json.dumps(outcome, allow_nan=False)


def _as_text(result: Result, written: Written, order: Order, seconds: float) -> str:
    lines = [
        f"{written.path}: {written.frames / written.rate_hz:.2f} s at {written.rate_hz} Hz",
        f"made in {duration(seconds)} with {len(result.losses)} steps",
        f"run record: {order.options.record}",
    ]
    if order.options.report:
        lines.append(f"report: {order.options.page}")
    if written.gain_db < 0:
        lines.insert(1, f"turned down by {-written.gain_db:.1f} dB so that it does not clip")
    return "\n".join(map(one_line, lines))
