"""What the terminal tells of a run while it goes on and at its end, and how signals stop it."""

import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from gramophone.cli.console import one_line
from gramophone.cli.graceful_stop import Interrupted, StopRequest, deferred_signals, graceful_stop
from gramophone.cli.progress import Progress, duration
from gramophone.runs.observer import Observer

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.optim.minimise import Step
    from gramophone.runs.execute import Outcome
    from gramophone.runs.run import Run
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task
    from gramophone.synthesis.raw_texture import RawStream, RawTexture


class StepProgress(Observer):
    """Shows the steps of a run, and nothing else; a signal ends the command at once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step(self, step: "Step") -> None:
        """Shows how far the optimiser is."""
        self._progress.step(step)


class Terminal(StepProgress):
    """Shows a run as progress; the first signal ends it after the step, the second at once.

    Args:
        progress: where it is shown.

    Attributes:
        signal_number: of the signal that asked to stop.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__(progress)
        self._stop = StopRequest()

    @property
    def signal_number(self) -> int | None:
        """Number of the signal that asked to stop, if one did."""
        return self._stop.signal_number

    @property
    def stop_requested(self) -> bool:
        """Whether a signal asked to stop."""
        return self._stop.signal_number is not None

    def on_status(self, text: str) -> None:
        """Shows what is being done."""
        self._progress.show(text)

    def on_note(self, text: str) -> None:
        """Shows it in a line that stays."""
        self._progress.note(text)

    def on_warning(self, text: str) -> None:
        """Shows it even when quiet."""
        self._progress.warn(text)

    def on_begin(self, work: "Task | LongTexture | Stream | RawTexture | RawStream") -> None:
        """Shows what begins, and where it is computed."""
        from gramophone.synthesis import LongTexture, Stream
        from gramophone.synthesis.raw_texture import RawStream, RawTexture

        if isinstance(work, Stream | RawStream):
            self._progress.show(f"streaming at {work.settings.rate_hz} Hz, {work.channels} channel(s)")
        elif isinstance(work, LongTexture | RawTexture):
            self._progress.begin("texture", f"texture of {duration(work.duration_s)} in blocks on {work.device}")
        else:
            self._progress.begin(work.name, f"{work.name} on {work.device}")

    def on_block(self, block: "Sound", done: int, total: int | None) -> None:
        """Shows how much sound there is."""
        done_s = done / block.rate_hz
        if total is None:
            self._progress.show(f"streaming  {duration(done_s)} of sound")
            return
        left_s = (time.perf_counter() - self._progress.began_s) / max(done, 1) * (total - done)
        self._progress.advance(
            done, total, f"{100 * done // total:3d} %  {duration(done_s)} of sound, {duration(left_s)} left"
        )

    def on_finish(self) -> None:
        """Shows that the result is computed and written."""
        self._progress.show("finishing what there is; Ctrl-C again gives up" if self.stop_requested else "finishing")

    def on_recorded(self, run: "Run") -> None:
        """Writes the report, if it is asked for."""
        if run.page is not None:
            from gramophone.report import write_page

            write_page(run.page, [run.record], announce=self._progress.show, overwrite=run.overwrite)

    def attending(self, has_result: Callable[[], bool]) -> AbstractContextManager[object]:
        """The first signal asks to stop, the second interrupts."""
        return graceful_stop(has_result, self._stop)

    def uninterrupted(self) -> AbstractContextManager[object]:
        """Signals are noted and stop nothing."""
        return deferred_signals(self._stop)

    def stops_at(self, error: KeyboardInterrupt) -> bool:
        """A second signal gives up; Ctrl-C where no handler could be set keeps what there is."""
        self._stop.signal_number = self._stop.signal_number or getattr(error, "signal_number", signal.SIGINT)
        return not isinstance(error, Interrupted)


def told(outcome: "Outcome") -> str:
    """What became of a run, in lines."""
    from gramophone.synthesis import Result

    written, result = outcome.written, outcome.result
    if isinstance(result, Result):
        length, how = f"{outcome.duration_s:.2f} s", f"with {len(result.losses)} steps" if result.losses else ""
    else:
        speed = outcome.duration_s / max(outcome.seconds, 1e-9)
        length, how = duration(outcome.duration_s), f"{speed:.1f} times as fast as it plays"
    lines = [
        f"{written.path}: {length} at {written.rate_hz} Hz",
        f"made in {duration(outcome.seconds)}{'' if isinstance(result, Result) else ','} {how}".rstrip(),
        f"run record: {outcome.run.record}",
    ]
    if outcome.run.page:
        lines.append(f"report: {outcome.run.page}")
    if written.gain_db < 0:
        lines.insert(1, f"turned down by {-written.gain_db:.1f} dB so that it does not clip")
    return "\n".join(map(one_line, lines))


def told_interrupted(outcome: "Outcome") -> str:
    """How far an interrupted run came."""
    from gramophone.synthesis import Result

    path = outcome.written.path
    if isinstance(outcome.result, Result):
        if not outcome.result.losses:
            return f"interrupted after {duration(outcome.seconds)}; the result so far is in {path}"
        return f"interrupted after {len(outcome.result.losses)} steps; the result so far is in {path}"
    return f"interrupted after {duration(outcome.duration_s)} of sound, which are in {path}"
