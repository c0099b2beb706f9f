"""What the methods are measured on, and how."""

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from bench.recordings import RATE_HZ, clip, clips, made
from gramophone.phase import spectral_convergence_db
from gramophone.spectral import Stft

LENGTH_S = 5.0
KINDS = ("speech", "music", "texture")

Samples = Float[Tensor, " sample"]


def sounds(limit: int | None = None) -> dict[str, tuple[str, Samples]]:
    """Kind and samples of each sound: all speech, music and texture clips, or the project's own sounds."""
    folder = clips()
    if folder is None:
        own = {"phrase": "speech", "rain": "texture", "fire": "texture"}
        return {name: (kind, torch.from_numpy(made(name, LENGTH_S).samples[0])) for name, kind in own.items()}
    with (folder / "SOURCES.csv").open(encoding="utf-8") as file:
        kinds = {row["file"].removesuffix(".flac"): row["kind"] for row in csv.DictReader(file)}
    chosen = sorted(name for name, kind in kinds.items() if kind in KINDS)
    step = 1 if limit is None else max(1, len(chosen) // limit)
    return {name: (kinds[name], torch.from_numpy(clip(name).trimmed(LENGTH_S).samples[0])) for name in chosen[::step]}


@dataclass
class Score:
    """What one method reached, sound by sound.

    Attributes:
        convergence_db: of each sound.
        seconds_per_10_s: processor time for 10 s of sound, of each sound.
    """

    convergence_db: list[float] = field(default_factory=list)
    seconds_per_10_s: list[float] = field(default_factory=list)

    def add(
        self, work: Callable[[], Tensor], magnitude: Float[Tensor, "*batch frequency frame"], stft: Stft
    ) -> Tensor:
        """Runs a method once on one sound; returns its signal."""
        began = time.process_time()
        found = work()
        spent = time.process_time() - began
        self.seconds_per_10_s.append(10 * spent * RATE_HZ / found.shape[-1])
        self.convergence_db.append(spectral_convergence_db(found, magnitude, stft))
        return found

    @property
    def mean_db(self) -> float:
        """Mean over the sounds."""
        return mean(self.convergence_db)

    @property
    def mean_s(self) -> float:
        """Mean over the sounds, for 10 s of each."""
        return mean(self.seconds_per_10_s)
