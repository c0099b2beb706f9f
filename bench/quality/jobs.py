"""One result each: kept with its time in a folder, so that a run that was stopped goes on where it was."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from gramophone.audio import Sound, load, save
from gramophone.files import atomic_write


@dataclass(frozen=True)
class Job:
    """A result to be made.

    Attributes:
        system: what makes it.
        name: what it is made of.
        settings: everything that decides it; another value is another result.
        make: makes it.
    """

    system: str
    name: str
    settings: str
    make: Callable[[], Sound]

    def path(self, folder: Path) -> Path:
        """Where the result is kept."""
        digest = hashlib.sha256(self.settings.encode()).hexdigest()[:8]
        return folder / f"{self.system}-{self.name}-{digest}.wav"

    def is_done(self, folder: Path) -> bool:
        """Whether the result is kept there."""
        return self.path(folder).with_suffix(".json").exists()


@dataclass(frozen=True)
class Made:
    """A result as it was written, and the processor time it took."""

    sound: Sound
    seconds: float


def done(job: Job, folder: Path) -> Made:
    """The result of a job: read, or made now on one thread and written."""
    path = job.path(folder)
    if not job.is_done(folder):
        torch.set_num_threads(1)
        began = time.process_time()
        sound = job.make()
        seconds = time.process_time() - began
        save(sound, path, overwrite=True)
        with atomic_write(path.with_suffix(".json"), overwrite=True) as temporary:
            temporary.write_text(json.dumps({"seconds": seconds, "settings": job.settings}), encoding="utf-8")
    seconds = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["seconds"]
    return Made(load(path), float(seconds))
