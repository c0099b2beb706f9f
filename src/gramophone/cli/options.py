"""Options that commands share besides the fields of requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, Token


def whole(_: object, tokens: Sequence[Token]) -> int:
    """Converts to an integer; the default conversion would round 1.5 silently."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"'{tokens[0].value}' is not an integer") from None


NO_STYLE = (
    "there is no STYLE; name one recording or more, or a network and its file with --network and --weights "
    "(see 'gramophone {} --help')"
)
"""What is said where a texture or a stream has neither."""

STANDARD = "\0-"
"""What stands for `-` on the command line: no file has such a name."""

Flag = Annotated[bool, Parameter(show_default=False, negative=())]
Whole = Annotated[int | None, Parameter(metavar="N", converter=whole)]
Seed = Annotated[int, Parameter(metavar="N", converter=whole)]
Command = Annotated[tuple[str, ...], Parameter(parse=False)]


RESULT = Group("Result", sort_key=2)
"""Options of help pages about files and the terminal."""


@Parameter(name="*", group=RESULT)
@dataclass(frozen=True)
class RunOptions:
    """Where the result of a run is written, and what is printed about it.

    Attributes:
        output: Where the result goes: a name that ends in .wav, .flac or .ogg, a folder, or - for standard output; \
by default it is named after the recordings and lies in the current folder.
        takes: Number of results, with seeds that follow one another.
        each: Of several recordings, make a result of each instead of one of all; a folder stands for all that are \
in it.
        play: Play it on the sound card when it is made (extra 'play').
        report: Write a page about it, too: OUT with .html, for any browser.
        overwrite: Replace OUT and what lies beside it if they exist already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """

    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="OUT")] = None
    takes: Annotated[int, Parameter(metavar="N", converter=whole)] = 1
    each: Flag = False
    play: Flag = False
    report: Flag = False
    overwrite: Flag = False
    quiet: Flag = False
    json: Flag = False
