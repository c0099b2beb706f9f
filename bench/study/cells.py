"""One result each: made, judged, and kept as JSON, so that a run that was stopped goes on where it was."""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.quality.recordings import recording
from gramophone.audio import Sound
from gramophone.errors import GramophoneError
from gramophone.evaluation.pair_metrics import PairMetrics
from gramophone.files import atomic_write
from gramophone.settings import Settings
from gramophone.synthesis import texture, transfer


@dataclass(frozen=True)
class Cell:
    """A result to be made and judged.

    Attributes:
        system: what makes it, as the tables call it.
        settings: everything that decides it besides the following.
        content: what is said; the style itself for a texture.
        style: what it is made of.
        seed: of its random choices.
        strength: of a transfer; none for a texture.
        clip_s: length of the recordings.
    """

    system: str
    settings: Settings
    content: str
    style: str
    seed: int
    strength: float | None
    clip_s: float

    def path(self, folder: Path) -> Path:
        """Where the figures are kept."""
        decides = repr((self.settings, self.content, self.style, self.seed, self.strength, self.clip_s))
        return folder / f"{hashlib.sha256(decides.encode()).hexdigest()[:20]}.json"


def made(cell: Cell, folder: Path) -> dict[str, float] | None:
    """The figures of a cell that is done; none for one that is not, and an empty table for one that failed."""
    path = cell.path(folder)
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(value) for name, value in kept["figures"].items()}


def make(cell: Cell, folder: Path) -> dict[str, float]:
    """Makes a cell on one thread and keeps its figures, with its processor time; a failure is kept with its words."""
    torch.set_num_threads(1)
    content, style = (recording(name).trimmed(cell.clip_s) for name in (cell.content, cell.style))
    failure, began = "", time.process_time()
    try:
        result = _result(cell, content, style)
        seconds = time.process_time() - began
        figures = {**PairMetrics(content, style).measure(result), "seconds": seconds}
    except GramophoneError as error:
        failure, figures = str(error), {}
    kept = {
        "system": cell.system,
        "content": cell.content,
        "style": cell.style,
        "seed": cell.seed,
        "failure": failure,
        "figures": figures,
    }
    with atomic_write(cell.path(folder), overwrite=True) as temporary:
        temporary.write_text(json.dumps(kept, indent=1, allow_nan=False), encoding="utf-8")
    return figures


def _result(cell: Cell, content: Sound, style: Sound) -> Sound:
    if cell.strength is None:
        task = texture([style], cell.settings, seed=cell.seed, device="cpu")
    else:
        task = transfer(content, [style], cell.settings, strength=cell.strength, seed=cell.seed, device="cpu")
    for _ in task:
        pass
    return task.finish().sound
