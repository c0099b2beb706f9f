"""How help pages show recordings: as what stands on the command line, not as options."""

from typing import TYPE_CHECKING

from attrs import evolve
from cyclopts.help import DefaultFormatter

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions


class RecordingsFirst(DefaultFormatter):
    """Leaves out the option that cyclopts derives from the name of a positional field of a request."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Shows one panel."""
        entries = [
            evolve(entry, positive_names=tuple(name for name in entry.positive_names if not name[2:].isupper()))
            for entry in panel.entries
        ]
        super().__call__(console, options, panel.copy(entries=entries))
