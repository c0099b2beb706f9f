"""Runs: requests with the files of their recordings and results; light, as whole plans are checked."""

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
        request: the request; its sounds are paths.
        output: path of the result; the run record is written beside it.
        command: command line in the run record; that of the request by default.
        report: whether an observer writes a report beside the result.
        overwrite: whether existing files may be replaced.
        recorded_name: name of the result in the run record; its path by default.
        warm_start: earlier result to start from; not for results in blocks.
        keeps_aside: whether a result that cannot be written where it belongs is kept elsewhere.
    """

    request: TextureRequest | TransferRequest
    output: Path
    command: Sequence[str] = ()
    report: bool = False
    overwrite: bool = False
    recorded_name: str | None = None
    warm_start: Sound | None = None
    keeps_aside: bool = True

    @property
    def record(self) -> Path:
        """Path of the run record."""
        return self.output.with_suffix(".json")

    @property
    def page(self) -> Path | None:
        """Path of the report; None without one."""
        return self.output.with_suffix(".html") if self.report else None

    @property
    def files(self) -> tuple[Path, ...]:
        """Paths of all files that are written."""
        return (self.output, self.record, *([self.page] if self.page else []))


def check_result(run: Run, settings: Settings) -> None:
    """Refuses a result that its file format cannot hold, as far as the request determines it.

    Raises:
        UsageError: the format is unknown, or cannot hold the rate or the length.
    """
    frames = round((run.request.length_s or 0) * settings.rate_hz)
    check_format(run.output, rate_hz=settings.rate_hz, channels=1, frames=frames)
