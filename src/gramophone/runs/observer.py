"""Observers of runs: they are notified of progress, and may ask a run to stop."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.optim.minimise import Step
    from gramophone.runs.run import Run
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task
    from gramophone.synthesis.raw_texture import RawStream, RawTexture


class Observer:
    """Ignores all notifications and never stops a run; subclasses override what they need.

    An exception in a method ends the run and leaves no unfinished file.
    """

    @property
    def stop_requested(self) -> bool:
        """Whether the run is to end after the present step or block, keeping its result so far."""
        return False

    def on_status(self, text: str) -> None:
        """Called with what is being done."""

    def on_note(self, text: str) -> None:
        """Called with a remark about the recordings or the result."""

    def on_warning(self, text: str) -> None:
        """Called with a warning."""

    def on_begin(self, work: "Task | LongTexture | Stream | RawTexture | RawStream") -> None:
        """Called when the work is set up, before its first step or block."""

    def on_step(self, step: "Step") -> None:
        """Called after every step."""

    def on_block(self, block: "Sound", done: int, total: int | None) -> None:
        """Called after every block.

        Args:
            block: the newest block.
            done: number of samples per channel so far, including the block.
            total: number of samples per channel of all blocks; None for an endless stream.
        """

    def on_finish(self) -> None:
        """Called after the last step, before the result is computed and written."""

    def on_recorded(self, run: "Run") -> None:
        """Called when the result and its run record are written, within `attending`."""

    def attending(self, has_result: Callable[[], bool]) -> AbstractContextManager[object]:
        """Context of the steps and of writing the result.

        Args:
            has_result: whether there is a result that would be kept.
        """
        return nullcontext()

    def uninterrupted(self) -> AbstractContextManager[object]:
        """Context between two files that belong together, in which nothing may interrupt."""
        return nullcontext()

    def stops_at(self, error: KeyboardInterrupt) -> bool:
        """Whether an interruption asks to keep the result so far, rather than to give up."""
        return False
