"""All methods on true magnitudes, with librosa's in the same run."""

from collections.abc import Callable, Mapping
from functools import partial
from statistics import mean

import librosa
import torch
from jaxtyping import Float
from torch import Tensor

from bench.phase.heap import by_heap
from bench.phase.material import KINDS, Samples, Score
from gramophone.phase import fgla, invert, pghi
from gramophone.spectral import Stft

BEST = ("rtpghi+gsrtisi-la+admm+fgla", 300)
METHODS: tuple[tuple[str, int | None], ...] = (
    ("spsi", None),
    ("rtpghi0", None),
    ("rtpghi", None),
    ("pghi", None),
    ("gla", 32),
    ("fgla", 32),
    ("gla", 100),
    ("fgla", 100),
    ("admm", 100),
    ("raar", 100),
    ("rtisi-la", None),
    ("rtpghi+gsrtisi-la", None),
    ("spsi+fgla", 64),
    ("pghi+gla", 64),
    ("pghi+fgla", 64),
    ("pghi+admm", 64),
    ("pghi+raar", 64),
    ("pghi+admm+fgla", 48),
    ("pghi+admm+fgla", 64),
    ("pghi+admm+fgla", 300),
    ("rtisi-la+admm+fgla", 300),
    BEST,
)
LIBROSA = "librosa.griffinlim 32"
DEFAULT = "pghi+admm+fgla 48"
HEAP_S = 1.0

Sounds = Mapping[str, tuple[str, Samples]]
Work = Callable[[], Tensor]


def named(method: str, iterations: int | None) -> str:
    """What a row is called."""
    return method if iterations is None else f"{method} {iterations}"


def measure(sounds: Sounds, stft: Stft) -> dict[str, Score]:
    """Scores of all methods at one transform; librosa's only where it has the window in common."""
    scores: dict[str, Score] = {}
    for name, (_, samples) in sounds.items():
        print(f"{stft.n_fft}/{stft.hop_samples} {stft.window}: {name}", flush=True)
        magnitude = stft.magnitude(samples)
        for row, work in _works(magnitude, stft, len(samples)).items():
            scores.setdefault(row, Score()).add(work, magnitude, stft)
    return scores


def _works(magnitude: Float[Tensor, "frequency frame"], stft: Stft, samples: int) -> dict[str, Work]:
    def ours(method: str, iterations: int | None) -> Work:
        return lambda: invert(magnitude, stft, samples, method=method, iterations=iterations)

    works = {named(*row): ours(*row) for row in METHODS}
    if stft.window == "hann":
        works[LIBROSA] = lambda: librosa_32(magnitude, stft, samples, "random")
    return works


def librosa_32(
    magnitude: Float[Tensor, "frequency frame"], stft: Stft, samples: int, start: str | None
) -> Float[Tensor, " sample"]:
    """The method of librosa with its default 32 iterations and momentum, and our transform's way with the ends."""
    found = librosa.griffinlim(
        magnitude.numpy(),
        n_iter=32,
        n_fft=stft.n_fft,
        hop_length=stft.hop_samples,
        pad_mode="constant",
        length=samples,
        init=start,
        random_state=0,
    )
    return torch.from_numpy(found)


def against_librosa(sounds: Sounds, stft: Stft) -> tuple[Score, Score]:
    """FGLA, theirs and ours, from the same phase (zero everywhere) in turn."""
    theirs, ours = Score(), Score()
    for _, samples in sounds.values():
        magnitude = stft.magnitude(samples)
        zero = torch.zeros_like(magnitude)
        theirs.add(partial(librosa_32, magnitude, stft, len(samples), None), magnitude, stft)
        ours.add(partial(fgla, magnitude, stft, len(samples), phase=zero), magnitude, stft)
    return theirs, ours


def against_heap(sounds: Sounds, stft: Stft) -> tuple[float, float]:
    """Mean convergence of PGHI with a heap and without, on the first second of each sound."""
    heap, tree = Score(), Score()
    for _, samples in sounds.values():
        short = samples[: round(HEAP_S * 22050)]
        magnitude = stft.magnitude(short)
        for score, way in ((heap, by_heap), (tree, pghi)):
            phase = way(magnitude, stft)
            score.add(partial(_signal, phase, magnitude, stft, len(short)), magnitude, stft)
    return heap.mean_db, tree.mean_db


def _signal(phase: Tensor, magnitude: Tensor, stft: Stft, samples: int) -> Tensor:
    return stft.inverse(torch.polar(magnitude, phase), samples)


def as_text(scores: Mapping[str, Score], sounds: Sounds, stft: Stft) -> str:
    """One table: means of each kind and of all, the worst sound, the time."""
    kinds = [kind for kind, _ in sounds.values()]
    lines = [
        f"### {stft.n_fft}/{stft.hop_samples}, {stft.window}",
        "",
        f"| method | {' | '.join(KINDS)} | all | worst | time for 10 s |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, score in sorted(scores.items(), key=lambda item: item[1].mean_db, reverse=True):
        means = []
        for kind in KINDS:
            own = [value for value, its in zip(score.convergence_db, kinds, strict=True) if its == kind]
            means.append(f"{mean(own):.1f}" if own else "-")
        lines.append(
            f"| {row} | {' | '.join(means)} | **{score.mean_db:.1f}** | {max(score.convergence_db):.1f} "
            f"| {score.mean_s:.2f} s |"
        )
    return "\n".join(lines)
