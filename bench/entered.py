"""How many files one transfer on the command line enters before its optimiser starts, and how often it moves between.

`python -m bench.entered` prints both figures: only files of the package count, only functions (not the import of a
module), and a move is a call into another file of the package than the last one that was left by a call.
"""

import contextlib
import io
import sys
import tempfile
from pathlib import Path
from types import FrameType

import numpy as np
import soundfile

import gramophone
from gramophone.cli import main as command_line
from gramophone.optim import minimise

PACKAGE = str(Path(gramophone.__file__).parent)
STARTS = ("optimise", "optimise_in_turn", "minimise")
RATE_HZ = 22_050


class _StartedError(Exception):
    """The optimiser was entered."""


class Visits:
    """Counts files and moves, but for what happens while modules are imported; give it to `sys.setprofile`."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.moves = 0
        self._imports = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """Is called by the interpreter for every call and return."""
        name = frame.f_code.co_filename
        if frame.f_code.co_name == "<module>":
            self._imports += {"call": 1, "return": -1}.get(event, 0)
        if event != "call" or self._imports or not name.startswith(PACKAGE):
            return
        if name != _file_above(frame):
            self.moves += 1
            short = Path(name).relative_to(PACKAGE).as_posix()
            self.files[short] = self.files.get(short, 0) + 1
        if name == minimise.__file__ and frame.f_code.co_name in STARTS:
            sys.setprofile(None)
            raise _StartedError


def _file_above(frame: FrameType) -> str:
    """The file of the package that called, past any other library's."""
    above = frame.f_back
    while above is not None and not above.f_code.co_filename.startswith(PACKAGE):
        above = above.f_back
    return above.f_code.co_filename if above else ""


def visits() -> Visits:
    """Runs the command up to the optimiser."""
    rng = np.random.default_rng(0)
    counted = Visits()
    with tempfile.TemporaryDirectory() as name:
        paths = [str(Path(name) / f"{one}.wav") for one in ("content", "style", "result")]
        for path in paths[:2]:
            soundfile.write(path, 0.1 * rng.standard_normal(2 * RATE_HZ), RATE_HZ)
        with contextlib.redirect_stderr(io.StringIO()):
            sys.setprofile(counted)
            try:
                command_line(["transfer", paths[0], paths[1], "-o", paths[2], "--quiet"])
            finally:
                sys.setprofile(None)
    return counted


def main() -> None:
    counted = visits()
    for name, times in sorted(counted.files.items(), key=lambda item: -item[1]):
        print(f"{times:5d}  {name}")
    print(f"{len(counted.files)} files, {counted.moves} moves")


if __name__ == "__main__":
    main()
