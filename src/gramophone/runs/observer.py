"""What is told about a run while it goes on, and how it is asked to stop."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gramophone.audio import Sound
    from gramophone.optim.minimise import Step
    from gramophone.runs.run import Run
    from gramophone.synthesis import LongTexture, Stream
    from gramophone.synthesis.pipeline import Task


class Observer:
    """Hears nothing and never stops a run; a face overrides what it shows.

    An exception that a method raises ends the run, and nothing unfinished is left.
    """

    @property
    def stop_requested(self) -> bool:
        """Whether the run is to end after this step or block; what there is by then is kept."""
        return False

    def on_status(self, text: str) -> None:
        """States what is being done now."""

    def on_note(self, text: str) -> None:
        """States something about the recordings that is worth knowing."""

    def on_warning(self, text: str) -> None:
        """States something that must be known."""

    def on_begin(self, work: "Task | LongTexture | Stream") -> None:
        """Called when everything is set up, before the first step or block."""

    def on_step(self, step: "Step") -> None:
        """Called after every step of an optimiser."""

    def on_block(self, block: "Sound", done: int, total: int | None) -> None:
        """Called after every block.

        Args:
            block: the newest.
            done: samples per channel so far, the block's included.
            total: samples per channel of all blocks; None for a stream without end.
        """

    def on_finish(self) -> None:
        """Called when the steps have ended, before the result is computed from them and written."""

    def on_recorded(self, run: "Run") -> None:
        """Called when the result and its run record are written, still within `attending`."""

    def attending(self, has_result: Callable[[], bool]) -> AbstractContextManager[object]:
        """Surrounds the steps and the writing of the result.

        Args:
            has_result: whether there is anything yet that would be kept.
        """
        return nullcontext()

    def uninterrupted(self) -> AbstractContextManager[object]:
        """Surrounds the moment between two files that belong together."""
        return nullcontext()

    def stops_at(self, error: KeyboardInterrupt) -> bool:
        """Whether an interruption that was raised asks to keep what there is, and not to give up."""
        return False
