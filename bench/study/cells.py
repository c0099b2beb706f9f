"""One result each: made, judged, and kept as JSON beside its sound; a run that was stopped goes on where it was."""

import hashlib
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.quality.recordings import DURATION_S
from bench.recordings import RATE_HZ, clip, liveliest
from bench.study.budget import missing
from gramophone.audio import Sound, save
from gramophone.demo.speech import spoken_phrase
from gramophone.demo.textures import melody
from gramophone.errors import GramophoneError
from gramophone.evaluation.pair_metrics import STFT, PairMetrics
from gramophone.files import atomic_write
from gramophone.presets.ignored import draws
from gramophone.settings import Settings
from gramophone.synthesis import texture, transfer

EXCERPTS = "liveliest"


def excerpt(name: str, duration_s: float) -> Sound:
    """The liveliest excerpt of a clip, or of a sound that this project makes itself."""
    made = {"phrase": spoken_phrase, "melody": melody}
    whole = Sound(made[name](RATE_HZ, DURATION_S, 0), RATE_HZ) if name in made else clip(name)
    return liveliest(whole, duration_s)


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
        published: the settings before any budget.
    """

    system: str
    settings: Settings
    content: str
    style: str
    seed: int
    strength: float | None
    clip_s: float
    published: Settings

    @property
    def missing(self) -> tuple[str, ...]:
        """What the cell lacks of its published budget, in words; nothing if it lacks nothing."""
        return missing(self.settings, self.published)

    @property
    def draws(self) -> bool:
        """Whether another seed gives another result."""
        return self.strength is None or draws(self.settings)

    @property
    def key(self) -> str:
        """What decides the result, as a short text."""
        seed = self.seed if self.draws else 0
        decides = repr((EXCERPTS, self.settings, self.content, self.style, seed, self.strength, self.clip_s))
        return hashlib.sha256(decides.encode()).hexdigest()[:20]

    def path(self, folder: Path) -> Path:
        """Where the figures are kept."""
        return folder / f"{self.key}.json"


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
    content, style = (excerpt(name, cell.clip_s) for name in (cell.content, cell.style))
    failure, began = "", time.process_time()
    try:
        result = _result(cell, content, style)
        seconds = time.process_time() - began
        save(result, cell.path(folder).with_suffix(".flac"), overwrite=True)
        figures = {
            **PairMetrics(content, style).measure(result),
            "overshoot_db": overshoot_db(result, content, style),
            "seconds": seconds,
        }
    except GramophoneError as error:
        failure, figures = str(error), {}
    kept = {
        "system": cell.system,
        "content": cell.content,
        "style": cell.style,
        "seed": cell.seed,
        "missing": cell.missing,
        "failure": failure,
        "figures": figures,
    }
    with atomic_write(cell.path(folder), overwrite=True) as temporary:
        temporary.write_text(json.dumps(kept, indent=1, allow_nan=False), encoding="utf-8")
    return figures


def overshoot_db(result: Sound, content: Sound, style: Sound) -> float:
    """By how much the loudest bin of a result exceeds the loudest of both inputs."""
    waves = (torch.from_numpy(sound.mono().samples) for sound in (result, content, style))
    loudest = [float(STFT.forward(wave).abs().max()) for wave in waves]
    return 20 * math.log10(loudest[0] / max(loudest[1:]))


def _result(cell: Cell, content: Sound, style: Sound) -> Sound:
    if cell.strength is None:
        task = texture([style], cell.settings, seed=cell.seed, device="cpu")
    else:
        task = transfer(content, [style], cell.settings, strength=cell.strength, seed=cell.seed, device="cpu")
    for _ in task:
        pass
    return task.finish().sound
