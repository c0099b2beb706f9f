"""What is run; light, as plans are checked without anything large."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gramophone.audio import Sound, check_format
from gramophone.request import TextureRequest, TransferRequest
from gramophone.settings import Settings


@dataclass(frozen=True)
class Run:
    """A request whose sounds are files, and where its result goes.

    Attributes:
        request: what is asked for.
        output: path of the result; its run record lies beside it.
        command: the command line, for the record; that of the request by default.
        report: whether an observer writes a page about the result beside it.
        overwrite: whether files already there may be replaced.
        recorded_name: what the record calls the result; its path by default.
        warm_start: an earlier result to go on from, instead of noise; not for a result that is made in blocks.
    """

    request: TextureRequest | TransferRequest
    output: Path
    command: Sequence[str] = ()
    report: bool = False
    overwrite: bool = False
    recorded_name: str | None = None
    warm_start: Sound | None = None

    @property
    def record(self) -> Path:
        """Where the run record goes."""
        return self.output.with_suffix(".json")

    @property
    def page(self) -> Path | None:
        """Where the report goes, if it is asked for."""
        return self.output.with_suffix(".html") if self.report else None

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is written."""
        return (self.output, self.record, *([self.page] if self.page else []))


def check_result(run: Run, settings: Settings) -> None:
    """Refuses a result that the format of its file cannot hold, as far as the request tells.

    Raises:
        UsageError: with the reason.
    """
    frames = round((run.request.length_s or 0) * settings.rate_hz)
    check_format(run.output, rate_hz=settings.rate_hz, channels=1, frames=frames)
