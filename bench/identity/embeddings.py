"""`python -m bench.identity.embeddings`: writes docs/embeddings.md, which embedding tells sounds apart.

Accuracy of the nearest class mean (cosine of standardised features): 50 classes of ESC-50, four clips of each in the
held-out fold; 80 instruments, means from one sound font and notes of the other. No network saw either set, but for
those trained here on ESC-50 (folds 1 to 4) and on notes of the first sound font.
"""

import argparse
import csv
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
import torch
from jaxtyping import Float, Int

from bench.identity.music_network import MusicNetwork
from bench.recordings import BESIDE
from gramophone.metrics.effects_network import EffectsNetwork
from gramophone.metrics.measure import at_rate
from gramophone.metrics.timbre import mfcc
from gramophone.networks.pretrained import checkpoint
from gramophone.networks.pretrained.log_spectrogram import deltas
from gramophone.networks.pretrained.packaged import shipped

DOCS = Path(__file__).parents[2] / "docs"
LEVEL = 0.1
TESTED_FOLD = "5"
CLIPS_TRAINED, CLIPS_TESTED = 8, 4  # a class
EVERY_NOTE = 8
INSTRUMENTS = 80


class Embedding(Protocol):
    """What hears."""

    def windows(self, waveform: np.ndarray, rate_hz: int) -> np.ndarray:
        """Rows of features."""
        ...


class Cepstrum:
    """A baseline without a network: means, deviations and changes of MFCC 1 to 9."""

    def windows(self, waveform: np.ndarray, rate_hz: int) -> np.ndarray:
        """One row."""
        rows = mfcc(waveform, rate_hz)
        return np.concatenate([rows.mean(0), rows.std(0), np.abs(np.diff(rows, axis=0)).mean(0)])[None]


class ShippedNetwork:
    """Means and maxima over time of the last convolution of a network that comes with the package."""

    def __init__(self, name: str) -> None:
        kept = checkpoint.read(shipped()[name].path)
        self.network, self.representation = kept.classifier(), kept.representation

    def windows(self, waveform: np.ndarray, rate_hz: int) -> np.ndarray:
        """One row."""
        rate, frames = self.representation.rate_hz, self.representation.frames
        seen = self.representation.values(torch.from_numpy(at_rate(waveform, rate_hz, rate).copy()))[None]
        if self.representation.deltas:
            seen = torch.cat([seen, deltas(seen)])
        if seen.shape[-1] < frames:
            seen = torch.nn.functional.pad(seen, (0, frames - seen.shape[-1]))
        with torch.no_grad():
            last = self.network.blocks(seen[None])[-1][0]
        rows = last.reshape(-1, last.shape[-1])
        return torch.cat([rows.mean(1), rows.amax(1)])[None].numpy()


NETWORKS: dict[str, Callable[[], Embedding]] = {
    "MFCC, no network": Cepstrum,
    "wyse2017 (ESC-50, trained here)": lambda: ShippedNetwork("wyse2017"),
    "huzaifah2019 (ESC-50, trained here)": lambda: ShippedNetwork("huzaifah2019"),
    "verma2018 (instruments, trained here)": lambda: ShippedNetwork("verma2018"),
    "musicnn (songs)": MusicNetwork,
    "aisfx (sound effects)": EffectsNetwork.installed,
}


@dataclass(frozen=True)
class Clip:
    """A piece of a file, and its class."""

    path: Path
    label: int
    start: int = 0
    frames: int = -1


def esc50(folder: Path) -> tuple[list[Clip], list[Clip]]:
    """Clips for the means, and clips to be told."""
    counts: Counter[tuple[bool, int]] = Counter()
    found: tuple[list[Clip], list[Clip]] = ([], [])
    with (folder / "esc50.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            tested, label = row["fold"] == TESTED_FOLD, int(row["target"])
            counts[tested, label] += 1
            if counts[tested, label] <= (CLIPS_TESTED if tested else CLIPS_TRAINED):
                found[tested].append(Clip(folder / "audio16k" / Path(row["filename"]).with_suffix(".ogg"), label))
    return found


def instruments(folder: Path) -> tuple[list[Clip], list[Clip]]:
    """Notes of one sound font for the means, and of the other to be told."""
    counts: Counter[tuple[bool, int]] = Counter()
    found: tuple[list[Clip], list[Clip]] = ([], [])
    with (folder / "notes.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            tested, label = row["source"] != "FluidR3_GM", int(row["gm_program"])
            counts[tested, label] += 1
            if label < INSTRUMENTS and counts[tested, label] % EVERY_NOTE == 2:
                found[tested].append(Clip(folder / row["file"], label, int(row["start"]), int(row["frames"])))
    return found


def accuracy(embedding: Embedding, trained: list[Clip], tested: list[Clip]) -> float:
    """Share of the tested clips whose nearest class mean is their own."""
    ours, theirs = (np.stack([_row(embedding, clip) for clip in clips]) for clips in (trained, tested))
    centre, spread = ours.mean(0), ours.std(0) + 1e-6
    ours, theirs = (ours - centre) / spread, (theirs - centre) / spread
    labels = np.array([clip.label for clip in trained])
    return nearest_mean(ours, labels, theirs, np.array([clip.label for clip in tested]))


def nearest_mean(
    trained: Float[np.ndarray, "clip feature"],
    labels: Int[np.ndarray, " clip"],
    tested: Float[np.ndarray, "_ feature"],
    expected: Int[np.ndarray, " _"],
) -> float:
    """The same of rows, by cosine."""
    classes = np.unique(labels)
    means = np.stack([trained[labels == label].mean(0) for label in classes])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    rows = tested / np.maximum(np.linalg.norm(tested, axis=1, keepdims=True), 1e-12)
    return float((classes[(rows @ means.T).argmax(1)] == expected).mean())


def _row(embedding: Embedding, clip: Clip) -> np.ndarray:
    samples, rate_hz = soundfile.read(clip.path, dtype="float32", start=clip.start, frames=clip.frames)
    level = float(np.sqrt(np.mean(np.square(samples)))) + 1e-9
    return embedding.windows((samples * (LEVEL / level)).astype(np.float32), rate_hz).mean(0)


def table(figures: dict[str, dict[str, float]]) -> str:
    """The page."""
    lines = [
        "# Which embedding tells sounds apart",
        "",
        "Written by `python -m bench.identity.embeddings`.",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip().replace("\n", " "),
        "",
        "| embedding | ESC-50, 50 classes | instruments, 80 classes | processor seconds a clip |",
        "|---|---|---|---|",
    ]
    for name, row in figures.items():
        lines.append(f"| {name} | {row['esc50']:.1%} | {row['instruments']:.1%} | {row['seconds']:.2f} |")
    lines += ["| chance | 2.0% | 1.2% | |", ""]
    if missing := [name for name in NETWORKS if name not in figures]:
        lines += [f"Not measured: {', '.join(missing)}; the command goes on with what is missing.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GRAMOPHONE_DATA", BESIDE)))
    parser.add_argument("--results", type=Path, default=Path("bench-output"))
    parser.add_argument("--only-made", action="store_true", help="write the page of what is there; run nothing")
    arguments = parser.parse_args()
    arguments.results.mkdir(exist_ok=True)
    path = arguments.results / "embeddings.json"
    figures = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    sets = {"esc50": esc50(arguments.data / "esc50"), "instruments": instruments(arguments.data / "instruments")}
    for name, make in NETWORKS.items():
        if name in figures or arguments.only_made:
            continue
        network, before = make(), time.process_time()
        row = {what: accuracy(network, *clips) for what, clips in sets.items()}
        heard = sum(len(trained) + len(tested) for trained, tested in sets.values())
        figures[name] = row | {"seconds": (time.process_time() - before) / heard}
        print(name, figures[name], flush=True)
        path.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    DOCS.joinpath("embeddings.md").write_text(table(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
